"""What was said, put together from deltas: the same for a stream and for one JSON answer."""

import msgspec

from wiretape.cassettes.dialects.delta import (
    Citation,
    Error,
    Finish,
    Json,
    Media,
    ReasoningOpaque,
    Usage,
)


class TextPart(msgspec.Struct, frozen=True):
    """One text, however it was cut."""

    part: str
    text: str
    channel: str = "final"


class ReasoningPart(msgspec.Struct, frozen=True):
    """One reasoning; `form` is `raw` or `summary`."""

    part: str
    form: str
    text: str


class ToolCall(msgspec.Struct, frozen=True):
    """One tool call, by a client's tool, a hosted one or one over MCP."""

    part: str
    name: str
    call_id: str
    origin: str
    tool_type: str
    args_raw: str
    """As it was streamed."""
    args: Json = None
    """Parsed; None where `args_raw` is no JSON."""
    status: str = ""
    """The last one told."""
    outputs: tuple[Json, ...] = ()
    is_error: bool = False


class Choice(msgspec.Struct, frozen=True):
    """One of the answers that were asked for; nearly always the only one."""

    index: int
    texts: tuple[TextPart, ...] = ()
    reasoning: tuple[ReasoningPart, ...] = ()
    opaque: tuple[ReasoningOpaque, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    refusal: str = ""
    citations: tuple[Citation, ...] = ()
    media: tuple[Media, ...] = ()
    transcripts: tuple[TextPart, ...] = ()
    finish: Finish | None = None

    @property
    def text(self) -> str:
        """All texts of the choice, one behind the other."""
        return "".join(part.text for part in self.texts)


class Answer(msgspec.Struct, frozen=True):
    """Everything a response said."""

    id: str = ""
    model: str = ""
    choices: tuple[Choice, ...] = ()
    usage: Usage | None = None
    """The last that was told, running values overwritten."""
    errors: tuple[Error, ...] = ()
    ended: bool = False
    """Whether the stream said that it was over, or was one whole JSON value."""

    @property
    def text(self) -> str:
        """The text of the first choice."""
        return self.choices[0].text if self.choices else ""
