"""The parts of the demo, each on its own; `test_demo.py` runs all of it."""

import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace
from rich.console import Console

from tests.cli.processes import make_tape, three_interactions
from tests.interactions import MS, make_interaction, make_request
from tests.scripted_upstream import (
    CLOSE,
    LAST_CHUNK,
    RESET,
    Gate,
    ScriptedUpstream,
    Step,
    chunk,
    chunked_head,
    length_head,
)
from wiretape.cassettes.journal import journal_path
from wiretape.cassettes.model import Chunk, EndingKind, Notes
from wiretape.cli.demo.client import Received, ask
from wiretape.cli.demo.comparing import (
    Compared,
    View,
    gap_errors_ns,
    summed_up,
    view_of_received,
    view_of_tape,
)
from wiretape.cli.demo.report import report, report_json
from wiretape.cli.demo.running import make_room
from wiretape.cli.demo.scripts import STALL_MS, Script, scripts
from wiretape.cli.errors import NotTheDemos

REASONING, TOOL_CALL, STALL, FLAKY = scripts()


def body(script: Script) -> bytes:
    return b"".join(piece.data for piece in script.pieces)


def events(script: Script) -> list[dict[str, object]]:
    """The data of every event but the sentinel; names must be those of the data."""
    found = []
    for event in body(script).decode().removesuffix("data: [DONE]\n\n").split("\n\n")[:-1]:
        *name, data = event.split("\n")
        value = json.loads(data.removeprefix("data: "))
        assert name in ([], [f"event: {value.get('type')}"])
        found.append(value)
    return found


def test_scripts_are_always_the_same() -> None:
    assert scripts() == scripts()


@pytest.mark.parametrize("script", [REASONING, TOOL_CALL])
def test_responses_are_numbered_and_end_with_what_was_said(script: Script) -> None:
    found = events(script)
    assert [event["sequence_number"] for event in found] == list(range(len(found)))
    done = [event["item"] for event in found if event["type"] == "response.output_item.done"]
    completed = found[-1]["response"]
    assert isinstance(completed, dict)
    assert completed["status"] == "completed"
    assert completed["output"] == done
    assert found[0]["response"] == {
        **completed,
        "status": "in_progress",
        "completed_at": None,
        "output": [],
        "usage": None,
    }


def test_deltas_add_up() -> None:
    text = "".join(
        str(event["delta"])
        for event in events(REASONING)
        if event["type"] == "response.output_text.delta"
    )
    (done,) = (e for e in events(REASONING) if e["type"] == "response.output_text.done")
    assert text == done["text"]
    (call,) = (
        event
        for event in events(TOOL_CALL)
        if event["type"] == "response.function_call_arguments.done"
    )
    assert json.loads(str(call["arguments"]))["latitude"] == "52.5200"


def test_the_stall_and_the_reset() -> None:
    assert max(piece.after_ms for piece in STALL.pieces) == STALL_MS
    assert body(STALL).endswith(b"data: [DONE]\n\n")
    assert FLAKY.reset
    assert not body(FLAKY).endswith(b"data: [DONE]\n\n")


def test_some_writes_are_shared_and_some_torn() -> None:
    pieces = [piece.data for script in scripts() for piece in script.pieces]
    assert any(data.count(b"\n\n") > 1 for data in pieces)
    assert any(not data.endswith(b"\n\n") for data in pieces)
    assert len({piece.after_ms for piece in REASONING.pieces}) > len(REASONING.pieces) // 2


@pytest.mark.parametrize(
    ("ending", "last_step"), [("complete", LAST_CHUNK), ("cut", CLOSE), ("reset", RESET)]
)
async def test_the_client_sees_chunks_and_endings(ending: str, last_step: Step) -> None:
    gate = Gate()
    rest = chunk(b"t") + chunk(b"wo")
    script: Sequence[Step] = (chunked_head(), chunk(b"one"), gate, rest, last_step)
    if ending == "reset":  # a reset takes with it what the other side has not read
        script = (chunked_head(), chunk(b"one") + rest, gate, last_step)
    gate.open()
    async with ScriptedUpstream(script) as upstream:
        received = await ask(f"{upstream.url}/openai", "/v1/x", {"model": "m"})
        assert upstream.asked[0].target == "/openai/v1/x"
        assert upstream.asked[0].body == b'{"model":"m"}'
    assert received.ending == ending
    if ending != "reset":
        assert received.body == b"onetwo"
        assert [chunk.size for chunk in received.chunks] == [3, 1, 2]
        times = [chunk.at_ns for chunk in received.chunks]
        assert times == sorted(times)


async def test_the_client_takes_what_is_no_stream_as_it_is() -> None:
    async with ScriptedUpstream((length_head(2, status="404 Not Found"), b"{}")) as upstream:
        received = await ask(upstream.url, "/v1/x", {})
    assert (received.status, received.chunks) == (404, ())


def received_as(view_of: Script, ending: EndingKind = "complete", late_ms: int = 0) -> Received:
    chunks, at_ms = [], 0.0
    for piece in view_of.pieces:
        at_ms += piece.after_ms
        chunks.append(Chunk(round((at_ms + late_ms) * MS), len(piece.data)))
    return Received(200, body(view_of), tuple(chunks), ending, chunks[-1].at_ns)


def compared(**changes: object) -> Compared:
    view = view_of_received(received_as(STALL))
    late = view_of_received(received_as(STALL, late_ms=3))
    return Compared("Chat, stalls 1.2 s", view, view, replace(late, **changes))


def test_what_is_the_same() -> None:
    one = compared()
    assert one.differences == ()
    errors = summed_up(gap_errors_ns(one.replay, one.tape))
    assert (errors.gaps, errors.median_ns, errors.largest_ns) == (len(STALL.pieces) + 1, 0, 3 * MS)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"sha256": "0"}, ("bytes",)),
        ({"ending": "cut"}, ("ending",)),
        ({"chunks": ()}, ("chunks",)),
        ({"sha256": "0", "ending": "reset", "chunks": ()}, ("bytes", "chunks", "ending")),
    ],
)
def test_what_differs_is_named(changes: dict[str, object], named: tuple[str, ...]) -> None:
    assert compared(**changes).differences == named


def test_gaps_of_other_chunks_are_not_compared() -> None:
    one = compared(chunks=())
    assert gap_errors_ns(one.replay, one.tape) == []
    assert summed_up([]).gaps == 0


def test_a_view_of_the_tape() -> None:
    view = view_of_tape(three_interactions()[1])
    assert isinstance(view, View)
    assert (view.body_bytes, view.sizes, view.ending) == (18, (12, 6), "reset")
    assert view.gaps_ns == (100 * MS, 1200 * MS, 100 * MS)
    assert view.longest_gap_ns == 1200 * MS


def printed(*streams: Compared) -> list[str]:
    out = io.StringIO()
    console = Console(file=out, width=80, color_system=None)
    console.print(report(streams, Path("wiretape-demo.tape.zst"), 5493))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_the_report_fits_80_columns_and_cuts_nothing() -> None:
    lines = printed(compared(), replace(compared(), title="Responses, reasoning"))
    assert all(len(line) <= 80 for line in lines)
    assert not any("…" in line for line in lines)
    assert "The same: 2 streams, byte for byte and chunk for chunk" in " ".join(lines)
    assert any(line.startswith("  wiretape replay wiretape-demo.tape.zst") for line in lines)


def test_the_report_says_what_differs() -> None:
    lines = printed(compared(), compared(ending="cut"))
    assert "DIFFERENT: Chat, stalls 1.2 s: ending" in lines
    assert not any(line.startswith("The same") for line in lines)


def test_the_report_for_programs() -> None:
    value = json.loads(report_json([compared(), compared(sha256="0")], Path("x")))
    assert value["same"] is False
    assert [stream["same"] for stream in value["streams"]] == [True, False]
    assert value["streams"][1]["differences"] == ["bytes"]


def demo_tape(path: Path) -> Path:
    request = make_request(body=b'{"model":"demo-chat-1"}')
    interaction = replace(make_interaction(request=request), notes=Notes("demo-chat-1"))
    return make_tape(path, [interaction])


def test_the_demo_replaces_its_own_cassette_only(tmp_path: Path) -> None:
    own, foreign = demo_tape(tmp_path / "own.tape.zst"), make_tape(tmp_path / "f.tape.zst")
    journal_path(own).touch()
    make_room(own, replace=True)
    assert not own.exists()
    assert not journal_path(own).exists()
    with pytest.raises(NotTheDemos):
        make_room(foreign, replace=True)
    assert foreign.exists()


def test_the_demo_replaces_nothing_that_was_named(tmp_path: Path) -> None:
    own = demo_tape(tmp_path / "own.tape.zst")
    with pytest.raises(NotTheDemos):
        make_room(own, replace=False)
    make_room(tmp_path / "new.tape.zst", replace=False)
