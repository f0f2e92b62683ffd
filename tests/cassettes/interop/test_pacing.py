"""`--pace`: chunks of frames at times that come out of `stats` as they were given."""

import pytest
from msgspec.structs import replace

from tests.cassettes.interop.test_vectors import imported
from wiretape.cassettes.interop import Asked, BadPace, GivenPace, parse_pace
from wiretape.cassettes.meaning import read_meaning
from wiretape.cassettes.model import Interaction
from wiretape.cassettes.pace import pace_of
from wiretape.cassettes.timeline import with_max_gap

NOW = "2026-11-23T10:00:00.000000Z"


def paced(name: str, pace: str) -> tuple[Interaction, ...]:
    return imported(name, Asked({}, "wiretape 1", NOW, None, parse_pace(pace))).interactions


def test_a_stream_comes_frame_by_frame() -> None:
    chat = paced("vcrpy-httpx.yaml", "ttft=300ms,tokens/s=50")[0]
    chunks = chat.timeline.received
    assert chat.timeline.timing == "given"
    # The role, eight words, the finish and [DONE]; what says nothing comes with what was before.
    assert [chunk.at_ns // 1_000_000 for chunk in chunks] == [
        300, 300, 320, 340, 360, 380, 400, 420, 440, 440, 440,
    ]  # fmt: skip
    assert chat.response is not None
    assert chat.response.body[: chunks[0].size].endswith(b"\n\n")
    assert chat.timeline.head_ns == 300_000_000


def test_the_measures_are_those_given() -> None:
    chat = paced("vcrpy-httpx.yaml", "ttft=300ms,gap=20ms")[0]
    timeline = replace(chat.timeline, timing="reads")  # as if it had been measured so
    meaning = read_meaning(replace(chat, timeline=timeline))
    pace = pace_of(timeline, meaning.frames, meaning.deltas, 8)
    assert (pace.ttft_ns, pace.gap_p50_ns, pace.gap_max_ns) == (300_000_000, 20_000_000, 20_000_000)
    assert pace.decode_tokens_s == pytest.approx(50)


def test_made_up_times_are_no_pace() -> None:
    chat = paced("vcrpy-httpx.yaml", "ttft=300ms,gap=20ms")[0]
    meaning = read_meaning(chat)
    pace = pace_of(chat.timeline, meaning.frames, meaning.deltas, 8)
    assert (pace.head_ns, pace.ttft_ns, pace.end_ns, pace.decode_tokens_s) == (None,) * 4
    assert pace.timing == "given"
    assert with_max_gap(chat.timeline, 1).timing == "given"


def test_an_answer_that_is_no_stream_comes_whole() -> None:
    models = paced("vcrpy-httpx.yaml", "ttft=100ms,gap=20ms")[1]
    assert [chunk.at_ns for chunk in models.timeline.received] == [100_000_000]


def test_a_pace_takes_the_place_of_the_times_there_were() -> None:
    chat = paced("mitmproxy.flows", "gap=1s")[0]
    assert chat.timeline.ending.at_ns == 7_000_000_000
    assert len(chat.timeline.received) == 11


@pytest.mark.parametrize(
    "written",
    ["", "ttft", "ttft=3", "ttft=-1s", "ttft=9999999s", "tokens/s=0", "tokens/s=fast",
     "tokens/s=5,gap=1s", "ttft=1s,ttft=2s", "jitter=1s", "ttft=٣s"],
)  # fmt: skip
def test_a_pace_that_cannot_be_meant(written: str) -> None:
    with pytest.raises(BadPace):
        parse_pace(written)


def test_a_pace_as_it_is_written() -> None:
    assert parse_pace("ttft=0.3s, tokens/s=12.5") == GivenPace(300_000_000, 12.5)
    assert parse_pace("gap=20ms") == GivenPace(0, None, 20_000_000)
