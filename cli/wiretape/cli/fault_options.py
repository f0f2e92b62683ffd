"""The options that say what is to go wrong: `--fault`, `--seed`, `--faults`.

Knows click; the faults themselves are imported only where one is said.
"""

from typing import Any

import click

LIST = "list"


class FaultText(click.ParamType[Any]):
    """`cut(after=7)`, or several with semicolons between them."""

    name = "fault"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "FAULT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        if value == LIST:
            _list_faults()
            if ctx is not None:
                ctx.exit()
        from wiretape.replay.errors import BadFault
        from wiretape.replay.faults import parse_faults

        try:
            return parse_faults(value)
        except BadFault as error:
            self.fail(str(error), param, ctx)


def _list_faults() -> None:
    from wiretape.cli.views.fault_list import fault_lines

    for line in fault_lines():
        click.echo(line)


def _listed(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        _list_faults()
        ctx.exit()


fault_option = click.option(
    "--fault",
    "faults",
    type=FaultText(),
    multiple=True,
    is_eager=True,
    help="Let this go wrong, such as 'cut(after=7)'. May be repeated; 'list' lists them.",
)
faults_option = click.option(
    "--faults",
    "listing_faults",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_listed,
    help="List what can go wrong, and exit.",
)
seed_option = click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    help="What faults choose by chance: the same seed, the same choice.",
)
