"""A replay from the command line: load, listen, say so, tell misses, say what was played.

Heavy to import: the verb imports it when it runs. Never imports the recorder.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, NamedTuple

import click
import msgspec

from wiretape.cassettes.answering import Miss
from wiretape.cassettes.client_variables import client_variables
from wiretape.cassettes.errors import CassetteError
from wiretape.cassettes.model import Interaction, Request, Session
from wiretape.cassettes.redaction import RedactionRules
from wiretape.cli.child import run_command
from wiretape.cli.console import say, working
from wiretape.cli.reloading import Watched, reload_when_changed
from wiretape.cli.stopping import StopSignals
from wiretape.cli.tapes import has_journal, open_tape, open_whole
from wiretape.cli.units import counted, wall_clock
from wiretape.cli.views.terminal import harmless_line
from wiretape.replay import (
    Journal,
    LoadedCassette,
    Pace,
    Player,
    ReplayServer,
    loaded_cassette,
)
from wiretape.replay.answers import other_provider
from wiretape.replay.control.journal import MOST_ENTRIES
from wiretape.replay.faults import Fault, Faulted, FaultPlan, Turn, fault_text

NAMED = 8
"""Recordings that were not played are named up to so many."""

VALUE_WIDTH = 40
"""Characters of a value in the line that tells a miss."""


class Replaying(msgspec.Struct, frozen=True):
    """What was asked for."""

    files: tuple[Path, ...]
    host: str
    port: int
    token: str
    pace: Pace
    framing: Literal["exact", "frames"]
    after_last: Literal["repeat", "error"]
    max_age: float | None
    """Seconds."""
    faults: tuple[Fault, ...]
    seed: int
    """Of what the faults choose."""
    redaction: RedactionRules
    """The rules that the cassettes were recorded with."""
    max_body: int
    journal_entries: int = MOST_ENTRIES
    """How many requests the control API remembers."""
    print_url: bool = False
    """Whether a program reads the URL from standard output."""
    watch: bool = False
    """Whether the cassettes are loaded again when they change."""
    command: tuple[str, ...] = ()
    """Run, with the variables that send its clients here; the replay ends with it."""
    misses_fail: bool = False
    """Whether a miss makes the exit code 1."""


class Place(msgspec.Struct, frozen=True):
    """Where an interaction of the tape stands in a file."""

    path: Path
    number: int


async def replay(replaying: Replaying) -> int:
    """Replay until a signal comes or the command ends. Returns the exit code.

    Raises what opening cassettes and ReplayServer.start raise, and CommandNotFound.
    """
    files = replaying.files
    watched = Watched(files)
    with working(f"loading {_file_names(files)}"):
        loaded = load_set(replaying)
    server = ReplayServer(
        loaded.player,
        pace=replaying.pace,
        framing=replaying.framing,
        host=replaying.host,
        port=replaying.port,
        token=replaying.token,
        max_body=replaying.max_body,
        faults=FaultPlan(replaying.faults, seed=replaying.seed, watch=say_of_refused()),
        journal=Journal(entries=replaying.journal_entries),
        cassettes=loaded.cassettes,
        watched=replaying.watch,
    )
    with StopSignals() as signals:
        await server.start()
        say(
            f"replaying {loaded.counted} from {_file_names(files)} at "
            f"{server.url} ({_names(server.player.upstreams)})"
        )
        if replaying.print_url:
            click.echo(server.url)
        if replaying.faults:
            say(f"with faults: {'; '.join(map(fault_text, replaying.faults))}")
        try:
            async with _watching(replaying, server, watched):
                code = await _run(replaying, server.url, signals)
        finally:
            signals.give_up_on_next("stopped")
            await server.close()
    player = server.player
    assert isinstance(player, TellingPlayer)
    say(played_text(player, player.places, player.before))
    missed = player.before[1] + player.misses
    return code or int(replaying.misses_fail and missed > 0)


@asynccontextmanager
async def _watching(
    replaying: Replaying, server: ReplayServer, watched: Watched
) -> AsyncIterator[None]:
    """Load the cassettes again when they change, where that was asked for."""

    async def reload() -> None:
        try:
            # In a thread: a large tape takes its time, and streams go on.
            loaded = await asyncio.to_thread(load_set, replaying, whole=True)
            _require_some(loaded, server.loaded.cassettes)
        except (CassetteError, OSError) as error:
            server.loaded.problem = str(error)
            say(f"{error}; what was loaded before goes on")
            return
        earlier = server.player
        assert isinstance(earlier, TellingPlayer)
        loaded.player.follow(earlier)
        server.change_tape(loaded.player, loaded.cassettes)
        names = _file_names(replaying.files)
        say(f"loaded again: {loaded.counted} from {names}; every session begins anew")

    if not replaying.watch:
        yield
        return
    task = asyncio.create_task(reload_when_changed(watched, reload))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class LoadedSet(NamedTuple):
    """The cassettes that are played, and who plays them."""

    player: "TellingPlayer"
    cassettes: tuple[LoadedCassette, ...]

    @property
    def counted(self) -> str:
        return counted(len(self.player.tape), "interaction")


class NothingLeft(CassetteError):
    """A cassette that held recordings holds none."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "holds no recording any more")


def _require_some(loaded: LoadedSet, before: Sequence[LoadedCassette]) -> None:
    """Raises NothingLeft: more likely than not it is being made anew."""
    held = {one.path for one in before if one.recordings}
    for cassette in loaded.cassettes:
        if not cassette.recordings and cassette.path in held:
            raise NothingLeft(Path(cassette.path))


def load_set(replaying: Replaying, *, whole: bool = False) -> LoadedSet:
    """Load all files. Raises what opening cassettes raises; with `whole` also CassetteCorrupt
    where a part of one is missing."""
    places, tape = load(replaying.files, replaying.max_age, whole=whole)
    player = TellingPlayer(
        tape, places, after_last=replaying.after_last, redaction=replaying.redaction
    )
    cassettes: list[LoadedCassette] = []
    first = 1
    for path in dict.fromkeys(replaying.files):
        held = [one for place, one in zip(places, tape, strict=True) if place.path == path]
        cassettes.append(loaded_cassette(str(path), first, held))
        first += len(held)
    return LoadedSet(player, tuple(cassettes))


async def _run(replaying: Replaying, url: str, signals: StopSignals) -> int:
    """Wait for the command, or for a signal where there is none."""
    if not replaying.command:
        await signals.asked.wait()
        return 0
    variables = client_variables(url)
    if replaying.token:
        variables["WIRETAPE_TOKEN"] = replaying.token
    return await run_command(replaying.command, variables, signals)


def load(
    files: Iterable[Path], max_age: float | None = None, *, whole: bool = False
) -> tuple[list[Place], list[Interaction]]:
    """Several cassettes as one tape, numbered through; where each interaction came from.

    Says which of them are older than `max_age` seconds.
    """
    places: list[Place] = []
    tape: list[Interaction] = []
    for path in files:
        with open_whole(path) if whole else open_tape(path) as cassette:
            if not cassette.index:
                cassette.require_whole()  # nothing is left of it: no tape to play
            if warning := age_warning(cassette.sessions, datetime.now(UTC), max_age):
                say(f"{path}: {warning}")
            for interaction in cassette:
                places.append(Place(path, interaction.number))
                tape.append(msgspec.structs.replace(interaction, number=len(places)))
        if has_journal(path):
            say(
                f"{path}: a recording to it goes on or was interrupted; what its journal holds "
                f"is not played ('wiretape recover {path}')"
            )
    return places, tape


_DAYS_ARE_SAID = 2
"""From this age on; a younger tape's is said in hours."""


def age_warning(sessions: Sequence[Session], now: datetime, max_age: float | None) -> str:
    """That the last session of a cassette is too long ago; nothing where it is not."""
    if max_age is None or not sessions:
        return ""
    last = max(wall_clock(session.started, 0) for session in sessions)
    age = now - last
    if age.total_seconds() <= max_age:
        return ""
    return f"warning: last recorded {_in_words(age)} ago, on {last:%Y-%m-%d}"


def _in_words(age: timedelta) -> str:
    if age.days >= _DAYS_ARE_SAID:
        return counted(age.days, "day")
    hours = age // timedelta(hours=1)
    return counted(hours, "hour") if hours else "less than an hour"


class TellingPlayer(Player):
    """A Player that tells each miss as it happens, one line each."""

    def __init__(
        self,
        tape: Sequence[Interaction],
        places: Sequence[Place],
        *,
        after_last: Literal["repeat", "error"],
        redaction: RedactionRules,
    ) -> None:
        super().__init__(tape, after_last=after_last, redaction=redaction)
        self.places = places
        self.before = (0, 0)
        """Played, and misses, of those it plays on for."""

    def follow(self, earlier: "TellingPlayer") -> None:
        """Play on for another, whose sums count on."""
        played, misses = earlier.before
        self.before = (played + earlier.played, misses + earlier.misses)

    def answer(self, upstream: str, request: Request, session: str = "") -> Interaction | Miss:
        answer = super().answer(upstream, request, session)
        if isinstance(answer, Miss):
            asked = _asked_text(upstream, self.as_recorded(request), answer)
            say(f"miss: {harmless_line(asked)}: {miss_text(answer, self.places)}")
        return answer


def _asked_text(upstream: str, request: Request, miss: Miss) -> str:
    """`request`: as recorded."""
    path = request.target.partition("?")[0]
    if other := other_provider(upstream, request, miss):
        return f"{request.method} {path} ({other} is not on the tape)"
    return f"{request.method} {f'/{upstream}' if upstream else ''}{path}"


def say_of_refused() -> Callable[[Turn, Faulted], None]:
    """Says of a fault that does not apply, once for each path and reason."""
    told: set[tuple[str, str, str]] = set()

    def watch(turn: Turn, done: Faulted) -> None:
        # The target of the recording: the client's may hold its key.
        path = f"/{turn.upstream}{done.interaction.request.target.partition('?')[0]}"
        for fault, reason in done.refused:
            if (path, fault_text(fault), reason) not in told:
                told.add((path, fault_text(fault), reason))
                say(f"{fault_text(fault)} does not apply to {harmless_line(path)}: {reason}")

    return watch


def miss_text(miss: Miss, places: Sequence[Place]) -> str:
    """Why there was no recording: the nearest one, and the first thing that differs."""
    if miss.nearest is None:
        return "the tape is empty"
    nearest = place_text(miss.nearest, places)
    if miss.code == "recordings_used_up":
        return f"all its recordings were played, the last is {nearest}"
    if not miss.differences:
        return f"no recording; the nearest is {nearest}"
    first = miss.differences[0]
    more = len(miss.differences) - 1
    return (
        f"nearest is {nearest}, which differs in {harmless_line(first.where)}: "
        f"asked {_short(first.asked)}, recorded {_short(first.recorded)}"
        + (f" (and {counted(more, 'more difference')})" if more else "")
    )


def played_text(player: Player, places: Sequence[Place], before: tuple[int, int] = (0, 0)) -> str:
    """What a replay came to. `before`: played, and misses, of tapes that were played before."""
    played, misses = before[0] + player.played, before[1] + player.misses
    unplayed = player.unplayed
    named = ", ".join(place_text(number, places) for number in unplayed[:NAMED])
    more = f" and {len(unplayed) - NAMED:,} more" if len(unplayed) > NAMED else ""
    left = f"{len(unplayed):,} never asked for ({named}{more})" if unplayed else "all of the tape"
    missed = "1 miss" if misses == 1 else f"{misses:,} misses"
    return f"played {counted(played, 'time')}, {left}, {missed}"


def place_text(number: int, places: Sequence[Place]) -> str:
    """The number in its file; the file's name too where there are several."""
    place = places[number - 1]
    several = places[0].path != places[-1].path
    return f"{place.path} {place.number}" if several else str(place.number)


def _short(value: str) -> str:
    line = harmless_line(value)
    return line if len(line) <= VALUE_WIDTH else f"{line[: VALUE_WIDTH - 1]}…"


def _names(upstreams: frozenset[str]) -> str:
    names = ", ".join(sorted(upstreams)) or "empty"
    return f"{names}; also without a name" if len(upstreams) == 1 else names


def _file_names(files: Sequence[Path]) -> str:
    return str(files[0]) if len(files) == 1 else f"{len(files)} files"
