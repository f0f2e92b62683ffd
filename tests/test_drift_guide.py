"""docs/drift.md and the part of docs/meaning.md on comparing: their commands run, and print what
stands there.

`python -m tests.test_drift_guide` writes what they print into both.
"""

import json
import os
import re
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner, Result

from tests.cassettes.diff.drifting import answer, chat, chunk, streamed
from tests.cli.processes import make_tape
from tests.interactions import make_interaction, make_request
from tests.test_readme import ROOT
from wiretape.cassettes.model import Interaction
from wiretape.cassettes.spreads import MEASURES
from wiretape.cli.drifting import EXIT_CODES
from wiretape.cli.main import wiretape

DRIFT = ROOT / "docs" / "drift.md"
MEANING = ROOT / "docs" / "meaning.md"


def drifting_tapes(folder: Path) -> None:
    """A provider before and after it changed."""
    after = answer()
    after[-1]["response"]["id"] = 7
    after[-1]["response"]["service_tier"] = "default"
    for one in after:
        one.pop("sequence_number")
    plain = chat(chunk({"content": "a"}), chunk({}, "stop"))
    make_tape(folder / "before.tape.zst", [streamed(answer()), plain])
    make_tape(folder / "after.tape.zst", [streamed(after), plain])


def paced(random: Random, first_ms: float, upstream: str, count: int) -> Iterator[Interaction]:
    """Answers that start about `first_ms` after they were asked for."""
    request = make_request(target="/v1/chat/completions")
    for number in range(count):
        at_ms = first_ms * random.lognormvariate(0, 0.3)
        pieces = []
        for _ in range(10):
            pieces.append((at_ms, said(chunk({"content": "word "}, model=f"m-{upstream}"))))
            at_ms += 20 * random.lognormvariate(0, 0.5)
        usage = {"prompt_tokens": 9, "completion_tokens": 10 + number % 5}
        pieces.append((at_ms, said({**chunk({}, "stop"), "usage": usage}) + b"data: [DONE]\n\n"))
        yield make_interaction(
            pieces,
            request=request,
            headers=(("Content-Type", "text/event-stream"),),
            upstream=upstream,
        )


def said(value: object) -> bytes:
    return f"data: {json.dumps(value)}\n\n".encode()


def paced_tapes(folder: Path) -> None:
    """Two days, two providers."""
    random = Random(4)
    make_tape(folder / "monday.tape.zst", paced(random, 200, "openai", 40))
    make_tape(folder / "tuesday.tape.zst", paced(random, 140, "groq", 38))


def commands(page: Path) -> list[str]:
    """What is typed on a page, where it compares."""
    text = page.read_text().partition("## Is one faster?")[2] or page.read_text()
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    return [
        line.removeprefix("$ wiretape ")
        for block in blocks
        for line in block.splitlines()
        if line.startswith("$ ")
    ]


def run(command: str) -> Result:
    return CliRunner().invoke(wiretape, shlex.split(command))


@pytest.fixture(autouse=True)
def tapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    drifting_tapes(tmp_path)
    paced_tapes(tmp_path)


def test_drift_prints_what_the_guide_shows() -> None:
    first, second = commands(DRIFT)
    result = run(first)
    assert result.exit_code == EXIT_CODES["changed"]
    assert f"$ wiretape {first}\n{result.stdout}```" in DRIFT.read_text()
    as_json = run(second)
    assert as_json.exit_code == EXIT_CODES["changed"]
    found = json.loads(as_json.stdout)
    for name in (*found, *found["drifts"][0]):
        assert f"`{name}`" in DRIFT.read_text(), name


def test_the_guide_has_every_exit_code() -> None:
    for severity, code in EXIT_CODES.items():
        assert f"| `{severity}` | {code} |" in DRIFT.read_text()


def test_the_program_of_the_guide_runs(capsys: pytest.CaptureFixture[str]) -> None:
    program = re.search(r"```python\n(.*?)```", DRIFT.read_text(), re.DOTALL)
    assert program is not None
    exec(compile(program[1], "drift.md", "exec"), {})
    assert "changed response.completed $.response.id is number, was string" in (
        capsys.readouterr().out
    )


def test_comparing_prints_what_the_guide_shows() -> None:
    printed = [run(command) for command in commands(MEANING)]
    assert [result.exit_code for result in printed] == [0, 0, 0]
    assert f"```text\n{printed[0].stdout}```" in MEANING.read_text()
    for one in MEASURES:
        assert f"`{one.name}`" in MEANING.read_text()


def write() -> None:
    """Put into both pages what the first command of each prints."""
    with tempfile.TemporaryDirectory() as folder:
        drifting_tapes(Path(folder))
        paced_tapes(Path(folder))
        os.chdir(folder)
        first = commands(DRIFT)[0]
        text = DRIFT.read_text()
        start = text.index(f"$ wiretape {first}\n")
        end = text.index("```", start)
        DRIFT.write_text(f"{text[:start]}$ wiretape {first}\n{run(first).stdout}{text[end:]}")
        text = MEANING.read_text()
        start = text.index("```text\n", text.index("## Is one faster?")) + len("```text\n")
        end = text.index("```", start)
        MEANING.write_text(f"{text[:start]}{run(commands(MEANING)[0]).stdout}{text[end:]}")


if __name__ == "__main__":
    write()
