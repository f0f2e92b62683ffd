"""`--rules FILE`: what a project counts as a secret besides the defaults."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from wiretape.cassettes.redaction import RedactionRules

rules_option = click.option(
    "--rules",
    "rules_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="TOML",
    help="A file with a table [redaction]: rules that add to the defaults.",
)


def read_rules(path: Path | None) -> "RedactionRules":
    """The rules in the file, or the defaults.

    Raises BadRedactionRules, and CassetteError where the file cannot be read.
    """
    from wiretape.cassettes import redaction

    return redaction.read_rules(path)
