"""The candidates of a Gemini answer: their parts, and how each ends.

Vertex AI leaves out an `index` that is 0. Knows one answer, chunk by chunk.
"""

from collections.abc import Iterator
from typing import Final

from wiretape.cassettes.conformance.objects import Said, is_or_missing
from wiretape.cassettes.conformance.responses.profiles import OPENAI
from wiretape.cassettes.conformance.rule import Finding, Rule, found
from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.dialects.payload import list_of, object_of
from wiretape.cassettes.dialects.reading import whole_number
from wiretape.cassettes.framing.frame import Frame

INDEX_AGAIN = Rule(
    "gemini.index-again",
    "error",
    "prose",
    "The candidates of a chunk have different indexes.",
    OPENAI,
)
ROLE = Rule(
    "gemini.role-wrong", "warning", "prose", "Content with parts has the `role` `model`.", OPENAI
)
PART_UNKNOWN = Rule(
    "gemini.part-unknown",
    "note",
    "prose",
    "The parts are of kinds that are known; there may be new ones.",
    OPENAI,
)
PART_TWO = Rule(
    "gemini.part-mixed", "error", "prose", "A part is one thing: text, or a call, or data.", OPENAI
)
NAME_MISSING = Rule(
    "gemini.call-name-missing",
    "error",
    "prose",
    "A function call has its `name`, but for the pieces that go on with one.",
    OPENAI,
)
FINISH_MISSING = Rule(
    "gemini.finish-missing",
    "error",
    "prose",
    "Every candidate ends with a `finishReason`; there is one, or the prompt was blocked.",
    OPENAI,
)
FINISH_AGAIN = Rule(
    "gemini.finish-again", "warning", "inferred", "A candidate has one `finishReason`.", OPENAI
)
FINISH_UNKNOWN = Rule(
    "gemini.finish-unknown",
    "note",
    "prose",
    "`finishReason` is one of those that Google lists; there may be new ones.",
    OPENAI,
)
AFTER_FINISH = Rule(
    "gemini.after-finish",
    "error",
    "prose",
    "After its `finishReason` a candidate says no more.",
    OPENAI,
)

RULES = (
    *(INDEX_AGAIN, ROLE, PART_UNKNOWN, PART_TWO, NAME_MISSING, FINISH_MISSING, FINISH_AGAIN),
    *(FINISH_UNKNOWN, AFTER_FINISH),
)

_THINGS: Final = frozenset(
    {
        "text",
        "inlineData",
        "fileData",
        "executableCode",
        "codeExecutionResult",
        "functionCall",
        "functionResponse",
        "toolCall",
        "toolResponse",
        "audioTranscription",
    }
)
_BESIDE: Final = frozenset({"thought", "thoughtSignature"})
_REASONS: Final = frozenset(
    {
        *("FINISH_REASON_UNSPECIFIED", "STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "LANGUAGE"),
        *("OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MALFORMED_FUNCTION_CALL"),
        *("MALFORMED_RESPONSE", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION"),
        *("IMAGE_OTHER", "NO_IMAGE", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS"),
        *("MISSING_THOUGHT_SIGNATURE", "MODEL_ARMOR", "ESCALATION", "PUP_LIMITED_DISABLED"),
        "CONTINUATION",
    }
)


class Candidate:
    """One candidate so far."""

    def __init__(self) -> None:
        self.finish: str | None = None
        self.continues = False
        """Whether a call is being streamed."""
        self.told_after = False

    def read(self, candidate: dict[str, Json], path: str, frame: Frame) -> Iterator[Finding]:
        """What is wrong with the next piece of it."""
        content = object_of(candidate.get("content"))
        parts = [part for part in list_of(content.get("parts")) if isinstance(part, dict)]
        if parts and content.get("role") != "model":
            role = content.get("role")
            words = f"`role` is {role!r}" if role else is_or_missing(content, "role")
            yield found(ROLE, words, frame, f"{path}.content.role")
        if self.finish is not None and any(map(_says, parts)) and not self.told_after:
            self.told_after = True
            words = f"content, after the candidate ended with {self.finish!r}"
            yield found(AFTER_FINISH, words, frame, f"{path}.content")
        for place, part in enumerate(parts):
            yield from self._part(part, f"{path}.content.parts[{place}]", frame)
        reason = candidate.get("finishReason")
        if isinstance(reason, str) and reason:
            yield from self._finish(reason, f"{path}.finishReason", frame)

    def _part(self, part: dict[str, Json], path: str, frame: Frame) -> Iterator[Finding]:
        things = sorted(_THINGS.intersection(part))
        if len(things) > 1:
            yield found(PART_TWO, " and ".join(f"`{key}`" for key in things), frame, path)
        elif not things and not _BESIDE.intersection(part):
            words = f"a part of {sorted(part)}"
            yield found(PART_UNKNOWN, words, frame, path)
        if "functionCall" not in part:
            return
        call = object_of(part.get("functionCall"))
        if not call.get("name") and not self.continues:
            words = is_or_missing(call, "name")
            yield found(NAME_MISSING, words, frame, f"{path}.functionCall.name")
        self.continues = call.get("willContinue") is True

    def _finish(self, reason: str, path: str, frame: Frame) -> Iterator[Finding]:
        if self.finish is not None:
            words = f"{reason!r}, and {self.finish!r} before"
            yield found(FINISH_AGAIN, words, frame, path)
        if reason not in _REASONS:
            yield found(FINISH_UNKNOWN, f"`finishReason` is {reason!r}", frame, path)
        self.finish = self.finish or reason


def _says(part: dict[str, Json]) -> bool:
    return any(part.get(key) for key in _THINGS)


class Candidates:
    """Those of one answer."""

    def __init__(self) -> None:
        self.by_index: dict[int, Candidate] = {}

    def read(self, one: Said) -> Iterator[Finding]:
        """What is wrong with those of the next chunk."""
        seen: set[int] = set()
        for place, candidate in enumerate(list_of(one.body.get("candidates"))):
            if not isinstance(candidate, dict):
                continue
            path = f"$.candidates[{place}]"
            index = whole_number(candidate.get("index")) or 0
            if index in seen:
                words = f"another candidate {index} in one chunk"
                yield found(INDEX_AGAIN, words, one.frame, f"{path}.index")
            seen.add(index)
            known = self.by_index.setdefault(index, Candidate())
            yield from known.read(candidate, path, one.frame)

    def reasons(self) -> set[str | None]:
        """How they ended."""
        return {candidate.finish for candidate in self.by_index.values()}

    def finish(self) -> Iterator[Finding]:
        """The end of a stream that nothing cut off, and whose prompt was not blocked."""
        if not self.by_index:
            yield found(FINISH_MISSING, "there is no candidate")
        for index, candidate in sorted(self.by_index.items()):
            if candidate.finish is None:
                yield found(FINISH_MISSING, f"candidate {index} has none")
