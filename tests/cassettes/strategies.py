"""Random interactions for properties: any bytes, any borders, any ending."""

from typing import get_args

from hypothesis import strategies as st

from wiretape.cassettes.model import (
    Chunk,
    Ending,
    Headers,
    Interaction,
    Notes,
    Request,
    Response,
    Timeline,
    Timing,
)

US = 1_000

_latin = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=20)
_headers: st.SearchStrategy[Headers] = st.lists(st.tuples(_latin, _latin), max_size=4).map(tuple)
_times = st.integers(min_value=-(10**9), max_value=10**12).map(lambda us: us * US)


@st.composite
def _bodies(draw: st.DrawFn) -> tuple[bytes, tuple[Chunk, ...]]:
    pieces = draw(st.lists(st.binary(min_size=1, max_size=200), max_size=6))
    times = sorted(draw(st.lists(_times, min_size=len(pieces), max_size=len(pieces))))
    chunks = tuple(Chunk(at, len(piece)) for at, piece in zip(times, pieces, strict=True))
    return b"".join(pieces), chunks


@st.composite
def interactions(draw: st.DrawFn) -> Interaction:
    """One interaction, numbered 0 in session 0."""
    asked, sent = draw(_bodies())
    answered, received = draw(_bodies())
    response = None
    if draw(st.booleans()):
        response = Response(
            "1.1",
            draw(st.integers(200, 599)),
            draw(_latin),
            draw(_headers),
            answered,
            draw(_headers),
        )
    else:
        received = ()
    kinds = ("complete", "cut", "reset", "timeout", "client_left")
    return Interaction(
        number=0,
        session=0,
        start_ns=draw(st.integers(0, 10**12)) * US,
        upstream=draw(st.sampled_from(["openai", "anthropic", "my-own"])),
        base="https://example.test",
        request=Request("POST", "/" + draw(_latin), "1.1", draw(_headers), asked),
        response=response,
        timeline=Timeline(
            sent=sent,
            head_ns=draw(_times) if response is not None else None,
            received=received,
            ending=Ending(
                draw(st.sampled_from(kinds)), draw(_times), draw(st.integers(0, 10**6)), "why"
            ),
            timing=draw(st.sampled_from(get_args(Timing))),
        ),
        notes=draw(st.sampled_from([Notes(), Notes(model_asked="m", provider="groq")])),
        redacted=draw(st.dictionaries(st.sampled_from(["a", "b"]), st.integers(1, 9))),
        lost=draw(st.sampled_from(["", "12 bytes: No space left on device"])),
        imported=draw(st.sampled_from(["", "from VCR.py"])),
    )
