"""The cassette that FORMAT.md shows and `cassettes/samples/hello.tape.zst` holds."""

from wiretape.cassettes.model import (
    Chunk,
    Ending,
    Interaction,
    Notes,
    Request,
    Response,
    Session,
    Timeline,
)

US = 1_000

SESSION = Session(1, "2026-11-22T09:30:00.000000Z", "wiretape 0.1.0")

_ASKED = b'{"model":"gpt-5","stream":true,"messages":[{"role":"user","content":"Hello"}]}'
_PIECES = (
    b'data: {"model":"gpt-5-2026-08-01","choices":[{"delta":{"content":"Hel"}}]}\n\n',
    b'data: {"choices":[{"delta":{"content":"lo"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
)
_REQUEST = Request(
    "POST",
    "/v1/chat/completions",
    "1.1",
    (
        ("Authorization", "Bearer [REDACTED]"),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(_ASKED))),
    ),
    _ASKED,
)
_HEADERS = (("Content-Type", "text/event-stream"), ("Transfer-Encoding", "chunked"))
_NOTES = Notes(model_asked="gpt-5", model_answered="gpt-5-2026-08-01")

WHOLE = Interaction(
    number=1,
    session=1,
    start_ns=1_500_000 * US,
    upstream="openai",
    base="https://api.openai.com",
    request=_REQUEST,
    response=Response("1.1", 200, "OK", _HEADERS, b"".join(_PIECES)),
    timeline=Timeline(
        sent=(Chunk(-180 * US, len(_ASKED)),),
        head_ns=398_120 * US,
        received=(Chunk(412_034 * US, len(_PIECES[0])), Chunk(450_245 * US, len(_PIECES[1]))),
        ending=Ending("complete", 450_301 * US, sum(map(len, _PIECES))),
    ),
    notes=_NOTES,
    redacted={"header:authorization": 1},
)

RESET = Interaction(
    number=2,
    session=1,
    start_ns=4_000_000 * US,
    upstream="openai",
    base="https://api.openai.com",
    request=_REQUEST,
    response=Response("1.1", 200, "OK", _HEADERS, _PIECES[0]),
    timeline=Timeline(
        sent=(Chunk(-175 * US, len(_ASKED)),),
        head_ns=401_733 * US,
        received=(Chunk(409_210 * US, len(_PIECES[0])),),
        ending=Ending("reset", 777_001 * US, len(_PIECES[0]), "connection reset by the upstream"),
    ),
    notes=_NOTES,
    redacted={"header:authorization": 1},
)

INTERACTIONS = (WHOLE, RESET)
