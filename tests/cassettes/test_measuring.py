"""Measures of interactions, and of all of them together."""

from msgspec.structs import replace

from tests.cassettes.test_meaning import CHAT, CHAT_REQUEST, EVENTS, chat
from tests.interactions import MS, make_interaction, make_unanswered
from wiretape.cassettes.meaning import read_meaning
from wiretape.cassettes.measuring import Measured, Tokens, measure, summed
from wiretape.cassettes.model import Interaction

USAGE = (
    b'data: {"object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":20,'
    b'"completion_tokens":11,"total_tokens":31,"prompt_tokens_details":{"cached_tokens":5},'
    b'"completion_tokens_details":{"reasoning_tokens":3}}}\n\n'
)


def measured(interaction: Interaction) -> Measured:
    return measure(interaction, read_meaning(interaction))


TOLD = measured(chat(CHAT[0], CHAT[1], USAGE, CHAT[2]))


def test_one_interaction() -> None:
    assert (TOLD.api, TOLD.model, TOLD.status, TOLD.ending) == ("openai.chat", "m", 200, "complete")
    assert (TOLD.streamed, TOLD.finish, TOLD.text_chars, TOLD.tool_calls) == (True, "stop", 5, 0)
    assert TOLD.tokens == Tokens(20, 5, None, 11, 3, None)
    assert (TOLD.pace.ttft_ns, TOLD.pace.end_ns) == (10 * MS, 40 * MS)
    assert TOLD.pace.e2e_tokens_s == 11 / 0.040


def test_an_error_is_a_finish_of_its_own() -> None:
    assert measured(make_unanswered(request=CHAT_REQUEST)).finish == "error"


def test_the_sum() -> None:
    silent = measured(make_unanswered(request=CHAT_REQUEST))
    late = measured(
        make_interaction(
            [(100, CHAT[0]), (1300, CHAT[1]), (1400, USAGE), (1500, CHAT[2])],
            request=CHAT_REQUEST,
            headers=EVENTS,
        )
    )
    total = summed([TOLD, silent, late])
    assert (total.interactions, total.with_error, total.told_usage, total.stalls) == (3, 1, 2, 1)
    assert total.tokens == Tokens(40, 10, None, 22, 6, None)
    assert total.ttft_ns is not None
    assert (total.ttft_ns.count, total.ttft_ns.p50, total.ttft_ns.max) == (2, 55 * MS, 100 * MS)


def test_the_sum_of_nothing() -> None:
    total = summed([])
    assert (total.interactions, total.tokens, total.ttft_ns) == (0, Tokens(), None)


def test_what_nobody_timed_is_in_no_sum() -> None:
    untimed = replace(TOLD, pace=replace(TOLD.pace, stalls=None, stalled_ns=None, timing="none"))
    assert summed([untimed]).stalls is None
    assert summed([TOLD, untimed]).stalls == TOLD.pace.stalls
