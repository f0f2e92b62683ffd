"""Real servers, asked the same through `wiretape record`, set side by side by `wiretape diff`: the
report names what `docs/servers.md` says of them, by rule and in words."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.clients.commands import WIRETAPE, environment
from tests.clients.servers.asking import ask, question
from tests.clients.servers.differences import SERVERS, Call, ServerName

LLAMA: ServerName = "llama-server"
VLLM: ServerName = "vLLM"
TRANSFORMERS: ServerName = "transformers serve"
OVER_CHAT: ServerName = "LiteLLM over Chat Completions"
OVER_MESSAGES: ServerName = "LiteLLM over Messages"

RESPONSES = Call("responses", stream=True)
CHAT = Call("chat", stream=True)
MESSAGES = Call("messages", stream=True)
CALLS = (RESPONSES, CHAT, MESSAGES, Call("responses", stream=False))
"""In this order they are on each cassette, where the server has them."""

Recorded = Callable[[ServerName], Path]


class Report(NamedTuple):
    """What `wiretape diff` says of two servers."""

    code: int
    text: str
    comparisons: dict[Call, dict[str, Any]]

    def words(self, call: Call) -> str:
        """The lines of all differences."""
        return "\n".join(one["words"] for one in self.comparisons[call]["differences"])

    def only(self, call: Call, path: str) -> tuple[set[str], set[str]]:
        """What only the one has and only the other, of lists such as findings."""
        sides: tuple[set[str], set[str]] = (set(), set())
        for one in self.comparisons[call]["differences"]:
            if one["path"] == path:
                sides[0].update(one["a"])
                sides[1].update(one["b"])
        return sides


@pytest.fixture(scope="session")
def recorded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """The cassette of a server, recorded when the first test wants it."""
    known: dict[ServerName, Path] = {}

    def tape_of(name: ServerName) -> Path:
        if name not in known:
            server = SERVERS[name]
            url = request.getfixturevalue(server.fixture)
            model = server.model or str(request.getfixturevalue("tiny_model"))
            questions = [
                question(call.api, model, stream=call.stream, key=server.key)
                for call in calls_of(name)
            ]
            folder = tmp_path_factory.mktemp("diffs")
            known[name] = folder / f"{name.replace(' ', '-')}.tape.zst"
            ask(url, known[name], questions)
        return known[name]

    return tape_of


def calls_of(name: ServerName) -> list[Call]:
    return [call for call in CALLS if call in SERVERS[name].findings]


def diff(*sides: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*WIRETAPE, "diff", *map(str, sides)],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def report_of(recorded: Recorded, first: ServerName, other: ServerName) -> Report:
    """The answers to each question that both were asked."""
    tapes = recorded(first), recorded(other)
    both = [call for call in calls_of(first) if call in calls_of(other)]
    code, text, comparisons = 0, "", {}
    for call in both:
        sides = [
            f"{tape}:{calls_of(name).index(call) + 1}"
            for tape, name in zip(tapes, (first, other), strict=True)
        ]
        shown, printed = diff(*sides), diff(*sides, "--json")
        assert (shown.stderr, printed.stderr) == ("", "")
        assert shown.returncode == printed.returncode
        code, text = max(code, shown.returncode), text + shown.stdout
        comparisons[call] = json.loads(printed.stdout.splitlines()[0])
    return Report(code, text, comparisons)


def found(name: ServerName, call: Call) -> set[str]:
    return set(SERVERS[name].findings[call])


PAIRS = [
    pytest.param(LLAMA, OVER_CHAT, marks=pytest.mark.servers),
    pytest.param(LLAMA, OVER_MESSAGES, marks=pytest.mark.servers),
    pytest.param(OVER_CHAT, OVER_MESSAGES, marks=pytest.mark.servers),
    pytest.param(LLAMA, VLLM, marks=pytest.mark.vllm),
    pytest.param(LLAMA, TRANSFORMERS, marks=pytest.mark.vllm),
    pytest.param(VLLM, TRANSFORMERS, marks=pytest.mark.vllm),
]


@pytest.mark.parametrize(("first", "other"), PAIRS)
def test_each_rule_that_one_alone_breaks_is_named(
    recorded: Recorded, first: ServerName, other: ServerName
) -> None:
    report = report_of(recorded, first, other)
    assert report.code == 1
    chance = SERVERS[first].by_chance | SERVERS[other].by_chance
    for call in report.comparisons:
        ours, theirs = found(first, call), found(other, call)
        only = report.only(call, "findings")
        assert (only[0] - chance, only[1] - chance) == (ours - theirs, theirs - ours), call
        assert all(rule in report.text for rule in (ours ^ theirs))


@pytest.mark.servers
def test_litellm_over_chat_completions(recorded: Recorded) -> None:
    """No event lines, a `[DONE]`, and of a cut answer `end_turn`."""
    report = report_of(recorded, LLAMA, OVER_CHAT)
    assert "`event:` lines only on llama-server" in report.text
    assert report.only(RESPONSES, "events") == (set(), {"[DONE]"})
    assert f"events only on {label(OVER_CHAT)}: [DONE]" in report.text
    assert f"length on llama-server, stop on {label(OVER_CHAT)}" in report.words(MESSAGES)
    for call, comparison in report.comparisons.items():
        assert not [one for one in comparison["differences"] if one["aspect"] == "text"], call


@pytest.mark.servers
def test_litellm_over_messages(recorded: Recorded) -> None:
    """Where llama-server says that it is done, this says that it was cut off; and one event of all
    has a number."""
    report = report_of(recorded, LLAMA, OVER_MESSAGES)
    assert f"stop on llama-server, length on {label(OVER_MESSAGES)}" in report.words(RESPONSES)
    events = report.only(RESPONSES, "events")
    assert events == ({"response.completed"}, {"response.incomplete", "[DONE]"})
    assert {"sequence_number", "output_index"} <= report.only(RESPONSES, "members")[1]
    assert "sequence_number" in report.words(RESPONSES)
    assert "`event:` lines only on llama-server" in report.text


@pytest.mark.vllm
def test_vllm(recorded: Recorded) -> None:
    """It numbers its events, and says that the answer was cut off, in an event that says it is
    complete."""
    report = report_of(recorded, LLAMA, VLLM)
    assert "stop on llama-server, length on vLLM" in report.words(RESPONSES)
    assert {"sequence_number", "output_index"} <= report.only(RESPONSES, "members")[1]
    assert "sequence_number" in report.words(RESPONSES)
    assert "output_index" in report.words(RESPONSES)
    assert "responses.status-differs" in report.only(RESPONSES, "findings")[1]
    # Both end with `response.completed`.
    assert "response.completed" not in set.union(*report.only(RESPONSES, "events"))


@pytest.mark.vllm
def test_transformers_serve(recorded: Recorded) -> None:
    """Numbers, but no event lines; no `[DONE]` behind Chat Completions; and a cut answer that is
    said to be complete."""
    report = report_of(recorded, LLAMA, TRANSFORMERS)
    assert "`event:` lines only on llama-server" in report.words(RESPONSES)
    assert {"sequence_number", "output_index"} <= report.only(RESPONSES, "members")[1]
    assert "[DONE]" in report.only(CHAT, "events")[0]
    assert "finish" not in {one["aspect"] for one in report.comparisons[RESPONSES]["differences"]}
    beside = report_of(recorded, VLLM, TRANSFORMERS)
    assert f"length on vLLM, stop on {label(TRANSFORMERS)}" in beside.words(RESPONSES)
    assert "`event:` lines only on vLLM" in beside.words(RESPONSES)


@pytest.mark.servers
def test_three_servers_are_a_matrix(recorded: Recorded) -> None:
    done = diff(*(recorded(name) for name in (LLAMA, OVER_CHAT, OVER_MESSAGES)))
    assert (done.returncode, done.stderr) == (1, "")
    for name in (LLAMA, OVER_CHAT, OVER_MESSAGES):
        assert label(name) in done.stdout
    assert "differs from llama-server" in done.stdout


@pytest.mark.servers
def test_asked_again_it_says_the_same(recorded: Recorded) -> None:
    """The likeliest words come again; only the time it takes is another."""
    tape = recorded(LLAMA)
    calls = calls_of(LLAMA)
    streamed, whole = calls.index(RESPONSES) + 1, calls.index(CALLS[-1]) + 1
    done = diff(f"{tape}:{streamed}", f"{tape}:{whole}", "--only", "text,tools,reasoning,finish")
    assert (done.returncode, done.stderr) == (0, "")


def label(name: ServerName) -> str:
    """As the file is named."""
    return name.replace(" ", "-")
