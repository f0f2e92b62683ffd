"""What a server says to one prompt is the same in every API, streamed or not."""

from collections.abc import Collection, Mapping

from tests.clients.servers.asking import LIMIT, Api, Told
from tests.clients.servers.differences import Call


def hold_to_one_another(
    answers: Mapping[Call, Told],
    *,
    wrong_at_the_limit: Collection[Api] = (),
    no_usage: Collection[Call] = (),
) -> str:
    """Compare all answers; gives the text. `wrong_at_the_limit` are the APIs in which the server
    says that it stopped by itself."""
    texts = {call: told.meaning.answer.text for call, told in answers.items()}
    (text,) = set(texts.values())
    assert len(text) >= LIMIT
    for call, told in answers.items():
        assert told.response.status == 200
        assert told.meaning.remarks == ()
        assert told.meaning.streamed == call.stream
        answer = told.meaning.answer
        assert answer.ended
        assert answer.errors == ()
        (choice,) = answer.choices
        assert choice.finish is not None
        reason = "stop" if call.api in wrong_at_the_limit else "length"
        assert (call, choice.finish.reason) == (call, reason)
        if call not in no_usage:
            assert answer.usage is not None
            assert (call, answer.usage.output) == (call, LIMIT)
    spent = {
        answer.usage.input
        for call, told in answers.items()
        if call not in no_usage and (answer := told.meaning.answer).usage is not None
    }
    assert len(spent) == 1
    return text
