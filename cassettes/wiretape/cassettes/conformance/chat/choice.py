"""The choices of a stream: their indexes, their deltas, and how each ends.

openai-python keeps choices in a list and joins deltas member by member, strings to strings. Knows
one stream; tool calls are in `calls`.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from wiretape.cassettes.conformance.chat.calls import Calls
from wiretape.cassettes.conformance.chat.chunk import says
from wiretape.cassettes.conformance.objects import Said, is_or_missing, kind_of
from wiretape.cassettes.conformance.responses.profiles import CLIENTS, OPENAI
from wiretape.cassettes.conformance.rule import Finding, Rule, found
from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.dialects.payload import list_of
from wiretape.cassettes.dialects.reading import whole_number
from wiretape.cassettes.framing.frame import Frame

INDEX_MISSING = Rule(
    "chat.choice-index-missing", "error", "sdk", "Every choice has an `index`, a number.", CLIENTS
)
INDEX_GAP = Rule(
    "chat.choice-index-gap",
    "error",
    "sdk",
    "Choices begin in the order of their indexes, 0, 1, 2 and so on: openai-python has them in a"
    " list.",
    CLIENTS,
)
DELTA_MISSING = Rule(
    "chat.delta-missing", "error", "sdk", "Every choice has a `delta`, an object.", CLIENTS
)
ROLE_MISSING = Rule(
    "chat.role-missing", "warning", "prose", "The first delta of a choice has a `role`.", CLIENTS
)
ROLE_AGAIN = Rule(
    "chat.role-again",
    "warning",
    "sdk",
    "No delta but the first has a `role`: `stream()` of openai-python makes `assistantassistant`"
    " of two.",
    CLIENTS,
)
CONTENT = Rule(
    "chat.content-not-a-string",
    "warning",
    "sdk",
    "`content` and `refusal` are strings or null: of lists and strings, `stream()` of"
    " openai-python loses the lists.",
    CLIENTS,
)
FINISH_MISSING = Rule(
    "chat.finish-missing", "error", "prose", "Every choice ends with a `finish_reason`.", CLIENTS
)
FINISH_AGAIN = Rule(
    "chat.finish-again", "warning", "inferred", "A choice has one `finish_reason`.", OPENAI
)
FINISH_UNKNOWN = Rule(
    "chat.finish-unknown",
    "warning",
    "prose",
    "`finish_reason` is `stop`, `length`, `tool_calls`, `content_filter` or `function_call`; null"
    " before.",
    OPENAI,
)
AFTER_FINISH = Rule(
    "chat.after-finish",
    "error",
    "inferred",
    "After its `finish_reason` a choice says no more: openai-python has told it to be done.",
    CLIENTS,
)
FINISH_NO_CALL = Rule(
    "chat.finish-without-call",
    "error",
    "prose",
    "A choice that ends with `tool_calls` has a tool call.",
    OPENAI,
)

RULES = (
    *(INDEX_MISSING, INDEX_GAP, DELTA_MISSING, ROLE_MISSING, ROLE_AGAIN, CONTENT),
    *(FINISH_MISSING, FINISH_AGAIN, FINISH_UNKNOWN, AFTER_FINISH, FINISH_NO_CALL),
)

_REASONS: Final = frozenset({"stop", "length", "tool_calls", "content_filter", "function_call"})


class Choice:
    """One choice so far."""

    def __init__(self) -> None:
        self.begun = False
        self.finish: str | None = None
        self.calls = Calls()
        self.told_role = False
        self.told_after = False
        self.old_call = False
        """Whether it has a `function_call`, as before there were tools."""

    def goes_on(self, choice: dict[str, Json]) -> bool:
        """Whether the next piece is text and no more, as nearly every one is: nothing is wrong."""
        delta = choice.get("delta")
        return (
            isinstance(delta, dict)
            and len(delta) == 1
            and isinstance(delta.get("content"), str)
            and choice.get("finish_reason") is None
            and self.begun
            and self.finish is None
        )

    def read(self, choice: dict[str, Json], path: str, frame: Frame) -> Iterator[Finding]:
        """What is wrong with the next piece of it."""
        delta = choice.get("delta")
        if isinstance(delta, dict):
            yield from self._delta(delta, f"{path}.delta", frame)
        else:
            yield found(DELTA_MISSING, is_or_missing(choice, "delta"), frame, f"{path}.delta")
        yield from self._finish(choice.get("finish_reason"), f"{path}.finish_reason", frame)

    def _delta(self, delta: dict[str, Json], path: str, frame: Frame) -> Iterator[Finding]:
        yield from self._role(delta, path, frame)
        if self.finish is not None and says(delta) and not self.told_after:
            self.told_after = True
            words = f"more, after the choice ended with {self.finish!r}"
            yield found(AFTER_FINISH, words, frame, path)
        for key in ("content", "refusal"):
            if not isinstance(delta.get(key), str | None):
                words = f"`{key}` is {kind_of(delta[key])}"
                yield found(CONTENT, words, frame, f"{path}.{key}")
        self.old_call = self.old_call or bool(delta.get("function_call"))
        yield from self.calls.read(list_of(delta.get("tool_calls")), f"{path}.tool_calls", frame)

    def _role(self, delta: dict[str, Json], path: str, frame: Frame) -> Iterator[Finding]:
        role = delta.get("role")
        if not self.begun and not role:
            yield found(ROLE_MISSING, "no `role` in the first delta", frame, f"{path}.role")
        elif self.begun and role and not self.told_role:
            self.told_role = True  # once: such servers have it in every delta
            yield found(ROLE_AGAIN, f"`role` {role!r} again", frame, f"{path}.role")
        self.begun = True

    def _finish(self, reason: Json, path: str, frame: Frame) -> Iterator[Finding]:
        if reason is None:
            return
        if not isinstance(reason, str) or reason not in _REASONS:
            yield found(FINISH_UNKNOWN, f"`finish_reason` is {reason!r}", frame, path)
        if not isinstance(reason, str) or not reason:
            return
        if self.finish is not None:
            words = f"{reason!r}, and {self.finish!r} before"
            yield found(FINISH_AGAIN, words, frame, path)
        self.finish = self.finish or reason
        if reason == "tool_calls" and not self.calls and not self.old_call:
            yield found(FINISH_NO_CALL, "`tool_calls`, but there is none", frame, path)


def check_choices(chunks: Sequence[Said], *, whole: bool) -> Iterator[Finding]:
    """Each choice, piece by piece, and at its end; `whole` where nothing cut it off, and no error
    came."""
    choices: dict[int, Choice] = {}
    for one in chunks:
        for place, choice in enumerate(list_of(one.body.get("choices"))):
            if not isinstance(choice, dict):
                continue
            index = whole_number(choice.get("index"))
            known = None if index is None else choices.get(index)
            if known is not None and known.goes_on(choice):
                continue
            path = f"$.choices[{place}]"
            if index is None:
                words = is_or_missing(choice, "index")
                yield found(INDEX_MISSING, words, one.frame, f"{path}.index")
                index = 0
            elif index not in choices and index != len(choices):
                words = f"choice {index} begins where choice {len(choices)} must"
                yield found(INDEX_GAP, words, one.frame, f"{path}.index")
            known = choices.setdefault(index, known or Choice())
            yield from known.read(choice, path, one.frame)
    for index, known in sorted(choices.items()):
        if known.finish is None and whole:
            yield found(FINISH_MISSING, f"choice {index} has none")
        if known.finish not in (None, "length", "content_filter"):
            yield from known.calls.check_arguments()
