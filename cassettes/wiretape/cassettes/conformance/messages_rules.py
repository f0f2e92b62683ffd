"""Every rule of Anthropic's Messages over one exchange, nearly all of them of streams.

They are what Anthropic's reference says of a stream's events and what its Python client relies
on when it puts a message together. The events may come in chunks of Bedrock's InvokeModel. Knows
the parts, in `messages`.
"""

from collections.abc import Iterator

from wiretape.cassettes.conformance.bedrock import invoke
from wiretape.cassettes.conformance.messages import blocks, message
from wiretape.cassettes.conformance.objects import asked, is_answer, is_whole, read_objects
from wiretape.cassettes.conformance.responses.profiles import CLIENTS, OPENAI
from wiretape.cassettes.conformance.rule import Exchange, Finding, Rule, found

NOT_AN_OBJECT = Rule(
    "messages.not-an-object",
    "error",
    "prose",
    "The data of every event is one JSON object.",
    CLIENTS,
)
NAME_DIFFERS = Rule(
    "messages.event-line-differs",
    "error",
    "prose",
    "The `event:` line is equal to the `type` of the body.",
    OPENAI,
)
DONE_PRESENT = Rule(
    "messages.done-present",
    "note",
    "prose",
    "There is no `[DONE]`: the end is `message_stop`.",
    OPENAI,
)

RULES = (NOT_AN_OBJECT, NAME_DIFFERS, DONE_PRESENT, *message.RULES, *blocks.RULES)


def check_messages(exchange: Exchange) -> Iterator[Finding]:
    """All of them."""
    if exchange.framing == "eventstream" and is_answer(exchange):
        said = invoke.said_by_model(exchange)
        if invoke.is_claude(said):
            whole = is_whole(exchange) and not invoke.has_exception(exchange)
            yield from message.check_events(said, asked(exchange), whole=whole)
        return
    if exchange.framing not in ("sse", "json") or not is_answer(exchange):
        return
    stream, unreadable = read_objects(exchange, NOT_AN_OBJECT)
    if exchange.framing == "json":
        for one in stream.said:
            yield from message.check_plain(one, asked(exchange))
        return
    yield from unreadable
    for frame in stream.done:
        yield found(DONE_PRESENT, "`[DONE]`", frame)
    for one in stream.said:
        kind = one.body.get("type")
        if one.frame.name and isinstance(kind, str) and kind != one.frame.name:
            words = f"`event:` says {one.frame.name!r}, `type` says {kind!r}"
            yield found(NAME_DIFFERS, words, one.frame)
    yield from message.check_events(stream.said, asked(exchange), whole=stream.whole)
