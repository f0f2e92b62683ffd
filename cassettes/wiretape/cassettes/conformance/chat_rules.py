"""Every rule of Chat Completions over one exchange, nearly all of them of streams.

They are what OpenAI's reference says of chunks and what openai-python relies on, its `stream()`
that puts an answer together included; vendors differ, and what they do differently is told. Knows
the parts, in `chat`.
"""

from collections.abc import Iterator

from wiretape.cassettes.conformance.chat import calls, choice, chunk, ending
from wiretape.cassettes.conformance.objects import is_answer, read_objects
from wiretape.cassettes.conformance.rule import Exchange, Finding

RULES = (*chunk.RULES, *choice.RULES, *calls.RULES, *ending.RULES)


def check_chat(exchange: Exchange) -> Iterator[Finding]:
    """All of them."""
    if exchange.framing not in ("sse", "json") or not is_answer(exchange):
        return
    stream, unreadable = read_objects(exchange, chunk.NOT_AN_OBJECT)
    if exchange.framing == "json":
        for one in stream.said:
            yield from ending.check_plain(one, exchange)
        return
    yield from unreadable
    read = chunk.read_chunks(stream)
    yield from chunk.check_chunks(read.said)
    # After an error nothing that is missing need have come.
    unseen = list(ending.unseen_errors(exchange))
    whole = stream.whole and read.failed is None and not unseen
    yield from choice.check_choices(read.chunks, whole=whole)
    yield from ending.check_stream(stream, read)
    yield from ending.check_unseen(unseen)
    yield from ending.check_usage(read.chunks, exchange, whole=whole)
