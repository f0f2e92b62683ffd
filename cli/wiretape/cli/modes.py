"""What the record modes do: which of the tape is played, what is recorded, and where to.

The words are those of VCR; what each means here is in docs/modes.md. Imports a room where a mode
needs it: no recorder in `none`, no replay in `all`.
"""

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from wiretape.cassettes.diff.drift import Report
    from wiretape.cassettes.model import Interaction
    from wiretape.cli.recording import Recorded, Recording
    from wiretape.recorder import Kept
    from wiretape.replay import Pace

Mode = Literal["none", "once", "new_episodes", "all", "rewrite", "verify"]


class Playing(msgspec.Struct, frozen=True):
    """How what is on the tape is played."""

    speed: float | None
    """None is instant."""
    max_gap_ns: int | None
    after_last: Literal["repeat", "error"]

    @property
    def pace(self) -> "Pace":
        """The same for the replay room."""
        from wiretape.replay import Pace

        instant = self.speed is None
        return Pace(1.0 if self.speed is None else self.speed, self.max_gap_ns, instant)


async def record_in(mode: Mode | None, recording: "Recording", playing: Playing) -> int:
    """Record in any mode but `none`, or in none of them: everything, behind what is there. Returns
    the exit code.

    Raises what opening a cassette and RecordingProxy.start raise, CommandNotFound; in `verify`
    NotCompared and NothingToCompare.
    """
    from wiretape.cli.recording import record

    match mode:
        case "once":
            return await _with_tape(recording, playing, records=False)
        case "new_episodes":
            return await _with_tape(recording, playing, records=True)
        case "all" | "rewrite":
            return await _anew(recording, merging=mode == "all")
        case "verify":
            return await _verify(recording)
        case _:
            return (await record(recording)).exit_code


async def _with_tape(recording: "Recording", playing: Playing, *, records: bool) -> int:
    """Play what is there; where nothing is, record."""
    from wiretape.cassettes.store import is_absent
    from wiretape.cli.recording import Tape, record
    from wiretape.cli.replaying import TellingPlayer, load, played_text
    from wiretape.cli.tapes import open_whole
    from wiretape.cli.units import counted
    from wiretape.replay import Player, TapeAnswers

    path = recording.cassette
    _recover(path)
    if is_absent(path):
        recorded = await record(recording)
        kept = recorded.kept
        return recorded.exit_code or _recorded_less(kept, wanted=not records)
    open_whole(path).close()
    places, tape = load([path])
    after_last, redaction = playing.after_last, recording.redaction
    player = (
        Player(tape, after_last=after_last, redaction=redaction)
        if records
        else TellingPlayer(tape, places, after_last=after_last, redaction=redaction)
    )
    on_tape = Tape(TapeAnswers(player, pace=playing.pace), records=records)
    held = counted(len(tape), "interaction")
    if records:
        doing = f"playing {held} from {path}, and recording what is not there,"
        recorded = await record(recording, on_tape, doing=doing)
    else:
        doing = f"playing {held} from {path}, and recording nothing,"
        recorded = await record(
            recording, on_tape, doing=doing, summary=lambda _: [played_text(player, places)]
        )
    return recorded.exit_code or _recorded_less(recorded.kept)


def _recorded_less(kept: "Kept", *, wanted: bool = False) -> int:
    """Exit code where a command kept to itself that its provider was not reached; or, where a
    recording was `wanted`, that there is none."""
    return int(bool(kept.unreachable) or (wanted and not kept.interactions))


def _recover(path: Path) -> None:
    """Put what an interrupted recording left on the tape: it is played too."""
    from wiretape.cassettes.folding import fold
    from wiretape.cli.console import say
    from wiretape.cli.recovered import recovered_text

    if (folded := fold(path)) is not None:
        say(recovered_text(path, folded))


async def _anew(recording: "Recording", *, merging: bool) -> int:
    """Record beside the tape, and put that in its place where all went well. `merging`: what was
    not asked for again stays."""
    from wiretape.cassettes.store import is_absent
    from wiretape.cli.console import say
    from wiretape.cli.recording import kept_text, record, trouble_lines
    from wiretape.cli.tapes import open_whole
    from wiretape.recorder import rewriting

    path = recording.cassette
    _recover(path)
    if merging and not is_absent(path):
        open_whole(path).close()
    with rewriting(path) as new:
        recorded = await record(
            msgspec.structs.replace(recording, cassette=new.beside),
            doing=f"recording {path} anew",
            summary=lambda kept: trouble_lines(new.beside, kept),
        )
        if not (problem := _not_whole(recorded)):
            if merging:
                new.merge()
            else:
                new.replace()
            say(kept_text(path, recorded.kept))
            return 0
        where = f"; what came of it is in {new.beside}" if new.beside.exists() else ""
    left = f"{path} stays as it was" if path.exists() else f"{path} is not made"
    say(f"{left}: {problem}{where}")
    return recorded.exit_code or 1


def _not_whole(recorded: "Recorded") -> str:
    """Why a recording is not fit to take the place of another; empty where it is."""
    kept = recorded.kept
    if recorded.command_code:
        return f"the command ended with exit code {recorded.command_code}"
    if kept.problem or kept.lost:
        return "something is missing of what was recorded"
    if kept.unreachable:
        return "an upstream could not be reached"
    return "" if kept.interactions else "no request came through"


async def _verify(recording: "Recording") -> int:
    """Ask again, and say how the shape of the answers differs from the tape."""
    from wiretape.cassettes.errors import CassetteError
    from wiretape.cassettes.store import is_absent
    from wiretape.cli.errors import NotCompared, NothingToCompare
    from wiretape.cli.recording import record, trouble_lines
    from wiretape.cli.tapes import open_tape, open_whole
    from wiretape.cli.views.terminal import harmless_line

    path = recording.cassette
    try:
        open_whole(path).close()
    except CassetteError as error:
        raise NotCompared(str(error)) from error
    with TemporaryDirectory(prefix="wiretape-verify-") as folder:
        now = Path(folder) / "now.tape.zst"
        recorded = await record(
            msgspec.structs.replace(recording, cassette=now),
            doing=f"verifying {path}, and recording nothing,",
            summary=lambda kept: trouble_lines(now, kept),
        )
        if is_absent(now):
            raise NotCompared(f"{path}: not verified, no request came through")
        with open_tape(path) as old, open_tape(now) as new:
            report = _compared(path, old, new)
    if not report.pairs:
        raise NothingToCompare(f"{path}: not verified, none of the requests is on it")
    if not report.compared:
        raise NothingToCompare(f"{path}: not verified, {harmless_line(report.remarks[0])}")
    _print(path, report)
    return _drift_code(report) or recorded.command_code or _left_out(report, recorded.kept)


def _compared(path: Path, old: "Iterable[Interaction]", new: "Iterable[Interaction]") -> "Report":
    from wiretape.cassettes.diff.drift import drift_report
    from wiretape.cli.console import working

    with working(f"comparing {path} with what came now"):
        return drift_report(old, new)


def _print(path: Path, report: "Report") -> None:
    import click

    from wiretape.cli.views.drift_text import drift_lines

    for line in drift_lines(str(path), "now", report):
        click.echo(line)


def _drift_code(report: "Report") -> int:
    from wiretape.cli.drifting import EXIT_CODES

    return max((EXIT_CODES[one.severity] for one in report.drifts), default=0)


_NOT_COMPARED = 2


def _left_out(report: "Report", kept: "Kept") -> int:
    """What was not answered, not kept whole, or asked of one side alone was not compared."""
    paired = report.compared == report.pairs and not report.only_old and not report.only_new
    return 0 if paired and not (kept.unreachable or kept.lost or kept.problem) else _NOT_COMPARED
