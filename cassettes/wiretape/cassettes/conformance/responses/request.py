"""Rules of the request, and of what the response says of it.

Three of them stand where the two texts of the specification contradict each other.
"""

from collections.abc import Iterator

from wiretape.cassettes.conformance.objects import asked
from wiretape.cassettes.conformance.responses.kinds import LIFECYCLE
from wiretape.cassettes.conformance.responses.profiles import LETTER, WIRE
from wiretape.cassettes.conformance.responses.stream import Stream
from wiretape.cassettes.conformance.rule import Exchange, Finding, Rule, found
from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.dialects.payload import list_of, object_of
from wiretape.cassettes.http1 import header

FORM = Rule(
    "responses.request-not-json",
    "warning",
    "prose",
    "Requests are sent as `application/json` (MUST in the prose; the schema lists forms as well).",
    LETTER,
)
REASONING_CONTENT = Rule(
    "responses.request-reasoning-content",
    "warning",
    "schema",
    "Reasoning in the input has no `content` (null only in the schema; the prose sends it back).",
    LETTER,
)
MESSAGES = Rule(
    "responses.request-messages",
    "warning",
    "schema",
    "A request has `input`, not `messages` (an example of the prose has the latter).",
    LETTER,
)
ECHO = Rule(
    "responses.echo-differs",
    "warning",
    "inferred",
    "The response says the parameters as the request has them.",
    WIRE,
)

RULES = (FORM, REASONING_CONTENT, MESSAGES, ECHO)

ECHOED = (
    *("temperature", "top_p", "presence_penalty", "frequency_penalty", "max_output_tokens"),
    *("max_tool_calls", "parallel_tool_calls", "previous_response_id", "instructions", "store"),
    *("background", "truncation", "metadata", "top_logprobs", "prompt_cache_key"),
    "safety_identifier",
)
"""Parameters that come back as they were sent; `model` and `service_tier` may come back as others,
tools and formats with defaults filled in."""


def check_request(exchange: Exchange) -> Iterator[Finding]:
    """The request alone."""
    request = exchange.interaction.request
    kind = (header(request.headers, "content-type") or "").partition(";")[0].strip().lower()
    if request.body and kind and kind != "application/json":
        yield found(FORM, f"the request's content type is {kind!r}, expected application/json")
    body = asked(exchange)
    if "messages" in body and "input" not in body:
        yield found(MESSAGES, "the request has messages and no input")
    for number, item in enumerate(map(object_of, list_of(body.get("input")))):
        if item.get("type") == "reasoning" and item.get("content") is not None:
            words = "the request sends reasoning back with its content"
            yield found(REASONING_CONTENT, f"{words}, at input[{number}]")


def check_echo(stream: Stream, exchange: Exchange) -> Iterator[Finding]:
    """The last snapshot against the request."""
    last = next((event for event in reversed(stream.events) if event.type in LIFECYCLE), None)
    if last is not None:
        response = object_of(last.body.get("response"))
        for key, words in _echo(asked(exchange), response):
            yield found(ECHO, words, last.frame, f"$.response.{key}")


def _echo(body: dict[str, Json], response: dict[str, Json]) -> Iterator[tuple[str, str]]:
    for key in ECHOED:
        sent = body.get(key)
        if sent is not None and key in response and response[key] != sent:
            yield key, f"{key} was asked for as {_short(sent)}, it is {_short(response[key])}"


def _short(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
