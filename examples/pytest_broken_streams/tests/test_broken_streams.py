"""What the client makes of streams that break, each laid over one recording of a good one."""

import pytest
from asking import StreamBroken, ask

QUESTION = "How warm is it in Zürich?"
ANSWER = "It is warm in Zürich, about 20 °C."

pytestmark = pytest.mark.wiretape("greeting")


def test_as_recorded():
    assert ask(QUESTION) == ANSWER


@pytest.mark.parametrize(
    "fault",
    [
        "cut(after=3)",
        "cut(after=100 bytes)",
        "reset(after=50%)",
        "corrupt(what=json)",
        "error_event(after=50%)",
        "status(code=400)",
        "status(code=529, times=0)",
    ],
)
def test_half_an_answer_is_no_answer(wiretape, fault):
    wiretape.fault(fault)
    with pytest.raises(StreamBroken):
        ask(QUESTION)


def test_silence_has_an_end(wiretape):
    wiretape.fault("stall(after=3)")
    with pytest.raises(StreamBroken):
        ask(QUESTION, patience=0.2)


@pytest.mark.parametrize(
    "fault",
    [
        "rechunk(how=1)",
        "rechunk(how=utf8)",
        "rechunk(how=whole)",
        "slow_first_byte(by=100ms)",
        "slow(bytes_per_second=100000)",
        "no_done",
    ],
)
def test_what_is_no_damage_does_none(wiretape, fault):
    wiretape.fault(fault)
    assert ask(QUESTION) == ANSWER


def test_asks_again_when_told_to(wiretape):
    wiretape.fault("status(code=429, times=2, retry_after=0s)")
    assert ask(QUESTION) == ANSWER
    assert len(wiretape.requests) == 3
