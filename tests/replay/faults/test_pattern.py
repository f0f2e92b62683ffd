"""What the pattern of faults takes, the parser takes; and it takes what is written of faults."""

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wiretape.replay.errors import BadFault
from wiretape.replay.faults import FAULTS, fault_text, parse_faults
from wiretape.replay.faults.catalogue import settings_of
from wiretape.replay.faults.pattern import faults_pattern

VALID = jsonschema_rs.validator_for({"type": "string", "pattern": faults_pattern()})


@settings(max_examples=200, deadline=None)
@given(st.from_regex(faults_pattern()).filter(lambda text: len(text) <= 2000))
def test_the_parser_takes_what_the_pattern_does(text: str) -> None:
    for fault in parse_faults(text):
        assert VALID.is_valid(fault_text(fault))


@pytest.mark.parametrize(
    "text",
    [
        *[
            name
            for name, kind in FAULTS.items()
            if not any(one.required for one in settings_of(kind).values())
        ],
        "cut(after=7)",
        "cut(after=50%)",
        "cut(after=1.5s)",
        'reset(after=120 bytes, path="*/messages", nth=2, times=1)',
        "no_done; cut(after=1);double_terminal",
        "no_done;",
        "status(code=429, retry_after=1, times=2)",
        "status(times=2)",
        "stall(after=2, for=300ms)",
        "stall(for=forever)",
        "slow(bytes_per_second=100)",
        "slow_first_byte(by=2s)",
        "rechunk(how=1, gap=10ms)",
        "rechunk(how=crlf)",
        "corrupt(what=json, at=3)",
        'error_event(after=50%, rest=kept, message="no more")',
        'wrong_content_type(to="text/plain", path=x)',
    ],
)
def test_what_is_usually_written(text: str) -> None:
    parse_faults(text)
    assert VALID.is_valid(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cut",
        "cut()",
        "cut(after=1, after=2)",
        "cut(after=101%)",
        "slow(bytes_per_second=0)",
        "status(code=200)",
        "corrupt(what=json, at=3 bytes)",
        "error_event(after=3s)",
        "no_done no_done",
        "; no_done",
        "nonsense",
        'no_done(path="a"b")',
    ],
)
def test_what_the_parser_refuses(text: str) -> None:
    with pytest.raises(BadFault):
        parse_faults(text)
    assert not VALID.is_valid(text)
