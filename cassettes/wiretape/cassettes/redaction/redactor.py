"""Nothing secret reaches the disk: the one who sees to it, for one recording session.

Joins the rules of headers, targets and JSON with what is searched for everywhere: the
session's own credentials and the patterns. Works on what is about to be written, never on
what goes to the client. Length is free in headers and targets and stays the same to the byte
in bodies.

Counts hold the names of rules and how often they held, never a value.
"""

import re
from collections import Counter

from wiretape.cassettes.http1 import header
from wiretape.cassettes.model import Headers, Request
from wiretape.cassettes.redaction.credentials import Credentials
from wiretape.cassettes.redaction.encoded import EncodedBody, unread_codings
from wiretape.cassettes.redaction.eventstream import EventstreamRedactor
from wiretape.cassettes.redaction.heads import Heads
from wiretape.cassettes.redaction.json_spans import STAND_IN_PATHS
from wiretape.cassettes.redaction.masks import (
    Span,
    cover_spans,
    fold_masks,
    fold_spans,
    is_mask,
    mask,
)
from wiretape.cassettes.redaction.names import query_name
from wiretape.cassettes.redaction.ruleset import DEFAULT_RULES, RedactionRules, compiled
from wiretape.cassettes.redaction.searching import SessionSecrets
from wiretape.cassettes.redaction.stand_ins import StandIns
from wiretape.cassettes.redaction.stream import BodyRedactor, BodyStream

# `curl -d` calls JSON a form, and some clients call it nothing at all.
_MAY_BE_JSON = frozenset({"", "application/x-www-form-urlencoded", "text/plain"})

_FORM_PAIR = re.compile(rb"(?:^|&)([^=&\s]{1,64})=([^&\s]+)")

EVENTSTREAM = "application/vnd.amazon.eventstream"


class Redactor:
    """The memory of one session: its credentials and its stand-ins.

    `rules` add to the defaults. Raises ValueError where one of them cannot hold.
    """

    def __init__(self, rules: RedactionRules = DEFAULT_RULES) -> None:
        ruleset = compiled(rules)
        self._json = ruleset.json
        self._query_keys = ruleset.names.query_keys
        self._credentials = Credentials(ruleset.names)
        self._stand_ins = StandIns()
        self._secrets = SessionSecrets(self._credentials, ruleset.patterns, self._stand_ins)
        self._heads = Heads(ruleset.names, self._secrets, self._stand_ins)

    def learn(self, headers: Headers, target: str) -> None:
        """Take the credentials of a request, before anything of it or its answer is redacted."""
        self._credentials.learn(headers, target)

    def headers(self, headers: Headers, counts: Counter[str]) -> Headers:
        """Headers or trailers of either direction, as they may be kept."""
        return self._heads.headers(headers, counts)

    def target(self, target: str, counts: Counter[str]) -> str:
        """The target as it may be kept; still a legal one."""
        return self._heads.target(target, counts)

    def text(self, text: str, counts: Counter[str]) -> str:
        """A text that may quote a request, as it may be kept or shown."""
        return self._heads.text(text, counts)

    def request_body(self, body: bytes, headers: Headers, counts: Counter[str]) -> bytes:
        """The whole body of a request as it may be kept, of the same length or, where it may
        not be kept, empty. Raises nothing."""
        stream = self.request_stream(headers, counts)
        return stream.feed(body) + stream.finish()

    def holds_whole(self, headers: Headers) -> bool:
        """Whether the body of a request must be whole before it can be redacted: JSON, or what
        is compressed."""
        return _may_be_json(headers) or bool(unread_codings(headers))

    def request_stream(self, headers: Headers, counts: Counter[str]) -> BodyStream:
        """A redactor for the body of one request."""
        if not _may_be_json(headers):
            return self.response_stream(headers, counts)
        if codings := unread_codings(headers):
            return EncodedBody(codings, lambda found: _Json(self, found), counts, "request")
        return _Json(self, counts)

    def response_stream(self, headers: Headers, counts: Counter[str]) -> BodyStream:
        """A redactor for the body of one response; also for a request's that is no JSON."""
        if codings := unread_codings(headers):
            return EncodedBody(codings, lambda found: self._plain(headers, found), counts)
        return self._plain(headers, counts)

    def stream(self, counts: Counter[str]) -> BodyRedactor:
        """A redactor for any other text that comes in pieces: credentials and patterns."""
        return BodyRedactor(self._secrets, counts)

    def as_recorded(self, request: Request) -> Request:
        """The request as a recording of it would hold it, after those that came before."""
        counts: Counter[str] = Counter()
        self.learn(request.headers, request.target)
        return Request(
            method=request.method,
            target=self.target(request.target, counts),
            version=request.version,
            headers=self.headers(request.headers, counts),
            body=self.request_body(request.body, request.headers, counts),
        )

    @property
    def searched_for(self) -> int:
        """How many forms of credentials are known; searching takes longer with each."""
        return len(self._credentials)

    def json_redacted(self, body: bytes, counts: Counter[str]) -> bytes:
        """A body with the leaves of a request's JSON covered, or the values of a form's secret
        keys, and nothing else."""
        if body.lstrip()[:1] not in (b"{", b"["):
            body = self._form_redacted(body, counts)
        return cover_spans(body, self._covers(body, counts))

    def _form_redacted(self, body: bytes, counts: Counter[str]) -> bytes:
        spans: list[Span] = []
        for pair in _FORM_PAIR.finditer(body):
            name = query_name(pair[1].decode("latin-1"))
            if name in self._query_keys and not is_mask(pair[2]):
                counts[f"form:{name}"] += 1
                spans.append(pair.span(2))
        return cover_spans(body, [(span, mask(span[1] - span[0])) for span in spans])

    def _plain(self, headers: Headers, counts: Counter[str]) -> BodyStream:
        if EVENTSTREAM in (header(headers, "content-type") or "").lower():
            return EventstreamRedactor(self._secrets, counts)
        return self.stream(counts)

    def _covers(self, body: bytes, counts: Counter[str]) -> list[tuple[Span, bytes]]:
        covers: list[tuple[Span, bytes]] = []
        for (start, end), rule in self._json.secret_spans(body):
            value = body[start:end]
            if is_mask(value):
                continue
            counts[rule] += 1
            stands_in = rule in STAND_IN_PATHS
            cover = self._stand_ins.in_body(value) if stands_in else mask(end - start)
            covers.append(((start, end), cover))
        return covers


class _Json:
    """The body of a request that may be JSON: held until it is whole, or breaks off."""

    lost = ""

    def __init__(self, redactor: Redactor, counts: Counter[str]) -> None:
        self._redactor = redactor
        self._counts = counts
        self._pieces: list[bytes] = []

    def feed(self, data: bytes) -> bytes:
        """Take a piece; gives nothing yet."""
        self._pieces.append(data)
        return b""

    def finish(self) -> bytes:
        """The whole body."""
        body = self._redactor.json_redacted(b"".join(self._pieces), self._counts)
        self._pieces.clear()
        return self._redactor.stream(self._counts).whole(body)


def as_recorded(request: Request, rules: RedactionRules = DEFAULT_RULES) -> Request:
    """The request as the first of a recording, by the same rules, would hold it.

    What asks of a tape goes through this, or through a redactor that knows what was asked
    before, before it is compared with what the tape holds. A request from a tape comes out as
    it went in.
    """
    return Redactor(rules).as_recorded(request)


def folded_body(body: bytes, rules: RedactionRules = DEFAULT_RULES) -> bytes:
    """A redacted body with every masked span as one constant, whatever its length.

    A key of 51 bytes at recording and one of 5 in a test leave masks of different length;
    folded they are equal.
    """
    if b"*" in body:
        # Masks under 8 bytes are known by their place alone.
        body = fold_spans(body, [span for span, _ in compiled(rules).json.secret_spans(body)])
    return fold_masks(body)


def _may_be_json(headers: Headers) -> bool:
    content_type = (header(headers, "content-type") or "").partition(";")[0].strip().lower()
    return "json" in content_type or content_type in _MAY_BE_JSON
