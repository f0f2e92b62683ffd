"""Whether a request is asked again, and whether the tape has an answer for its being so.

A client retries what failed, and what it lost itself: it had no more patience, or a fault broke
the stream. The first was recorded, with what came of it; the second is the same call once more.
"""

import re

from wiretape.cassettes.http1 import header
from wiretape.cassettes.model import Headers, Interaction

_RETRIED = frozenset({408, 409, 425, 429})
"""Statuses below 500 that the SDKs of OpenAI and Anthropic, and others, ask again after."""
_FROM_HERE_ON = 500

_AWS_ATTEMPT = re.compile(r"\battempt=(\d{1,4})")


def asks_again(headers: Headers) -> bool:
    """Whether the client says that this is a retry: OpenAI and Anthropic with
    `x-stainless-retry-count`, AWS with `amz-sdk-request`."""
    for name, value in headers:
        lowered = name.lower()
        if lowered == "x-stainless-retry-count":
            return value.strip() not in ("", "0")
        if lowered == "amz-sdk-request":
            attempt = _AWS_ATTEMPT.search(value)
            return attempt is not None and int(attempt[1]) > 1
    return False


def is_retry_of(last: Interaction, following: Interaction | None) -> bool:
    """Whether what follows on the tape is what came of asking again after `last`: it was recorded
    as a retry, or the last one failed so that clients retry it."""
    return (following is not None and asks_again(following.request.headers)) or _failed(last)


def _failed(one: Interaction) -> bool:
    response = one.response
    if response is None or one.timeline.ending.kind != "complete":
        return True
    if header(response.headers, "x-should-retry") == "true":
        return True
    return response.status in _RETRIED or response.status >= _FROM_HERE_ON
