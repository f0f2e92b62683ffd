"""A cassette being recorded: the recording proxy of one view, on the serving thread.

What the view is to play beside, the proxy is given as an answerer; what is asked anew is recorded
beside the old cassette, which stays as it is until the new one is whole. Called from the thread of
the test. Knows the recorder room, and the replay room's answers for it.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from wiretape.cassettes.diff.drift import drift_report
from wiretape.cassettes.model import Interaction
from wiretape.cassettes.store import is_absent
from wiretape.recorder import BUILT_IN, Kept, PortTaken, RecordingProxy, Upstream, parse_upstream
from wiretape.recorder.rewriting import Rewriting, rewriting
from wiretape.replay import TapeAnswers
from wiretape.testing.blocking import is_here
from wiretape.testing.errors import CannotRecord
from wiretape.testing.journal import State, WatchedPlayer, match_rules, redaction_of
from wiretape.testing.playback import pace_of, read_tape
from wiretape.testing.serving import ServingThread
from wiretape.testing.settings import Mode, Settings

ANEW: frozenset[Mode] = frozenset({"rewrite", "all", "verify"})
"""Modes that play nothing."""


class Capture:
    """Records from `start` to `close` what it does not play.

    In `once` and `new_episodes` what is on the cassette is played and the rest added to it; in
    `rewrite`, `all` and `verify` everything is asked anew. Raises BadUpstream where the settings
    name one that is none.
    """

    def __init__(self, cassette: Path, settings: Settings, serving: ServingThread) -> None:
        self._serving = serving
        self._cassette = cassette
        self._mode = settings.mode
        self._anew = settings.mode in ANEW
        named = [parse_upstream(text) for text in settings.upstreams]
        self.upstreams: dict[str, Upstream] = {**BUILT_IN, **{one.name: one for one in named}}
        tape = () if self._anew or is_absent(cassette) else read_tape(cassette)
        self._player = WatchedPlayer(tape, settings)
        self._pace = pace_of(settings.speed)
        self._rules = match_rules(settings)
        self._redaction = redaction_of(settings)
        self._held = ExitStack()
        self._recording: Rewriting | None = None
        self._proxy: RecordingProxy | None = None
        self.url = ""

    @property
    def state(self) -> State:
        """What has happened up to now."""
        return self._serving.call(self._state)

    @property
    def keyless(self) -> frozenset[str]:
        """Upstreams on this machine: servers of one's own, that want no key as a rule."""
        return frozenset(
            name for name, upstream in self.upstreams.items() if is_here(upstream.host)
        )

    def start(self) -> None:
        """Listen. Raises what starting a RecordingProxy raises, CassetteLocked, CannotRecord."""
        folder = self._cassette.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotRecord(f"{folder} cannot be made: {error.strerror}") from None
        with ExitStack() as held:
            if self._anew:
                self._recording = held.enter_context(rewriting(self._cassette))
            self._serving.run(self._start())
            self._held = held.pop_all()

    def close(self, *, failed: bool = False) -> str:
        """Seal the cassette. Gives what went wrong in words; empty where nothing did. `failed`:
        what was being tested has, so that the new recording does not take the old one's place."""
        proxy, self._proxy = self._proxy, None
        if proxy is None:
            return ""
        with self._held:
            problem = problem_of(self._serving.run(proxy.close()))
            if self._recording is None:
                return problem
            try:
                if failed and self._mode != "verify":
                    return problem
                return problem or self._settle(self._recording)
            finally:
                self._recording.beside.unlink(missing_ok=True)

    def _settle(self, new: Rewriting) -> str:
        """What becomes of the old cassette, and what is wrong with it in mode `verify`."""
        if self._mode == "verify":
            return drifted(read_tape(new.cassette), read_tape(new.beside))
        if self._mode == "all":
            new.merge(self._rules)
        else:
            new.replace()
        return ""

    def _state(self) -> State:
        player = self._player
        return State(tuple(player.asked), tuple(map(player.recording, player.unplayed)))

    async def _start(self) -> None:
        try:
            self._proxy = await self._listen(self._serving.port)
        except PortTaken:  # by a view that is open, or by somebody else since
            self._proxy = await self._listen(0)
        self.url = self._proxy.url
        self._serving.port = int(self.url.rpartition(":")[2])

    async def _listen(self, port: int) -> RecordingProxy:
        answerer = TapeAnswers(self._player, pace=self._pace)
        cassette = self._cassette if self._recording is None else self._recording.beside
        proxy = RecordingProxy(
            cassette,
            self.upstreams,
            port=port,
            redaction=self._redaction,
            answerer=answerer,
        )
        await proxy.start()
        return proxy


def problem_of(kept: Kept) -> str:
    """What a session that was kept lacks."""
    if kept.problem:
        return f"the recording failed: {kept.problem}"
    if kept.lost:
        return f"{kept.lost} of what was asked is not whole on the tape"
    if kept.unreachable:
        return f"{kept.unreachable} requests were not recorded: no provider could be reached"
    if not kept.interactions and not kept.played:
        return "nothing was asked, so that nothing was recorded"
    return ""


def drifted(old: Sequence[Interaction], new: Sequence[Interaction]) -> str:
    """How the providers' answers differ in shape from what is on the tape, or why nothing can be
    said of that; empty where they do not differ."""
    report = drift_report(old, new)
    if report.pairs and not report.compared and not report.drifts:
        return "\n".join(["the tape is not verified:", *(f"  {words}" for words in report.remarks)])
    lines = [
        f"  {one.severity} {one.upstream} {one.event or one.api}: {one.words}"
        for one in report.drifts[:MOST_DRIFTS]
    ]
    if len(report.drifts) > MOST_DRIFTS:
        lines.append(f"  ... and {len(report.drifts) - MOST_DRIFTS} more")
    lines += [f"  recording {number} was not asked for again" for number in report.only_old]
    if report.only_new:
        number = len(report.only_new)
        what = "request is" if number == 1 else "requests are"
        lines.append(f"  {number} {what} not on the tape")
    return "\n".join(["the providers have drifted from the tape:", *lines]) if lines else ""


MOST_DRIFTS = 20
