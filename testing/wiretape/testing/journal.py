"""What was asked of a view, and what each request was answered with.

A replay server tells of each exchange; beside a recorder the Player notes what it is asked. Knows
the model and a Player; nothing of sockets.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from wiretape.cassettes.answering import Miss
from wiretape.cassettes.matching import DEFAULT_RULES, MatchRules, request_key
from wiretape.cassettes.model import Interaction, Request
from wiretape.cassettes.redaction import RedactionRules, read_rules
from wiretape.cassettes.redaction.ruleset import compiled
from wiretape.replay import Player
from wiretape.replay.player import AfterLast
from wiretape.testing.covered import covered_request, covered_text
from wiretape.testing.errors import BadSetting
from wiretape.testing.settings import CRITERIA, Settings


class Asked(msgspec.Struct, frozen=True):
    """A request as the code under test sent it, and how it was answered.

    Its values are those that were sent, keys as well; what is shown of them, by repr and in
    failures, is what a recording would hold.
    """

    upstream: str
    """The provider's name; empty where none could be meant."""
    request: Request
    as_recorded: Request
    """The same as a recording would hold it."""
    played: int | None
    """Number of the recording that answered; None where none did, or while recording."""
    miss: Miss | None = None
    """Why none did."""
    recorded: bool = False
    """Whether the provider was asked, and what it said is being recorded."""
    refusal: str = ""
    """What the server said, where the request never came to be matched."""

    def __repr__(self) -> str:
        """One line, without headers and body: reports are read by people."""
        if self.miss is not None:
            answered = self.miss.code
        elif self.refusal:
            answered = "refused"
        else:
            answered = "recorded" if self.played is None else f"played {self.played}"
        path = self.as_recorded.target.partition("?")[0]
        of = f" of {self.upstream}" if self.upstream else ""
        return f"<Asked {self.method} {path}{of}, {len(self.body)} bytes: {answered}>"

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def path(self) -> str:
        """Without the query, as the provider gets it."""
        return self._of_target(0)

    @property
    def query(self) -> str:
        return self._of_target(2)

    @property
    def headers(self) -> dict[str, str]:
        """By lower-case name; the last of several values."""
        return {name.lower(): value for name, value in self.request.headers}

    @property
    def body(self) -> bytes:
        return self.request.body

    def json(self) -> Any:
        """The body read as JSON. Raises msgspec.DecodeError."""
        return msgspec.json.decode(self.request.body)

    @property
    def unanswered(self) -> bool:
        return self.miss is not None or bool(self.refusal)

    def _of_target(self, part: int) -> str:
        real, shown = self.request.target, self.as_recorded.target
        return covered_text(real.partition("?")[part], shown.partition("?")[part])


class State(msgspec.Struct, frozen=True):
    """What has happened behind a port."""

    asked: tuple[Asked, ...]
    unplayed: tuple[Interaction, ...]
    idle_faults: tuple[str, ...] = ()
    """Faults that were laid on and met no answer, each with the reason."""


class NarrowingPlayer(Player):
    """A Player that compares what `match_on` says."""

    def __init__(
        self,
        tape: Iterable[Interaction],
        settings: Settings,
        *,
        after_last: AfterLast | None = None,
    ) -> None:
        recordings = tuple(tape)
        self._left_out = frozenset(CRITERIA) - set(settings.match_on)
        self._whole = {one.number: one for one in recordings}
        super().__init__(
            (replace(one, request=self._narrowed(one.request)) for one in recordings),
            rules=match_rules(settings),
            after_last=after_last or settings.after_last,
            redaction=redaction_of(settings),
        )

    def answer(self, upstream: str, request: Request, session: str = "") -> Interaction | Miss:
        found = super().answer(upstream, self._narrowed(request), session)
        if isinstance(found, Miss) or not self._left_out:
            return found
        whole = self._whole[found.number]
        same = found.response is whole.response
        return whole if same else replace(found, request=whole.request)

    def asked_of(
        self,
        upstream: str,
        request: Request,
        played: int | None,
        miss: Miss | None = None,
        *,
        recorded: bool = False,
        refusal: str = "",
    ) -> Asked:
        """What a test sees of a request."""
        shown = self.as_recorded(request)
        real = covered_request(request, shown)
        return Asked(upstream, real, shown, played, miss, recorded, refusal)

    def recording(self, number: int) -> Interaction:
        """The one of that number, as it is on the tape."""
        return self._whole[number]

    def _narrowed(self, request: Request) -> Request:
        """The request with what is not compared made equal."""
        left_out = self._left_out
        if not left_out:
            return request
        path, mark, query = request.target.partition("?")
        target = ("/" if "path" in left_out else path) + (
            "" if "query" in left_out else mark + query
        )
        return replace(
            request,
            method="POST" if "method" in left_out else request.method,
            target=target,
            body=b"" if "body" in left_out else request.body,
        )


class WatchedPlayer(NarrowingPlayer):
    """The same beside a recorder: notes what it is asked, and that a miss is recorded."""

    def __init__(self, tape: Iterable[Interaction], settings: Settings) -> None:
        self.asked: list[Asked] = []
        super().__init__(tape, settings, after_last="error")

    def answer(self, upstream: str, request: Request, session: str = "") -> Interaction | Miss:
        found = super().answer(upstream, request, session)
        missed = isinstance(found, Miss)
        played = None if isinstance(found, Miss) else found.number
        self.asked.append(self.asked_of(upstream, request, played, recorded=missed))
        return found


def redaction_of(settings: Settings) -> RedactionRules:
    """What is redacted of what is recorded, and of what is looked for. Raises CassetteError."""
    return read_rules(Path(settings.rules) if settings.rules else None)


def match_rules(settings: Settings) -> MatchRules:
    """The usual rules and what the settings add. Raises BadSetting for a path that is none, and
    for a header whose value is on no tape."""
    headers = tuple(
        word.removeprefix("header:") for word in settings.match_on if word.startswith("header:")
    )
    names = compiled(redaction_of(settings)).names
    for name in headers:
        if names.is_redacted_header(name.lower()):
            raise BadSetting(
                f"match_on: 'header:{name}' compares nothing: its value is redacted on the tape; "
                "leave it out"
            )
    rules = replace(
        DEFAULT_RULES,
        headers=(*DEFAULT_RULES.headers, *headers),
        dropped=(*DEFAULT_RULES.dropped, *settings.ignore),
    )
    try:
        request_key("", _ANY, rules)
    except ValueError as error:
        raise BadSetting(f"ignore: {error}") from None
    return rules


_ANY = Request("POST", "/", "1.1", (), b"{}")
"""Rules are read at the first request: one of ours, so that a mistake shows at once."""
