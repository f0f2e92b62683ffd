"""Which headers of a response belong to its shape, and which come and go.

Knows names only. Values are never compared, but for the content type.
"""

from wiretape.cassettes.http1 import HOP_BY_HOP
from wiretape.cassettes.model import Headers

_CONNECTION = HOP_BY_HOP | {"content-length"}
"""About one connection, not about the answer, and its length."""

_COMING_AND_GOING = frozenset(
    [
        "age",
        "alt-svc",
        "cf-cache-status",
        "date",
        "etag",
        "expires",
        "last-modified",
        "nel",
        "report-to",
        "reporting-endpoints",
        "retry-after",
        "server-timing",
        "set-cookie",
        "traceparent",
        "traceresponse",
        "tracestate",
        "via",
        "x-azure-ref",
        "x-cache",
        "x-cache-hits",
        "x-groq-region",
        "x-ms-region",
        "x-served-by",
        "x-timer",
        "x-vercel-id",
    ]
)
"""Of caches, edges, regions and tracing: whether they are there is a matter of the moment."""

_PARTS = ("ratelimit", "rate-limit", "request-id", "requestid", "trace-id", "correlation-id")
"""Rate limits and ids, whatever a provider puts before and behind."""

_STARTS = ("azureml-model-", "cf-ray", "x-amz-cf-", "x-amzn-trace", "x-b3-", "x-cloud-trace")
_ENDS = ("-ms", "-latency", "-time", "-trace", "-transaction-id", "-generation-id")
"""Times of processing, and more ids."""


def header_names(headers: Headers) -> frozenset[str]:
    """The names that belong to the shape, in lower case."""
    return frozenset(name for pair in headers if not is_volatile(name := pair[0].lower()))


def is_volatile(name: str) -> bool:
    """Whether a header, named in lower case, is not compared."""
    return (
        name in _CONNECTION
        or name in _COMING_AND_GOING
        or any(part in name for part in _PARTS)
        or name.startswith(_STARTS)
        or name.endswith(_ENDS)
    )
