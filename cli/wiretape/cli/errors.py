"""The errors of this room, named by cause.

    CliError
    ├── CommandNotFound    the command to record cannot be run
    ├── NumberNeeded       the cassette holds several interactions, and one must be chosen
    ├── NothingChosen      what was asked for is not on the cassette
    ├── NothingToCompare   there are no two sides, or nothing on them is a pair
    ├── NotCompared        something stood in the way of a diff
    ├── NotChecked         something stood in the way of a check
    ├── NotTried           something stood in the way of a torture
    ├── OneSideOnly        there is nothing to compare it with
    ├── NoBaseline         the command to torture does not work without a fault either
    ├── NotTheDemos        the demo will not write over a file that is not its own
    └── DemoFailed         a process of the demo did not do its part

Misuse (an option that cannot be) is click's UsageError, exit code 2.
"""

from collections.abc import Sequence
from pathlib import Path


class CliError(Exception):
    """Base of every error of this room. The message is one line a person can act on."""

    exit_code = 1


class CommandNotFound(CliError):
    """As shells do: 127 where there is no such program, 126 where it cannot be run."""

    def __init__(self, command: str, problem: str, exit_code: int = 127) -> None:
        self.exit_code = exit_code
        super().__init__(f"cannot run {command!r}: {problem}")


class NumberNeeded(CliError):
    """Which interaction is meant cannot be told."""

    def __init__(self, path: Path, count: int) -> None:
        super().__init__(
            f"{path}: it holds {count} interactions; give the number of one "
            f"('wiretape ls {path}' lists them)"
            if count
            else f"{path}: it is empty"
        )


class NothingChosen(CliError):
    """A choice of interactions that names what is not there."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem} ('wiretape ls {path}' lists what is there)")


class NothingToCompare(CliError):
    """Exit code 2, because 1 says of a diff that there are differences."""

    exit_code = 2


class NotCompared(CliError):
    """An error of another room, with the exit code of a diff."""

    exit_code = 2


class NotChecked(CliError):
    """The same for a check: exit code 1 says of it that there is an error on the tape."""

    exit_code = 2


class NotTried(CliError):
    """The same for a torture: exit code 1 says that a client took a fault badly."""

    exit_code = 2


class OneSideOnly(CliError):
    """A comparison of which only one side is there; exit code 2, as of all that are not made."""

    exit_code = 2

    def __init__(self, by: str, label: str) -> None:
        there = f"the only {by} is {label!r}" if label else "there are no interactions"
        super().__init__(f"nothing to compare: {there}")


class NoBaseline(CliError):
    """What a command does under a fault says nothing where it does not work without one."""

    exit_code = 2

    def __init__(self, problem: str, command: Sequence[str]) -> None:
        super().__init__(f"without a fault {' '.join(command)!r} does not work: {problem}")


class NotTheDemos(CliError):
    """The file exists and the demo did not make it."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path}: exists already, and the demo neither replaces nor appends to what is "
            "not its own; give another file with --to"
        )


class DemoFailed(CliError):
    """A process of the demo did not do its part."""
