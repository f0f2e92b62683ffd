"""Nothing secret reaches the disk: the one who sees to it, for one recording session.

Joins the rules of headers, targets and JSON with the session's own credentials. Works on what
is about to be written, never on what goes to the client. Length is free in headers and
targets and stays the same to the byte in bodies.

Counts hold the names of rules and how often they held, never a value.
"""

from collections import Counter

from wiretape.cassettes.http1 import header
from wiretape.cassettes.model import Headers, Request
from wiretape.cassettes.redaction.credentials import Credentials
from wiretape.cassettes.redaction.heads import StandIns, redact_headers, redact_target
from wiretape.cassettes.redaction.json_spans import secret_spans
from wiretape.cassettes.redaction.masks import Span, fold_masks, fold_spans, mask_spans
from wiretape.cassettes.redaction.stream import BodyRedactor

# `curl -d` calls JSON a form, and some clients call it nothing at all.
_MAY_BE_JSON = frozenset({"", "application/x-www-form-urlencoded", "text/plain"})


class Redactor:
    """The memory of one session: its credentials and its stand-ins."""

    def __init__(self) -> None:
        self._credentials = Credentials()
        self._stand_ins = StandIns()

    def learn(self, headers: Headers, target: str) -> None:
        """Take the credentials of a request, before anything of it or its answer is redacted."""
        self._credentials.learn(headers, target)

    def headers(self, headers: Headers, counts: Counter[str]) -> Headers:
        """Headers or trailers of either direction, as they may be kept."""
        return redact_headers(headers, self._credentials, self._stand_ins, counts)

    def target(self, target: str, counts: Counter[str]) -> str:
        """The target as it may be kept; still a legal one."""
        return redact_target(target, self._credentials, counts)

    def request_body(self, body: bytes, headers: Headers, counts: Counter[str]) -> bytes:
        """The whole body of a request as it may be kept, of the same length. Raises nothing."""
        if self.holds_whole(headers):
            body = mask_spans(body, _counted(body, counts))
        redactor = self.stream(counts)
        return redactor.feed(body) + redactor.finish()

    def holds_whole(self, headers: Headers) -> bool:
        """Whether the body of a request must be whole before it can be redacted: JSON."""
        content_type = (header(headers, "content-type") or "").partition(";")[0].strip().lower()
        return "json" in content_type or content_type in _MAY_BE_JSON

    def stream(self, counts: Counter[str]) -> BodyRedactor:
        """A redactor for one body that comes in pieces: the session's credentials only."""
        return BodyRedactor(self._credentials, counts)


def as_recorded(request: Request) -> Request:
    """The request as a recording of it would hold it.

    What asks of a tape goes through this before it is compared with what the tape holds. A
    request from a tape comes out as it went in.
    """
    redactor = Redactor()
    counts: Counter[str] = Counter()
    redactor.learn(request.headers, request.target)
    return Request(
        method=request.method,
        target=redactor.target(request.target, counts),
        version=request.version,
        headers=redactor.headers(request.headers, counts),
        body=redactor.request_body(request.body, request.headers, counts),
    )


def folded_body(body: bytes) -> bytes:
    """A redacted body with every masked span as one constant, whatever its length.

    A key of 51 bytes at recording and one of 5 in a test leave masks of different length;
    folded they are equal.
    """
    if b"*" in body:
        # Masks under 8 bytes are known by their place alone.
        body = fold_spans(body, [span for span, _ in secret_spans(body)])
    return fold_masks(body)


def _counted(body: bytes, counts: Counter[str]) -> list[Span]:
    found = list(secret_spans(body))
    counts.update(rule for _, rule in found)
    return [span for span, _ in found]
