"""`wiretape check`: whether what a tape holds was legal."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wiretape.cli.choosing import Choice, Numbers
from wiretape.cli.console import say, working
from wiretape.cli.options import TapePath, json_option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wiretape.cassettes.conformance.rule import Profile
    from wiretape.cassettes.store import Cassette
    from wiretape.cli.views.checked import Checked

PROFILES = ("open-responses", "openai", "sdk")


@click.command("check")
@click.argument("file", required=False, type=TapePath(), metavar="TAPE")
@click.argument("numbers", nargs=-1, type=Numbers(), metavar="[NUMBER...]")
@click.option(
    "--profile",
    type=click.Choice(PROFILES),
    default="openai",
    show_default=True,
    help="Whose rules: the specification to the letter, what OpenAI's API does, or only what "
    "breaks official SDKs.",
)
@click.option(
    "--rule",
    "only",
    multiple=True,
    metavar="ID",
    help="Only this rule, whatever the profile; repeatable, * and ? stand for any letters.",
)
@click.option("--ignore", multiple=True, metavar="ID", help="Not this rule; the same way.")
@click.option("--rules", "listing", is_flag=True, help="List the rules instead of checking.")
@json_option
def command(
    file: Path | None,
    numbers: tuple[Numbers.Chosen, ...],
    profile: "Profile",
    only: tuple[str, ...],
    ignore: tuple[str, ...],
    listing: bool,
    as_json: bool,
) -> int:
    """Check the streams of a tape against the rules of their API.

    A line for each finding: rule, place, words; alike ones of an interaction are one line, with
    their number. NUMBER is an interaction or a range of them, such as 3 or 1-5,8. Exit code 1
    where an error is found (warnings and notes are none), 0 where none is, be it that there was
    nothing to check, 2 where the tape could not be read.
    """
    from wiretape.cli.views import checked

    rules, ignored = _ids(only), _ids(ignore)
    if listing:
        chosen = checked.rules_listed(rules, ignored, _named(profile))
        for line in checked.rules_json(chosen) if as_json else checked.rules_text(chosen):
            click.echo(line)
        return 0
    if file is None:
        raise click.UsageError("Missing argument 'TAPE'")

    from wiretape.cassettes.errors import CassetteError
    from wiretape.cli.errors import NotChecked, NothingChosen

    try:
        return _check(file, numbers, profile, rules, ignored, as_json)
    except (CassetteError, NothingChosen) as error:
        raise NotChecked(str(error)) from error
    except BrokenPipeError:
        raise  # whoever read has read enough
    except OSError as error:
        raise NotChecked(f"{error.filename or 'output'}: {error.strerror or error}") from error


def _named(profile: "Profile") -> "Profile | None":
    """The profile where somebody asked for it: without, all rules are listed."""
    source = click.get_current_context().get_parameter_source("profile")
    return profile if source is click.core.ParameterSource.COMMANDLINE else None


def _check(
    file: Path,
    numbers: tuple[Numbers.Chosen, ...],
    profile: "Profile",
    rules: frozenset[str],
    ignored: frozenset[str],
    as_json: bool,
) -> int:
    from wiretape.cli.tapes import open_tape
    from wiretape.cli.views import checked

    choice = Choice(keep=tuple(one for given in numbers for one in given) or None)
    total = checked.Total()
    with open_tape(file) as tape, working(f"checking {file}"):
        if numbers:
            choice.check(file, tape.index)
        for found in _checked(tape, choice, profile, rules or None, ignored):
            total.add(found)
            for line in checked.row(file, found) if as_json else checked.lines(file, found):
                click.echo(line)
    if unchecked := total.unchecked():
        say(f"{file}: {unchecked}")
    if not total.interactions:
        none = "no interaction" if tape.whole else "no whole interaction"
        say(f"{file}: it holds {none}, so there is nothing to check")
        return 0
    say(f"{file}: {total.words(profile, by_name=bool(rules))}")
    return 1 if total.errors else 0


def _checked(
    tape: "Cassette",
    choice: Choice,
    profile: "Profile",
    rules: frozenset[str] | None,
    ignored: frozenset[str],
) -> "Iterator[Checked]":
    from wiretape.cassettes.conformance.checking import check, has_rules
    from wiretape.cassettes.conformance.rule import Exchange
    from wiretape.cassettes.dialects.payload import decode_once
    from wiretape.cassettes.meaning import read_meaning
    from wiretape.cli.views.checked import Checked

    for entry in tape.index:
        if not choice.keeps(entry):
            continue
        interaction = tape.read(entry.number)
        meaning = read_meaning(interaction, decode_once())
        exchange = Exchange(
            interaction,
            meaning.api,
            meaning.framing,
            meaning.frames,
            meaning.deltas,
            meaning.decode,
        )
        findings = check(exchange, profile=profile, rules=rules, ignore=ignored)
        yield Checked(interaction, meaning.api, meaning.remarks, has_rules(meaning.api), findings)


def _ids(patterns: tuple[str, ...]) -> frozenset[str]:
    """The rules that are meant. Raises UsageError where a pattern means none."""
    from wiretape.cassettes.conformance.catalogue import BY_ID, matching, nearest

    found: set[str] = set()
    for pattern in patterns:
        ids = matching(pattern)
        if not ids:
            near = nearest(pattern)
            other = f"the nearest is {near!r}" if near else f"there are {len(BY_ID)}"
            raise click.UsageError(
                f"no rule is called {pattern!r}; {other} ('wiretape check --rules' lists them)"
            )
        found.update(ids)
    return frozenset(found)
