"""Hard offline: whatever replays opens no connection outward and looks up no name, however it was
started, and does not load the room that could. Each runs under an audit hook and, where the system
lets us, in a namespace of its own that has no network."""

import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests import offline
from tests.cli.processes import make_tape
from tests.interactions import make_interaction
from tests.testing.tapes import recording, write_tape
from wiretape.cli.verbs import replay

HERE = {"127.0.0.1"}
TOKEN = "a-token-of-a-test-that-is-long"

OPTIONS: dict[str, tuple[str, ...]] = {
    "files": (),
    "listing_faults": (),
    "port": ("--port", "0"),
    "host": ("--host", "127.0.0.1"),
    "token": ("--token", TOKEN),
    "speed": ("--speed", "instant"),
    "max_gap": ("--max-gap", "0.01"),
    "framing": ("--framing", "frames"),
    "after_last": ("--after-last", "error"),
    "max_age": ("--max-age", "1h"),
    "faults": ("--fault", "rechunk(how=1)", "--fault", "slow_first_byte(by=1ms)"),
    "seed": ("--seed", "7"),
    "rules_file": ("--rules", "rules.toml"),
    "max_body": ("--max-body", "1M"),
    "watch": ("--watch",),
    "journal_entries": ("--journal-entries", "5"),
    "print_url": ("--print-url",),
}
"""Every option of `wiretape replay`, as it is tried."""


def test_every_option_is_tried() -> None:
    """With an entry in OPTIONS, where a new one has to be added."""
    assert {one.name for one in replay.command.params} <= set(OPTIONS)


@pytest.mark.parametrize("options", ["few", "all"])
def test_wiretape_replay(tmp_path: Path, options: str) -> None:
    make_tape(tmp_path / "t.tape.zst")
    make_tape(tmp_path / "other.tape.zst")
    (tmp_path / "rules.toml").write_text("[redaction]\nheaders = ['x-acme']\n")
    known = {one.name for one in replay.command.params if options == "all" or one.name == "port"}
    words = [word for name, words in OPTIONS.items() if name in known for word in words]
    asks = (sys.executable, "-m", "tests.asking_a_replay", "seen.json", TOKEN)
    ended = offline.run(tmp_path, *asks, "t.tape.zst", "other.tape.zst", *words)
    assert ended.returncode == 0, ended.stderr
    statuses = [int(word) for word in ended.stdout.split()]
    assert statuses[:4] == [200, 503, 200, 0], statuses
    told = offline.read(tmp_path / "seen.json")
    assert set(told.went) <= HERE
    assert told.recorder == []


def goes_nowhere(folder: Path, *module: str) -> str:
    """What it says, run to its end; it has reached nobody but this machine."""
    seen = folder / "seen.json"
    ended = offline.run(folder, *offline.watched(seen, *module))
    said = ended.stdout.decode() + ended.stderr.decode()
    assert ended.returncode == 0, said
    told = offline.read(seen)
    assert set(told.went) == HERE, told.went
    assert told.recorder == []
    return said


def test_the_plugin_in_mode_none(tmp_path: Path) -> None:
    tests = """
        import os
        import urllib.error

        import pytest
        from tests.testing.tapes import ask

        @pytest.mark.wiretape("greeting")
        def test_one():
            ask(os.environ["OPENAI_BASE_URL"])

        @pytest.mark.wiretape("greeting", allow_unmatched=True)
        def test_two(wiretape):
            with wiretape.fault("reset(after=0)"), pytest.raises(OSError):
                ask(os.environ["OPENAI_BASE_URL"])
            with pytest.raises(urllib.error.HTTPError, match="503"):
                ask(os.environ["OPENAI_BASE_URL"], "other")
            wiretape.speed = 100
            ask(os.environ["OPENAI_BASE_URL"])

        @pytest.mark.xfail(strict=True, reason="there is none, and nobody is asked for it")
        def test_three(wiretape):
            ask(os.environ["OPENAI_BASE_URL"])
    """
    (tmp_path / "test_it.py").write_text(dedent(tests))
    write_tape(tmp_path / "cassettes/test_it/greeting.tape.zst", recording())
    said = goes_nowhere(tmp_path, "pytest", "-p", "no:cacheprovider", "-q")
    assert "2 passed, 1 xfailed" in said


def test_replaying_without_pytest(tmp_path: Path) -> None:
    program = """
        import asyncio
        import os
        import threading

        from tests.testing.tapes import ask
        from wiretape.testing import MissingCassette, replaying

        def asks():
            print(ask(os.environ["OPENAI_BASE_URL"]))

        async def main():
            async with replaying("t.tape.zst"):
                await asyncio.to_thread(asks)

        with replaying("t.tape.zst", allow_unmatched=True) as tape:
            asks()
            thread = threading.Thread(target=asks)
            thread.start()
            thread.join()
            for variable in ("ANTHROPIC_BASE_URL", "OLLAMA_HOST"):
                try:
                    ask(os.environ[variable])
                except OSError as error:
                    print(error)
        asyncio.run(main())
        try:
            with replaying("none.tape.zst"):
                pass
        except MissingCassette as error:
            print(error)
    """
    (tmp_path / "program.py").write_text(dedent(program))
    write_tape(tmp_path / "t.tape.zst", recording())
    said = goes_nowhere(tmp_path, "program")
    assert said.count("data: hello") == 3
    assert said.count("503") == 2
    assert "no cassette at none.tape.zst" in said


def test_torture(tmp_path: Path) -> None:
    """The client is a process of its own, and asks this machine alone."""
    words = [(n * 10.0, b'data: {"text":"word %d"}\n\n' % n) for n in range(1, 7)]
    whole = make_interaction([*words, (70, b"data: [DONE]\n\n")])
    make_tape(tmp_path / "t.tape.zst", [whole])
    client = str(Path(__file__).parent / "cli" / "torture_client.py")
    only = [word for name in ("cut(after=3)", "reset(after=0)") for word in ("--only", name)]
    command = ("torture", "t.tape.zst", "--timeout", "5", *only, "--", sys.executable, client)
    seen = tmp_path / "seen.json"
    ended = offline.run(tmp_path, *offline.watched(seen, "wiretape.cli", *command, "careful"))
    assert ended.returncode == 0, ended.stderr
    told = offline.read(seen)
    assert set(told.went) <= HERE
    assert told.recorder == []


@pytest.mark.parametrize("mode", ["none", "once"])
def test_recording_that_only_plays(tmp_path: Path, mode: str) -> None:
    make_tape(tmp_path / "t.tape.zst")
    program = (
        "from tests.testing.tapes import *; import os; ask(os.environ['OPENAI_BASE_URL'], 'x')"
    )
    ended = offline.run(
        tmp_path,
        *offline.watched(tmp_path / "seen.json", "wiretape.cli", "record", "--mode", mode, "--to"),
        *("t.tape.zst", "--port", "0", "--", sys.executable, "-c", program),
    )
    assert b"1 miss" in ended.stderr, ended.stderr
    told = offline.read(tmp_path / "seen.json")
    assert set(told.went) <= HERE
    assert bool(told.recorder) == (mode == "once")


def test_the_hook_sees_what_goes_out(tmp_path: Path) -> None:
    """What the others rest on. Nobody is at that address (RFC 5737), nor has that name."""
    program = """
        import socket

        for host in ("192.0.2.1", "api.openai.invalid"):
            try:
                socket.create_connection((host, 443), timeout=0.05)
            except OSError:
                pass
    """
    (tmp_path / "program.py").write_text(dedent(program))
    offline.run(tmp_path, *offline.watched(tmp_path / "seen.json", "program"))
    assert set(offline.read(tmp_path / "seen.json").went) == {"192.0.2.1", "api.openai.invalid"}
