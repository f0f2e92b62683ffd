"""From what a verb did to an exit code, and from an error to one line on stderr.

0 done, 1 something went wrong or was lost, 2 misuse, 130 interrupted. The errors of the other
rooms are looked up only once one is on its way, because importing them costs time.
"""

import os
import sys
from collections.abc import Callable

import click

from wiretape.cli.console import say
from wiretape.cli.errors import CliError

INTERRUPTED = 130

DEBUG = "WIRETAPE_DEBUG"
"""Where this variable is set, an error nobody foresaw shows its traceback."""

_FAMILIES = (
    ("wiretape.cassettes.errors", "CassetteError"),
    ("wiretape.recorder.errors", "RecorderError"),
    ("wiretape.replay.errors", "ReplayError"),
)


def exit_code_of(run: Callable[[], object]) -> int:
    """Run a command; what it returns is its exit code where that is a number."""
    try:
        result = run()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return error.exit_code
    except click.ClickException as error:
        say(_one_line(error))
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except CliError as error:
        say(str(error))
        return error.exit_code
    except _errors_of_rooms() as error:
        say(str(error))
        return 1
    except OSError as error:
        say(f"{error.filename or 'output'}: {error.strerror or error}")
        return 1
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        what = " ".join(f"{type(error).__name__}: {error}".split())
        say(f"a defect of wiretape itself ({what}); {DEBUG}=1 shows where, please report it")
        return 1
    return result if isinstance(result, int) else 0


def _errors_of_rooms() -> tuple[type[Exception], ...]:
    loaded = ((sys.modules.get(module), name) for module, name in _FAMILIES)
    return tuple(getattr(module, name) for module, name in loaded if module is not None)


def _one_line(error: click.ClickException) -> str:
    message = " ".join(error.format_message().split()).rstrip(".")
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"{message} (see '{error.ctx.command_path} --help')"
    return message
