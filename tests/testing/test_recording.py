"""Recording modes: what is asked, what is played, and what stands on the tape in the end."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError

import msgspec
import pytest

from tests.interactions import make_interaction
from tests.testing.live import Live, live_provider
from tests.testing.tapes import answers, ask, write_tape
from tests.testing.tapes import recording as on_tape
from wiretape.cassettes.errors import CassetteError
from wiretape.cassettes.store import Cassette
from wiretape.testing import (
    BadSetting,
    CannotRecord,
    MissingCassette,
    NotAsRecorded,
    recording,
    replaying,
)
from wiretape.testing.drifting import drifted
from wiretape.testing.settings import Mode


@pytest.fixture
def live() -> Iterator[str]:
    """A provider's base URL."""
    with live_provider() as url:
        yield url


def on(cassette: Path) -> list[tuple[str, bytes]]:
    """What is on it: questions, and the first line of each answer."""
    with Cassette.open(cassette) as tape:
        return [
            (
                msgspec.json.decode(one.request.body)["input"],
                one.response.body.partition(b"\n")[0] if one.response else b"",
            )
            for one in tape
        ]


def run(cassette: Path, live: str, mode: Mode, *questions: str, unplayed: bool = False) -> None:
    with replaying(
        cassette, mode=mode, upstreams={"openai": live}, allow_unplayed=unplayed
    ) as view:
        for question in questions:
            ask(os.environ["OPENAI_BASE_URL"], question)
        assert [one.json()["input"] for one in view.requests] == list(questions)


def test_recorded_and_then_replayed_with_no_provider(tmp_path: Path, live: str) -> None:
    cassette = tmp_path / "new" / "t.tape.zst"
    with recording(cassette, upstreams={"openai": live}) as view:
        assert view.recording
        assert [ask(view.base_url("openai"), "a")] == answers(["live a"])
        assert [(one.recorded, one.played) for one in view.journal] == [(True, None)]
    with replaying(cassette) as view:
        assert [ask(view.base_url("openai"), "a")] == answers(["live a"])
    assert Live.asked == ["a"]


async def test_recorded_within_a_coroutine(tmp_path: Path, live: str) -> None:
    async with recording(tmp_path / "t.tape.zst", upstreams=[f"openai={live}"]) as view:
        ask(view.base_url("openai"), "a")
    assert on(tmp_path / "t.tape.zst") == [("a", b"data: live a")]


OLD = (on_tape("a", "old a"), on_tape("b", "old b"))


@pytest.mark.parametrize(
    ("mode", "asked", "kept"),
    [
        ("new_episodes", ["c"], [("a", "old a"), ("b", "old b"), ("c", "live c")]),
        ("rewrite", ["a", "b", "c"], [("a", "live a"), ("b", "live b"), ("c", "live c")]),
        ("all", ["a", "b", "c"], [("a", "live a"), ("b", "live b"), ("c", "live c")]),
    ],
)
def test_what_a_mode_asks_and_keeps(
    tmp_path: Path, live: str, mode: Mode, asked: list[str], kept: list[tuple[str, str]]
) -> None:
    cassette = write_tape(tmp_path / "t.tape.zst", *OLD)
    run(cassette, live, mode, "a", "b", "c")
    assert Live.asked == asked
    assert on(cassette) == [(one, f"data: {answer}".encode()) for one, answer in kept]
    assert [path.name for path in tmp_path.iterdir()] == ["t.tape.zst"]


def test_once_asks_only_where_there_is_no_cassette(tmp_path: Path, live: str) -> None:
    cassette = tmp_path / "t.tape.zst"
    run(cassette, live, "once", "a", "b")
    run(cassette, live, "once", "a", "b")
    assert Live.asked == ["a", "b"]


def test_all_keeps_what_was_not_asked_for_and_rewrite_does_not(tmp_path: Path, live: str) -> None:
    for mode, left in (("all", ["b", "a"]), ("rewrite", ["a"])):
        cassette = write_tape(tmp_path / f"{mode}.tape.zst", *OLD)
        run(cassette, live, mode, "a")  # type: ignore[arg-type]
        assert [question for question, _ in on(cassette)] == left


def test_rewrite_keeps_the_old_one_where_the_provider_is_not_reached(tmp_path: Path) -> None:
    cassette = write_tape(tmp_path / "t.tape.zst", *OLD)

    def unreached() -> None:
        with (
            replaying(cassette, mode="rewrite", upstreams={"openai": "http://127.0.0.1:9"}) as view,
            pytest.raises(HTTPError, match="502"),
        ):
            ask(view.base_url("openai"), "a")

    with pytest.raises(NotAsRecorded, match="no provider could be reached"):
        unreached()
    assert [question for question, _ in on(cassette)] == ["a", "b"]
    assert [path.name for path in tmp_path.iterdir()] == ["t.tape.zst"]


def test_rewrite_keeps_the_old_one_where_the_block_failed(tmp_path: Path, live: str) -> None:
    cassette = write_tape(tmp_path / "t.tape.zst", *OLD)
    taping = replaying(cassette, mode="rewrite", upstreams={"openai": live})

    def failing() -> None:
        with taping as view:
            ask(view.base_url("openai"), "a")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    assert Live.asked == ["a"]
    assert [question for question, _ in on(cassette)] == ["a", "b"]
    assert [path.name for path in tmp_path.iterdir()] == ["t.tape.zst"]


def test_verify_asks_everything_and_tells_drift(tmp_path: Path, live: str) -> None:
    cassette = tmp_path / "t.tape.zst"
    run(cassette, live, "once", "a")
    before = cassette.read_bytes()
    run(cassette, live, "verify", "a")
    assert Live.asked == ["a", "a"]
    other = write_tape(tmp_path / "other.tape.zst", on_tape("a", "x"), on_tape("gone"))
    with pytest.raises(NotAsRecorded) as raised:
        run(other, live, "verify", "a", "new")
    said = str(raised.value)
    assert "the providers have drifted from the tape" in said
    assert "recording 2 was not asked for again" in said
    assert "1 request is not on the tape" in said
    assert cassette.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 2


def test_a_tape_is_not_verified_by_answers_that_broke_off() -> None:
    whole = make_interaction()
    cut = make_interaction([(10, b"data: on")], ending="cut")
    assert drifted([whole], [whole]) == ""
    assert drifted([whole], [cut]).startswith("the tape is not verified:\n  ")


def test_verify_needs_a_cassette(tmp_path: Path) -> None:
    with pytest.raises(MissingCassette):
        replaying(tmp_path / "t.tape.zst", mode="verify").__enter__()


def test_nothing_asked_is_nothing_recorded(tmp_path: Path, live: str) -> None:
    with pytest.raises(NotAsRecorded, match="nothing was asked"):
        run(tmp_path / "t.tape.zst", live, "once")


def test_a_mode_that_is_none() -> None:
    with pytest.raises(BadSetting, match="is no mode"):
        replaying("t.tape.zst", mode="some")  # type: ignore[arg-type]


def test_an_upstream_that_cannot_be_meant(tmp_path: Path) -> None:
    taping = recording(tmp_path / "t.tape.zst", upstreams={"Local One": "http://127.0.0.1:1"})
    with pytest.raises(BadSetting, match="upstreams: 'Local One' cannot be a name"):
        taping.__enter__()


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotRecord, match=r"file cannot be made: File exists"):
        recording(tmp_path / "file" / "t.tape.zst").__enter__()


def test_rules_of_redaction_hold_where_it_is_recorded_and_where_it_is_played(
    tmp_path: Path, live: str
) -> None:
    cassette, rules = tmp_path / "t.tape.zst", tmp_path / "rules.toml"
    rules.write_text("[redaction]\nbody_paths = ['$.input']\n")
    for secret in ("of-the-one-who-records", "of-one-who-plays-it-on"):
        with recording(cassette, upstreams={"openai": live}, rules=rules) as view:
            ask(view.base_url("openai"), secret)
    assert Live.asked == ["of-the-one-who-records"]
    with Cassette.open(cassette) as tape:
        [one] = tape
    assert b"of-the-one" not in one.request.body


def test_rules_that_are_none(tmp_path: Path) -> None:
    cassette = write_tape(tmp_path / "t.tape.zst")
    with pytest.raises(CassetteError, match=r"rules\.toml: cannot be read"):
        replaying(cassette, rules=tmp_path / "rules.toml").__enter__()
    (tmp_path / "rules.toml").write_text("[redaction]\nheader = []\n")
    with pytest.raises(CassetteError, match="header"):
        replaying(cassette, rules=tmp_path / "rules.toml").__enter__()
