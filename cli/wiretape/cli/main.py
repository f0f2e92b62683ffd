"""The `wiretape` command: its verbs, loaded when asked for, and how it ends.

Knows the verbs by name only, and nothing of what they do.
"""

import sys
from importlib import import_module
from typing import Any

import click

from wiretape.cli.outcome import exit_code_of

VERBS = (
    "record",
    "replay",
    "ls",
    "show",
    "play",
    "check",
    "stats",
    "diff",
    "fsck",
    "recover",
    "merge",
    "trim",
    "scan",
    "redact",
    "import",
    "export",
    "torture",
    "demo",
    "completion",
)

_MODULES = {"import": "importing"}
"""Where a verb's own name is a word of Python."""


class Verbs(click.Group):
    """Loads `wiretape.cli.verbs.NAME` and takes its `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module = _MODULES.get(cmd_name, cmd_name)
        command: click.Command = import_module(f"wiretape.cli.verbs.{module}").command
        return command

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run and exit; every error a person can act on becomes one line."""
        kwargs["standalone_mode"] = False
        sys.exit(exit_code_of(lambda: super(Verbs, self).main(*args, **kwargs)))


def _print_version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        from wiretape.cli.version import tool_version

        click.echo(f"wiretape {tool_version()}")
        ctx.exit()


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version and exit.",
)
def wiretape() -> None:
    """Record the event streams of LLM providers and play them back.

    The same bytes, at the same moments, to any client.
    """


def main() -> None:
    """Entry point of the `wiretape` script."""
    wiretape(prog_name="wiretape")
