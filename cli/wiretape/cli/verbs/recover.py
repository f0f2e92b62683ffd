"""`wiretape recover`: what a stopped recorder or a damaged file left, made into a cassette."""

from pathlib import Path

import click

from wiretape.cli.console import say, working
from wiretape.cli.options import TapePath


@click.command("recover")
@click.argument("file", type=TapePath())
def command(file: Path) -> int:
    """Put what an interrupted recording left behind on its cassette.

    Folds the journal beside FILE into it; where FILE itself is damaged or was never finished,
    makes it anew from what is whole and leaves the old one beside it, as it does with a damaged
    journal. Exit code 1 where the journal was damaged.
    """
    from wiretape.cassettes.checkup import check_up
    from wiretape.cassettes.errors import CassetteNotFound
    from wiretape.cassettes.folding import fold_held
    from wiretape.cassettes.links import standing
    from wiretape.cassettes.locking import held, is_empty
    from wiretape.cli.recovered import recovered_text
    from wiretape.cli.tapes import has_journal, say_of_damaged_journals

    if not file.exists() and not has_journal(file):
        raise CassetteNotFound(file)
    file = standing(file)
    with working(f"recovering {file}"):
        if not has_journal(file) and not check_up(file).problems:
            say(f"{file}: nothing to recover")
            say_of_damaged_journals(file)
            return 0
        with held(file) as journal:
            mended = file.exists() and _mend(file)
            recorded = not is_empty(journal)
            folded = fold_held(file, journal)
    if folded is not None:
        say(recovered_text(file, folded))
        return 1 if folded.damage else 0
    if recorded:
        say(f"{file}: its journal held no interaction and is gone")
    elif not mended:
        say(f"{file}: nothing to recover")
    return 0


def _mend(path: Path) -> bool:
    """Rebuild a cassette that is not sound; False where it is."""
    from wiretape.cassettes.checkup import check_up
    from wiretape.cassettes.joined import parts, rebuild_joined
    from wiretape.cassettes.store import rebuild
    from wiretape.cli.units import counted

    problems = check_up(path).problems
    if not problems:
        return False
    found = parts(path)
    if len(found) > 1:
        count, aside, damages = rebuild_joined(path, found)
        for damage in damages:
            say(f"{path}: left out: {damage}")
        say(
            f"{path}: {len(found)} cassettes stood in it, one behind the other; made anew with "
            f"{counted(count, 'interaction')} of them; the old file is {aside.name}"
        )
        return True
    kept = rebuild(path)
    more = f", and {counted(len(problems) - 1, 'problem')} more" if len(problems) > 1 else ""
    say(
        f"{path}: made anew with {counted(len(kept), 'interaction')} ({problems[0]}{more}); "
        f"the old file is {kept.kept_aside.name}"
    )
    return True
