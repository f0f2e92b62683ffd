"""`wiretape diff --drift`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.cassettes.diff.drifting import answer, streamed
from tests.cli.processes import make_tape
from tests.interactions import make_unanswered
from wiretape.cassettes.diff.drift import Drift, Report
from wiretape.cassettes.model import Interaction
from wiretape.cli.diff_options import SEVERITIES
from wiretape.cli.drifting import EXIT_CODES
from wiretape.cli.main import wiretape
from wiretape.cli.views.drift_text import drift_lines


@pytest.fixture(autouse=True)
def tapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording, and later ones: with more in it, with less, and with another type."""
    monkeypatch.chdir(tmp_path)
    tape("old", answer())
    more, less, other = answer(), answer(), answer()
    more[-1]["response"]["tier"] = "x"
    less[-1]["response"].pop("usage")
    other[-1]["response"]["id"] = 7
    other[-1]["response"].pop("usage")
    tape("more", more)
    tape("less", less)
    tape("other", other)


def tape(name: str, events: list[object], asked: str = "hi") -> None:
    twin = streamed(answer(), number=2, asked={"input": name})
    make_tape(Path(f"{name}.tape.zst"), [streamed(events, asked={"input": asked}), twin])


def drift(new: str, *options: str, old: str = "old") -> Result:
    names = [name if ":" in name else f"{name}.tape.zst" for name in (old, new)]
    return CliRunner().invoke(wiretape, ["diff", "--drift", *names, *options])


def test_against_itself() -> None:
    result = drift("old")
    assert result.stdout == "old.tape.zst -> old.tape.zst: no drift in 2 pairs\n"
    assert result.exit_code == 0


def test_a_line_a_finding() -> None:
    result = drift("other")
    assert result.exit_code == 4
    assert result.stdout.splitlines() == [
        "old.tape.zst -> other.tape.zst: 1 changed, 1 removed in 1 pair",
        "changed  openai openai.responses response.completed: $.response.id is number, was string "
        "(old #1 frame 10, new #1 frame 10)",
        "removed  openai openai.responses response.completed: key $.response.usage (object) is "
        "gone (old #1 frame 10, new #1 frame 10)",
        "only on the old side, and not compared: 2",
        "only on the new side, and not compared: 2",
    ]


def test_to_a_file() -> None:
    printed = drift("more").stdout
    result = drift("more", "--output", "drift.txt")
    assert (result.stdout, Path("drift.txt").read_text()) == ("", printed)
    assert drift("more", "--output", "-").stdout == printed


def test_json() -> None:
    found = json.loads(drift("less", "--json").stdout)
    assert (found["old"], found["severity"], found["pairs"]) == ("old.tape.zst", "removed", 1)
    assert found["drifts"] == [
        {
            "severity": "removed",
            "what": "key",
            "upstream": "openai",
            "api": "openai.responses",
            "event": "response.completed",
            "place": "$.response.usage",
            "old": "object",
            "new": "",
            "old_at": {"number": 1, "frame": 10},
            "new_at": {"number": 1, "frame": 10},
            "words": "key $.response.usage (object) is gone",
        }
    ]
    assert json.loads(drift("old", "--format", "json").stdout)["severity"] is None


@pytest.mark.parametrize(
    ("new", "options", "code"),
    [
        ("more", (), 1),
        ("less", (), 3),
        ("other", (), 4),
        ("more", ("--fail-on", "added"), 1),
        ("more", ("--fail-on", "any"), 1),
        ("more", ("--fail-on", "removed"), 0),
        ("less", ("--fail-on", "removed"), 3),
        ("less", ("--fail-on", "changed"), 0),
        ("other", ("--fail-on", "changed"), 4),
        ("less", ("--fail-on", "changed", "--fail-on", "removed"), 3),
        ("other", ("--fail-on", "none"), 0),
    ],
)
def test_the_exit_code_is_by_severity(new: str, options: tuple[str, ...], code: int) -> None:
    result = drift(new, *options)
    assert result.exit_code == code
    assert len(result.stdout.splitlines()) > 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["old.tape.zst"], "two cassettes"),
        (["old.tape.zst"] * 3, "two cassettes"),
        (["old.tape.zst", "more.tape.zst", "--only", "text"], "compares shapes"),
        (["old.tape.zst", "more.tape.zst", "--format", "markdown"], "compares shapes"),
        (["old.tape.zst", "more.tape.zst", "--fail-on", "text"], "it takes added, removed"),
        (["old.tape.zst", "more.tape.zst", "--fail-on", "none", "--fail-on", "added"], "alone"),
        (["old.tape.zst", "missing.tape.zst"], "no such cassette"),
        (["old.tape.zst:7", "more.tape.zst"], "no interaction 7"),
        (["old.tape.zst:2", "more.tape.zst:2"], "have no request in common"),
    ],
)
def test_what_cannot_be_compared_is_2(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(wiretape, ["diff", "--drift", *arguments])
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


OLD_FIRST = streamed(answer(), asked={"input": "hi"})
CUT_SHORT = streamed(answer()[:5], asked={"input": "hi"}, ending="cut")
UNANSWERED = make_unanswered(request=OLD_FIRST.request)


@pytest.mark.parametrize("as_json", [(), ("--json",), ("--fail-on", "none")])
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (OLD_FIRST, CUT_SHORT, "1 of the new side broke off, 1 of the old side was whole"),
        (CUT_SHORT, CUT_SHORT, "1 of the old side broke off: it is left out (and 1 more like it)"),
        (
            OLD_FIRST,
            UNANSWERED,
            "1 of the new side was never answered, 1 of the old side was whole",
        ),
    ],
)
def test_answers_that_all_broke_off_are_no_verdict(
    old: Interaction, new: Interaction, words: str, as_json: tuple[str, ...]
) -> None:
    make_tape(Path("a.tape.zst"), [old])
    make_tape(Path("b.tape.zst"), [new])
    result = drift("b", *as_json, old="a")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "nothing could be compared, interaction" in result.stderr
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_how_many_pairs_could_be_compared() -> None:
    make_tape(Path("a.tape.zst"), [OLD_FIRST] * 3)
    make_tape(Path("b.tape.zst"), [CUT_SHORT, OLD_FIRST, UNANSWERED])
    result = drift("b", old="a")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "a.tape.zst -> b.tape.zst: no drift; 1 of 3 pairs could be compared",
        "interaction 1 of the new side broke off, 1 of the old side was whole: it is left out",
        "interaction 3 of the new side was never answered, 3 of the old side was whole: "
        "it is left out",
    ]
    assert json.loads(drift("b", "--json", old="a").stdout)["compared"] == 1


def test_severities_are_of_drift_alone() -> None:
    arguments = ["diff", "old.tape.zst", "more.tape.zst", "--fail-on", "added"]
    assert CliRunner().invoke(wiretape, arguments).exit_code == 2
    assert tuple(EXIT_CODES) == SEVERITIES


def test_the_same_of_many_events_is_one_line() -> None:
    events = [f"e{n}" for n in range(5)]
    drifts = tuple(
        Drift("removed", "key", "u", "", name, "$.a\x1b", "null", "", None, None, "gone\x1b")
        for name in events
    )
    report = Report(drifts, 1, 1, tuple(range(1, 30)), (), ("a remark",))
    assert list(drift_lines("a", "b", report)) == [
        "a -> b: 5 removed in 1 pair",
        "removed  u unknown e0, e1, e2 and 2 more: gone␛",
        "only on the old side, and not compared: "
        + ", ".join(str(n) for n in range(1, 21))
        + " and 9 more",
        "a remark",
    ]
