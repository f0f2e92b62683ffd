"""Rules of the response object: in six events of a stream, and as the whole of a plain answer.

Knows one snapshot and those before it; what the items in it say is compared by `texts`.
"""

from collections.abc import Iterator

from wiretape.cassettes.conformance.objects import asked, kind_of
from wiretape.cassettes.conformance.responses.kinds import LIFECYCLE
from wiretape.cassettes.conformance.responses.profiles import ALL, CLIENTS, LETTER, WIRE
from wiretape.cassettes.conformance.responses.stream import Event, Stream, whole_number
from wiretape.cassettes.conformance.rule import Exchange, Finding, Rule, found
from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.dialects.payload import list_of, object_of
from wiretape.cassettes.framing.frame import Frame

RESPONSE_MISSING = Rule(
    "responses.response-missing",
    "error",
    "schema",
    "Events of the response carry it as `response`, an object.",
    ALL,
)
KEY_MISSING = Rule(
    "responses.snapshot-key-missing",
    "error",
    "schema",
    "Every snapshot has all 31 keys of the response object, null where there is nothing to say.",
    LETTER,
)
CLIENT_KEY_MISSING = Rule(
    "responses.snapshot-client-key-missing",
    "error",
    "sdk",
    "Snapshots have the keys that clients refuse to be without: `id`, `created_at`, `model`, "
    "`output`.",
    CLIENTS,
)
RESPONSE_ID = Rule(
    "responses.response-id-changes",
    "error",
    "inferred",
    "All snapshots of a stream have the same `id`.",
    WIRE,
)
SNAPSHOT_CHANGES = Rule(
    "responses.snapshot-changes",
    "note",
    "inferred",
    "What the request asked for stays the same from snapshot to snapshot.",
    WIRE,
)
EARLY_OUTPUT = Rule(
    "responses.early-output",
    "warning",
    "inferred",
    "Before the first item, the `output` of a snapshot is empty: clients add the items to it.",
    ALL,
)
INCOMPLETE_DETAILS = Rule(
    "responses.incomplete-details",
    "error",
    "inferred",
    "A response that is incomplete says why in `incomplete_details`; one that is not does not.",
    WIRE,
)
ERROR_DETAILS = Rule(
    "responses.error-details",
    "error",
    "inferred",
    "A response that failed has an `error`, and no other has.",
    WIRE,
)
INCOMPLETE_LAST = Rule(
    "responses.incomplete-item-last",
    "error",
    "prose",
    "An item that ends `incomplete` is the last one.",
    WIRE,
)
INCOMPLETE_RESPONSE = Rule(
    "responses.incomplete-item-response",
    "error",
    "prose",
    "A response with an item that ended `incomplete` is itself `incomplete`.",
    WIRE,
)
LIMIT = Rule(
    "responses.limit-not-told",
    "warning",
    "inferred",
    "A response that used up `max_output_tokens` is `incomplete`, not `completed`.",
    WIRE,
)
USAGE = Rule(
    "responses.usage-missing",
    "warning",
    "inferred",
    "A response that is completed says its usage.",
    WIRE,
)
USAGE_SUM = Rule(
    "responses.usage-sum",
    "warning",
    "inferred",
    "`total_tokens` is `input_tokens` and `output_tokens` together.",
    WIRE,
)

RULES = (
    RESPONSE_MISSING,
    KEY_MISSING,
    CLIENT_KEY_MISSING,
    RESPONSE_ID,
    SNAPSHOT_CHANGES,
    EARLY_OUTPUT,
    INCOMPLETE_DETAILS,
    ERROR_DETAILS,
    INCOMPLETE_LAST,
    INCOMPLETE_RESPONSE,
    LIMIT,
    USAGE,
    USAGE_SUM,
)

CLIENT_KEYS = ("id", "created_at", "model", "output")
"""@ai-sdk/openai refuses a `response.created` without the first three; openai-python's
accumulator adds the items to the fourth."""

KEYS = (
    *("id", "object", "created_at", "completed_at", "status", "incomplete_details", "model"),
    *("previous_response_id", "instructions", "output", "error", "tools", "tool_choice"),
    *("truncation", "parallel_tool_calls", "text", "top_p", "presence_penalty"),
    *("frequency_penalty", "top_logprobs", "temperature", "reasoning", "usage"),
    *("max_output_tokens", "max_tool_calls", "store", "background", "service_tier", "metadata"),
    *("safety_identifier", "prompt_cache_key"),
)
"""`ResponseResource.required` of the OpenAPI document."""

CHANGING = frozenset(
    {
        *("id", "status", "output", "completed_at", "usage", "error", "incomplete_details"),
        *("service_tier",),  # asked for `auto`, served as `default`
    }
)

UNTIL_ITEMS = ("response.created", "response.queued", "response.in_progress")


def check_snapshots(stream: Stream, exchange: Exchange) -> Iterator[Finding]:
    """All of them over one stream."""
    before: dict[str, Json] = {}
    items = False
    for event in stream.events:
        items = items or event.type == "response.output_item.added"
        if event.type not in LIFECYCLE:
            continue
        response = event.body.get("response")
        if not isinstance(response, dict):
            has = kind_of(response) if "response" in event.body else "missing"
            yield found(RESPONSE_MISSING, f"`response` is {has}", event.frame, "$.response")
            continue
        yield from _keys(response, event.frame, "$.response")
        yield from _changes(before, response, event)
        if response.get("output") and event.type in UNTIL_ITEMS and not items:
            words = f"{event.type} with {len(list_of(response['output']))} items in its output"
            yield found(EARLY_OUTPUT, words, event.frame, "$.response.output")
        yield from _consistent(response, exchange, event.frame, "$.response", event.type)
        before = {**response, **before}


def check_whole(response: dict[str, Json], exchange: Exchange, frame: Frame) -> Iterator[Finding]:
    """The same for a response that is the whole answer."""
    yield from _keys(response, frame, "$")
    yield from _consistent(response, exchange, frame, "$", f"response.{response.get('status')}")


def _keys(response: dict[str, Json], frame: Frame, path: str) -> Iterator[Finding]:
    for rule, keys in ((KEY_MISSING, KEYS), (CLIENT_KEY_MISSING, CLIENT_KEYS)):
        missing = [key for key in keys if key not in response]
        if missing:
            yield found(rule, f"the response has no {', '.join(missing)}", frame, path)


def _changes(before: dict[str, Json], response: dict[str, Json], event: Event) -> Iterator[Finding]:
    told, name = before.get("id"), response.get("id")
    if told is not None and name is not None and name != told:
        words = f"the response's id is {name!r}, it was {told!r}"
        yield found(RESPONSE_ID, words, event.frame, "$.response.id")
    changed = [
        key
        for key, value in response.items()
        if key in before and key not in CHANGING and before[key] != value
    ]
    for key in changed:
        words = f"{key} is not what it was in the first snapshot"
        yield found(SNAPSHOT_CHANGES, words, event.frame, f"$.response.{key}")


def _consistent(
    response: dict[str, Json], exchange: Exchange, frame: Frame, path: str, kind: str
) -> Iterator[Finding]:
    """`kind` is the event, or what would be the event of a plain answer."""
    yield from _reasons(response, frame, path, kind)
    if kind not in UNTIL_ITEMS:
        yield from _incomplete_items(response, frame, path)
    if kind == "response.completed":
        yield from _used(response, exchange, frame, path)


def _reasons(response: dict[str, Json], frame: Frame, path: str, kind: str) -> Iterator[Finding]:
    for status, key, rule in (
        ("incomplete", "incomplete_details", INCOMPLETE_DETAILS),
        ("failed", "error", ERROR_DETAILS),
    ):
        is_so = status in (response.get("status"), kind.removeprefix("response."))
        if key in response and (response[key] is not None) != is_so:
            words = f"{kind} with {key} {'null' if is_so else 'that say something'}"
            yield found(rule, words, frame, f"{path}.{key}")


def _incomplete_items(response: dict[str, Json], frame: Frame, path: str) -> Iterator[Finding]:
    output = [object_of(item) for item in list_of(response.get("output"))]
    for number, item in enumerate(output):
        if item.get("status") != "incomplete":
            continue
        where = f"{path}.output[{number}].status"
        if number < len(output) - 1:
            words = f"item {number} is incomplete, and {len(output) - 1 - number} follow it"
            yield found(INCOMPLETE_LAST, words, frame, where)
        if response.get("status") == "completed":
            words = f"item {number} is incomplete, the response is completed"
            yield found(INCOMPLETE_RESPONSE, words, frame, where)


def _used(
    response: dict[str, Json], exchange: Exchange, frame: Frame, path: str
) -> Iterator[Finding]:
    usage = response.get("usage")
    if not isinstance(usage, dict):
        if "usage" in response:
            yield found(USAGE, "response.completed without usage", frame, f"{path}.usage")
        return
    spent = [
        whole_number(usage.get(key)) for key in ("input_tokens", "output_tokens", "total_tokens")
    ]
    given, output, total = spent
    if given is not None and output is not None and total is not None and given + output != total:
        words = f"total_tokens is {total:,}, {given:,} and {output:,} make {given + output:,}"
        yield found(USAGE_SUM, words, frame, f"{path}.usage.total_tokens")
    limit = whole_number(response.get("max_output_tokens")) or _asked_limit(exchange)
    if limit and output is not None and output >= limit and response.get("status") == "completed":
        words = f"completed, with {output:,} output tokens of at most {limit:,}"
        yield found(LIMIT, words, frame, f"{path}.status")


def _asked_limit(exchange: Exchange) -> int | None:
    return whole_number(asked(exchange).get("max_output_tokens"))
