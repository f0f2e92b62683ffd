"""`wiretape redact`: take secrets off a cassette that is there already."""

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wiretape.cli.console import say, working
from wiretape.cli.options import TapePath
from wiretape.cli.rules_option import read_rules, rules_option

if TYPE_CHECKING:
    from wiretape.cassettes.model import Interaction
    from wiretape.cassettes.redaction import RedactionRules


@click.command("redact")
@click.argument("file", type=TapePath())
@click.option("--to", "target", type=TapePath(), help="The new cassette; FILE itself without it.")
@rules_option
def command(file: Path, target: Path | None, rules_file: Path | None) -> None:
    """Apply the rules of redaction to a cassette, as a recording would today.

    Without --to the file is replaced; copies and the history of git keep what it held.
    """
    from wiretape.cassettes.editing import rewrite
    from wiretape.cli.units import counted

    redaction = _Redaction(read_rules(rules_file))
    target = target or file
    with working(f"writing {target}"):
        count = rewrite(file, target, redaction.change)
    say(f"{target}: {counted(count, 'interaction')}, {redaction.changed:,} of them changed")


class _Redaction:
    """One redactor a session, so that each value keeps its stand-in; counts what it changed."""

    def __init__(self, rules: "RedactionRules") -> None:
        from wiretape.cassettes.redaction import Redactor

        self.changed = 0
        self._by_session: defaultdict[int, Redactor] = defaultdict(lambda: Redactor(rules))

    def change(self, interaction: "Interaction") -> "Interaction":
        """The interaction without what the rules name."""
        from wiretape.cassettes.redaction import redact_interaction

        redacted = redact_interaction(interaction, self._by_session[interaction.session])
        self.changed += redacted != interaction
        return redacted
