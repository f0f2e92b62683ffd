"""What one test sees of its tape: where to ask, what was asked, what is to go wrong.

A view is open from `open` to `close`, and replays or records as its mode says. Knows the rest of
the room; nothing of pytest.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from msgspec.structs import replace

from wiretape.cassettes.store import is_absent
from wiretape.replay.errors import BadFault
from wiretape.testing.blocking import BLOCK
from wiretape.testing.environment import Overlay, record_variables, replay_variables
from wiretape.testing.errors import BadSetting, CannotRecord, MissingCassette, NotReplaying
from wiretape.testing.journal import Asked
from wiretape.testing.playback import Playback, read_tape
from wiretape.testing.serving import SHARED, ServingThread
from wiretape.testing.settings import Settings, Speed, read_speed
from wiretape.testing.verdict import Happened, judge

if TYPE_CHECKING:
    from wiretape.testing.capture import Capture

_WITH_VERSION = ("openai", "hf", "openrouter", "xai", "together", "deepseek", "groq")
"""Upstreams whose usual clients want the API's version in the base URL."""

WAY_OUT = "record it with recording(...), or with mode='once'"


class LaidFault:
    """Faults that are laid over what comes, until they are removed or the view is closed."""

    def __init__(self, playback: Playback, ids: Iterable[int]) -> None:
        self._playback = playback
        self._ids = tuple(ids)

    def remove(self) -> None:
        self._playback.lift(self._ids)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.remove()


class View:
    """A server of its own for one test.

    `environment`: whether the variables that the usual clients read are set while it is open.
    `way_out`: what to say where there is no cassette. `needs_cassette`: False where that is said
    to those alone who ask.
    """

    def __init__(
        self,
        cassette: Path,
        settings: Settings,
        *,
        environment: bool = True,
        way_out: str = WAY_OUT,
        needs_cassette: bool = True,
        serving: ServingThread = SHARED,
    ) -> None:
        self._cassette = cassette
        self._settings = settings
        self._environment = environment
        self._way_out = way_out
        self._needs_cassette = needs_cassette
        self._serving = serving
        self._playback: Playback | None = None
        self._capture: Capture | None = None
        self._overlay: Overlay | None = None
        self._speed = settings.speed
        self._blocked_before = 0
        self._missing = ""
        self._dropped = 0
        self._kept: Happened | None = None

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return self._running.url

    def base_url(self, upstream: str) -> str:
        """What the usual clients of a provider want as their base URL: with the API's version
        where they do not add it themselves."""
        version = "/v1" if upstream in _WITH_VERSION else ""
        return f"{self.url}/{upstream}{version}"

    @property
    def cassette(self) -> Path:
        return self._cassette

    @property
    def settings(self) -> Settings:
        return self._settings

    @property
    def recording(self) -> bool:
        """Whether providers are asked."""
        return self._capture is not None

    @property
    def journal(self) -> tuple[Asked, ...]:
        """Everything that was asked, in order, and how it was answered."""
        return self.happened.asked

    @property
    def requests(self) -> tuple[Asked, ...]:
        """Those of the journal that had an answer: from the tape, or from a provider."""
        return tuple(one for one in self.journal if not one.unanswered)

    @property
    def unplayed(self) -> tuple[int, ...]:
        """Numbers of the recordings that nothing has asked for."""
        return tuple(one.number for one in self.happened.unplayed)

    @property
    def speed(self) -> Speed:
        """`instant`, or how many times as fast as recorded. May be set, and holds for requests
        that come after; streams that are open end. A provider that is asked takes its time."""
        return self._speed

    @speed.setter
    def speed(self, speed: Speed) -> None:
        __tracebackhide__ = True
        self._speed = read_speed(speed)
        if self._playback is not None and self._kept is None:
            self._playback.speed = self._speed

    def fault(self, text: str) -> LaidFault:
        """Lay a fault over the answers from now on, e.g. `cut(after=7)`; for a block of code
        with `with`. One that meets no answer fails the test. Raises BadFault, NotReplaying."""
        __tracebackhide__ = True  # pytest then shows the line of the test
        playback = self._replaying
        try:
            return LaidFault(playback, playback.lay(text))
        except BadFault as error:
            raise BadFault(str(error)) from None

    @property
    def happened(self) -> Happened:
        """What is to be judged, up to now."""
        if self._kept is not None:
            return self._kept
        state = self._running.state
        return Happened(
            self._cassette,
            self._settings,
            state.asked,
            state.unplayed,
            state.idle_faults,
            blocked=BLOCK.refused[self._blocked_before :],
        )

    def verdict(self, *, whole: bool = True, over: bool = True) -> str:
        """Why the test must not pass, as text; empty where it may. `whole`: False where the test
        has failed already, so that only what explains it counts. `over`: False where something
        may be asked yet."""
        happened = self.happened
        if not over:
            happened = replace(happened, unplayed=())
        if self._missing and happened.asked:
            happened = replace(happened, asked=(), problem=self._missing)
        return judge(happened, whole=whole)

    @property
    def dropped(self) -> str:
        """What has become of recordings that were not kept, in one line; empty where none were."""
        if not self._dropped:
            return ""
        one = self._dropped == 1
        counted = "1 new recording was" if one else f"{self._dropped} new recordings were"
        state = "there is no cassette yet" if is_absent(self._cassette) else "it is as it was"
        return f"wiretape: {counted} dropped, as not all went well: {self._cassette} ({state})"

    @property
    def remark(self) -> str:
        """What somebody should know of what was kept; empty where there is nothing."""
        remark = "" if self._capture is None else self._capture.remark
        return remark and f"wiretape: {remark}"

    def open(self) -> None:
        """Serve. Raises MissingCassette, BadSetting, CannotRecord, and what opening a cassette
        raises."""
        self._serving.hold()
        try:
            self._start()
        except OSError as error:  # of the path: too long, not ours to look at
            self._serving.release()
            raise BadSetting(f"{error.strerror}: {self._cassette}") from error
        except BaseException:
            self._serving.release()
            raise

    def stop(self) -> None:
        """Serve no more, and put the environment back. What was recorded waits for `settle`."""
        if self._overlay is not None:
            self._overlay.lift()
            self._overlay = None
        try:
            problem = ""
            if self._capture is not None:
                problem = self._capture.stop(may_be_empty=not self._needs_cassette)
            happened = replace(self.happened, problem=problem)
            if self._playback is not None:
                self._playback.close()
            self._kept = happened
        finally:
            self._serving.release()

    def settle(self, *, keep: bool) -> None:
        """What was recorded takes its place on the cassette, or is dropped, and the cassette is as
        it was. Of what went wrong `verdict` tells."""
        if self._capture is None or self._kept is None:
            return
        problem = self._capture.settle(keep=keep)
        if problem:
            self._kept = replace(self._kept, problem=problem)
        if (problem or not keep) and self._settings.mode != "verify":
            self._dropped = self._capture.recorded

    def _start(self) -> None:
        self._blocked_before = len(BLOCK.refused)
        mode, absent = self._settings.mode, is_absent(self._cassette)
        missing = absent and mode in ("none", "verify")
        if missing:
            error = MissingCassette(self._cassette, self._way_out)
            if self._needs_cassette:
                raise error
            self._missing = str(error)
        replays = missing or mode == "none" or (mode == "once" and not absent)
        variables = self._replay() if replays else self._record()
        if self._environment:
            self._overlay = Overlay(variables)
            self._overlay.lay()

    def _replay(self) -> dict[str, str]:
        tape = () if self._missing else read_tape(self._cassette)
        self._playback = Playback(tape, self._settings, self._serving)
        self._playback.start()
        return replay_variables(self.url)

    def _record(self) -> dict[str, str]:
        # Here alone: what replays does not load the room that talks to providers.
        from wiretape.recorder.errors import BadUpstream, RecorderError
        from wiretape.testing.capture import Capture

        try:
            capture = Capture(self._cassette, self._settings, self._serving)
            if not capture.start():
                return self._replay()
        except BadUpstream as error:
            raise BadSetting(f"upstreams: {error}") from error
        except RecorderError as error:
            raise CannotRecord(str(error)) from error
        self._capture = capture
        return record_variables(self.url, capture.upstreams, capture.keyless)

    @property
    def _running(self) -> Playback | Capture:
        running = self._playback or self._capture
        assert running is not None, "the view is not open"
        return running

    @property
    def _replaying(self) -> Playback:
        if self._kept is not None:
            raise NotReplaying("the view is closed")
        if self._playback is None:
            raise NotReplaying(
                "a tape that is being recorded has no faults: run this in mode none, which replays"
            )
        return self._playback
