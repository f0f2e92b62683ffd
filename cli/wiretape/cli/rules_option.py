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
    from wiretape.cassettes.errors import CassetteError
    from wiretape.cassettes.redaction import DEFAULT_RULES, load_rules

    if path is None:
        return DEFAULT_RULES
    try:
        return load_rules(path.read_text("utf-8"), path)
    except OSError as error:
        raise CassetteError(path, f"cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise CassetteError(path, f"is not UTF-8 at byte {error.start}") from error
