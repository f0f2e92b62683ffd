"""How faults are written, and what is said of a text that is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiretape.replay.errors import BadFault
from wiretape.replay.faults import FAULTS, described, fault_text, parse_fault, parse_faults
from wiretape.replay.faults.corrupt import Corrupt
from wiretape.replay.faults.cut import Cut
from wiretape.replay.faults.fault import Amount, Duration, Fault
from wiretape.replay.faults.no_done import NoDone
from wiretape.replay.faults.rechunk import Rechunk
from wiretape.replay.faults.stall import Stall
from wiretape.replay.faults.status import Status
from wiretape.replay.faults.wrong_content_type import WrongContentType

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("cut(after=7)", Cut(after=Amount(7, "events"))),
        ("cut(after=7 events)", Cut(after=Amount(7, "events"))),
        ("cut(after=1event)", Cut(after=Amount(1, "events"))),
        ("cut(after=120 bytes)", Cut(after=Amount(120, "bytes"))),
        ("cut(after=1.5s)", Cut(after=Amount(3 * SECOND // 2, "time"))),
        ("cut(after=300 ms)", Cut(after=Amount(300_000_000, "time"))),
        ("cut(after=50%)", Cut(after=Amount(50, "percent"))),
        (" cut ( after = 7 , nth = 2 ) ", Cut(after=Amount(7, "events"), nth=2)),
        ('no_done(path="*/messages")', NoDone(path="*/messages")),
        ("no_done()", NoDone()),
        ("stall", Stall()),
        ("stall(for=2s)", Stall(for_=Duration(2 * SECOND))),
        ("rechunk(how=1 byte)", Rechunk(how=1)),
        ("rechunk(how=crlf)", Rechunk(how="crlf")),
        ("corrupt(what=json, at=3)", Corrupt(what="json", at=Amount(3, "events"))),
        (
            "status(code=529, times=2, retry_after=1)",
            Status(code=529, times=2, retry_after=Duration(SECOND)),
        ),
        ("wrong_content_type(to='a; b=c')", WrongContentType(to="a; b=c")),
    ],
)
def test_a_fault_is_read(text: str, fault: Fault) -> None:
    assert parse_fault(text) == fault
    assert parse_fault(fault_text(fault)) == fault


def test_several_apply_in_their_order() -> None:
    assert parse_faults("cut(after=7); no_done;") == (Cut(after=Amount(7, "events")), NoDone())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the fault '' wants the name of a fault at the end"),
        ("cutt(after=7)", "there is no fault 'cutt'; there are cut, reset, stall, slow_first_byte"),
        ("cut", "cut needs after: events (7, 50%), bytes (120 bytes) or a time (1.5s)"),
        ("cut(", "wants a setting of cut (after, path, nth, times) at the end"),
        ("cut(after)", "wants '=' after after before ')'"),
        ("cut(before=7)", "cut has no setting 'before'; it has after, path, nth, times"),
        ("cut(after=)", "wants the value of after: events (7, 50%), bytes (120 bytes) or a time"),
        ("cut(after=7 furlongs)", "cut: after cannot be '7 furlongs'; it is events (7, 50%)"),
        ("cut(after=1.5)", "cut: after cannot be '1.5'; it is events"),
        ("cut(after=101%)", "cut: after cannot be '101%'"),
        ("cut(after=7, after=8)", "cut: after is said twice"),
        ("cut(after=7,)", "wants a setting of cut"),
        ("no_done(path=a nth=2)", "wants ',' or ')'"),
        ("cut(after=7) no_done", "wants ';' or the end before 'no_done'"),
        ("cut(after=7); no_done", "one fault is wanted, 'cut(after=7); no_done' has 2"),
        (
            "stall(for=never)",
            "stall: for cannot be 'never'; it is a time (2, 2s, 300ms) or forever",
        ),
        ("status(code=200)", "status: code is a status from 400 to 599"),
        ("corrupt(what=soul)", "corrupt: what cannot be 'soul'; it is bytes, utf8, crc, json"),
        ("corrupt(at=1s)", "corrupt: at is the number of an event (3), or bytes (120 bytes)"),
        ("corrupt(what=crc, at=9 bytes)", "corrupt: what=crc wants the number of an event"),
        ("drop(count=0)", "drop: count is at least 1"),
        ("slow(bytes_per_second=0)", "slow: bytes_per_second is at least 1"),
        ("rechunk(how=0)", "rechunk: how is at least 1 byte"),
        ("error_event(after=9 bytes)", "error_event: after counts events"),
        ("cut(after=7" + "0" * 2000 + ")", "a fault of 2,012 characters; 2,000 are the most"),
        ('wrong_content_type(to="a\r\nX-Evil: 1")', "to is one line of what a header may hold"),
    ],
)
def test_what_is_no_fault_is_told_in_one_line(text: str, said: str) -> None:
    with pytest.raises(BadFault) as caught:
        parse_fault(text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=60) | st.from_regex(r"\A(cut|status|stall)\([a-z]*=[0-9a-z%\" ]*\)?\Z"))
def test_any_text_is_a_fault_or_is_not(text: str) -> None:
    try:
        faults = parse_faults(text)
    except BadFault:
        return
    assert all(isinstance(fault, Fault) for fault in faults)


def test_all_of_them_are_described() -> None:
    assert [fault.name for fault in described()] == list(FAULTS)
    for fault in described():
        assert fault.sentence.endswith(".")
        for setting in fault.settings:
            assert setting.words, (fault.name, setting.name)
