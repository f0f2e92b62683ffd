"""`replaying` and `recording`: a tape around a block of code, with or without pytest.

    with replaying("greeting.tape.zst") as tape: ...
    async with recording("greeting.tape.zst"): ...
    @replaying("greeting.tape.zst")
    def test_greeting(): ...

Knows views; nothing of pytest.
"""

import inspect
import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from os import PathLike, fspath
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TypeVar

from wiretape.testing.errors import NotAsRecorded
from wiretape.testing.settings import Mode, Settings, Speed
from wiretape.testing.view import View

F = TypeVar("F", bound=Callable[..., Any])


class Taping:
    """A view for a block of code, or for each call of a function.

    Entering waits a few milliseconds, under any event loop; leaving as well, and after a
    recording as long as sealing the cassette takes.
    """

    def __init__(self, cassette: Path, settings: Settings, *, environment: bool) -> None:
        self._cassette = cassette
        self._settings = settings
        self._environment = environment
        self._view: View | None = None

    def __enter__(self) -> View:
        assert self._view is None, "already entered; make another"
        view = View(self._cassette, self._settings, environment=self._environment)
        view.open()
        self._view = view
        return view

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        view, self._view = self._view, None
        assert view is not None
        view.stop()
        view.settle(keep=error is None and not view.verdict())
        words = [text for text in (view.verdict(), view.dropped) if text]
        if error is not None:
            for text in words:
                error.add_note(text)
        elif words:
            raise NotAsRecorded("\n".join(words))
        elif view.remark:
            warnings.warn(view.remark, stacklevel=2)

    async def __aenter__(self) -> View:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)

    def __call__(self, function: F) -> F:
        """The function with a view around each call of it. Raises TypeError for what goes on when
        its call is over."""
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(
                f"{function.__qualname__} is a generator: its body runs after its call, where the "
                "tape is closed; write `with replaying(...):` inside"
            )
        if inspect.isclass(function):
            raise TypeError(
                f"{function.__qualname__} is a class: decorate its methods, or write "
                "`self.enterContext(replaying(...))` in setUp"
            )

        def again() -> Taping:
            return Taping(self._cassette, self._settings, environment=self._environment)

        if inspect.iscoroutinefunction(function):

            @wraps(function)
            async def within_async(*arguments: Any, **named: Any) -> Any:
                async with again():
                    return await function(*arguments, **named)

            return within_async  # type: ignore[return-value]

        @wraps(function)
        def within(*arguments: Any, **named: Any) -> Any:
            with again():
                return function(*arguments, **named)

        return within  # type: ignore[return-value]


def replaying(
    cassette: str | PathLike[str],
    *,
    mode: Mode = "none",
    speed: Speed = "instant",
    match_on: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
    after_last: Literal["repeat", "error"] = "repeat",
    allow_unplayed: bool = False,
    allow_unmatched: bool = False,
    upstreams: Mapping[str, str] | Iterable[str] = (),
    rules: str | PathLike[str] | None = None,
    environment: bool = True,
) -> Taping:
    """Replay a cassette; with another `mode`, record what is missing.

    In the end raises NotAsRecorded where a request had no recording or a recording no request,
    even if the client kept the error to itself. `speed`: `instant`, 1 as recorded, 2 twice as
    fast. `upstreams`: those that a mode which records needs beside the known ones. `rules`: a file
    of redaction rules that add to the usual ones.
    `environment`: whether the variables of the usual clients are set meanwhile. Raises
    MissingCassette, BadSetting and what opening a cassette raises.
    """
    values: dict[str, object] = {
        "mode": mode,
        "speed": speed,
        "ignore": tuple(ignore),
        "after_last": after_last,
        "allow_unplayed": allow_unplayed,
        "allow_unmatched": allow_unmatched,
        "upstreams": upstreams if isinstance(upstreams, Mapping) else tuple(upstreams),
    }
    if match_on is not None:
        values["match_on"] = tuple(match_on)
    if rules is not None:
        values["rules"] = fspath(rules)
    settings = Settings().with_values(values, "replaying()")
    return Taping(Path(cassette), settings, environment=environment)


def recording(
    cassette: str | PathLike[str],
    *,
    upstreams: Mapping[str, str] | Iterable[str] = (),
    mode: Mode = "once",
    rules: str | PathLike[str] | None = None,
    environment: bool = True,
) -> Taping:
    """Record to a cassette while the block runs: a provider is asked, with the keys that the
    clients have. `upstreams`: names to base URLs, beside those that are known. Where there is a
    cassette, `mode` says what becomes of it: `once` replays it."""
    return replaying(cassette, mode=mode, upstreams=upstreams, rules=rules, environment=environment)
