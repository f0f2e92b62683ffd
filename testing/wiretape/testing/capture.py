"""A cassette being recorded: the recording proxy of one view, on the serving thread.

What the view is to play beside, the proxy is given as an answerer. In every mode what is recorded
stands beside the cassette, which stays as it is until the view is told to keep it. Called from
the thread of the test. Knows the recorder room, and the replay room's answers for it.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from wiretape.cassettes.errors import CassetteError
from wiretape.cassettes.model import Interaction
from wiretape.cassettes.store import is_absent
from wiretape.recorder import BUILT_IN, Kept, PortTaken, RecordingProxy, Upstream, parse_upstream
from wiretape.recorder.rewriting import Rewriting
from wiretape.replay import TapeAnswers
from wiretape.testing.blocking import is_here
from wiretape.testing.drifting import drifted, new_failures
from wiretape.testing.errors import CannotRecord
from wiretape.testing.journal import State, WatchedPlayer, match_rules, redaction_of
from wiretape.testing.playback import pace_of, read_tape
from wiretape.testing.serving import ServingThread
from wiretape.testing.settings import Mode, Settings
from wiretape.testing.turns import alone

ANEW: frozenset[Mode] = frozenset({"rewrite", "all", "verify"})
"""Modes that play nothing."""


class Capture:
    """Records from `start` to `stop` what it does not play; `settle` says what becomes of that.

    In `once` and `new_episodes` what is on the cassette is played and the rest added to it; in
    `rewrite`, `all` and `verify` everything is asked anew. Raises BadUpstream where the settings
    name one that is none.
    """

    def __init__(self, cassette: Path, settings: Settings, serving: ServingThread) -> None:
        self._serving = serving
        self._cassette = cassette
        self._settings = settings
        self._mode = settings.mode
        named = [parse_upstream(text) for text in settings.upstreams]
        self.upstreams: dict[str, Upstream] = {**BUILT_IN, **{one.name: one for one in named}}
        self._rules = match_rules(settings)
        self._redaction = redaction_of(settings)
        self._old: tuple[Interaction, ...] = ()
        self._player = WatchedPlayer((), settings)
        self._held = ExitStack()
        self._recording: Rewriting | None = None
        self._proxy: RecordingProxy | None = None
        self.recorded = 0
        """Interactions that wait for `settle`."""
        self.remark = ""
        """What somebody should know of a cassette that was put in place all the same."""
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

    def start(self) -> bool:
        """Listen, as soon as no other process records to the cassette. False where one has
        recorded meanwhile what `once` was to record: nothing listens then.

        Raises what starting a RecordingProxy and reading the cassette raise, and CannotRecord.
        """
        with ExitStack() as held:
            self._recording = held.enter_context(self._place())
            absent = is_absent(self._cassette)
            if self._mode == "once" and not absent:
                return False
            if not absent and self._mode != "rewrite":  # which may take the place of a damaged one
                self._old = read_tape(self._cassette)
            if self._mode not in ANEW:
                self._player = WatchedPlayer(self._old, self._settings)
            self._serving.run(self._start())
            self._held = held.pop_all()
        return True

    def stop(self, *, may_be_empty: bool = False) -> str:
        """Listen no more. Gives what went wrong in words; empty where nothing did.
        `may_be_empty`: nothing asked is not wrong where there is no cassette."""
        proxy, self._proxy = self._proxy, None
        if proxy is None:
            return ""
        kept = self._serving.run(proxy.close())
        self.recorded = kept.interactions
        return problem_of(kept, may_be_empty=may_be_empty and is_absent(self._cassette))

    def settle(self, *, keep: bool) -> str:
        """Put what was recorded in its place, or drop it. Gives what went wrong in words, in mode
        `verify` how the answers have drifted."""
        new, self._recording = self._recording, None
        if new is None:
            return ""
        with self._held:
            try:
                return self._put(new) if keep and self.recorded else ""
            except (CassetteError, OSError) as error:
                return f"the recording failed: {error}"
            finally:
                new.beside.unlink(missing_ok=True)

    def _put(self, new: Rewriting) -> str:
        match self._mode:
            case "verify":
                return drifted(self._old, read_tape(new.beside))
            case "rewrite" | "all":
                self.remark = new_failures(self._cassette, new.beside)
                if self._mode == "all":
                    new.merge(self._rules)
                else:
                    new.replace()
            case _:
                new.add()
        return ""

    @contextmanager
    def _place(self) -> Iterator[Rewriting]:
        """Where it is recorded to."""
        if self._mode == "verify":  # writes nothing, also where it may not
            with TemporaryDirectory(prefix="wiretape-verify-") as made:
                yield Rewriting(self._cassette, Path(made) / "anew.tape.zst")
            return
        folder = self._cassette.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotRecord(f"{folder} cannot be made: {error.strerror}") from None
        with alone(self._cassette) as new:
            yield new

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
        assert self._recording is not None
        proxy = RecordingProxy(
            self._recording.beside,
            self.upstreams,
            port=port,
            redaction=self._redaction,
            answerer=TapeAnswers(self._player, pace=pace_of(self._settings.speed)),
        )
        await proxy.start()
        return proxy


def problem_of(kept: Kept, *, may_be_empty: bool = False) -> str:
    """What a session that was kept lacks."""
    if kept.problem:
        return f"the recording failed: {kept.problem}"
    if kept.lost:
        return f"{kept.lost} of what was asked is not whole on the tape"
    if kept.unreachable:
        one = kept.unreachable == 1
        counted = "1 request was" if one else f"{kept.unreachable} requests were"
        return f"{counted} not recorded: no provider could be reached"
    if not kept.interactions and not kept.played and not may_be_empty:
        return "nothing was asked, so that nothing was recorded"
    return ""
