"""The command that is recorded: started with variables that send its clients to the proxy."""

import asyncio
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from wiretape.cli.errors import CommandNotFound
from wiretape.cli.stopping import SIGNALLED, StopSignals

NOT_EXECUTABLE = 126


def check_command(command: Sequence[str]) -> None:
    """Raises CommandNotFound where there is no such program, before anything is started."""
    if shutil.which(command[0]) is None:
        if Path(command[0]).exists():
            raise CommandNotFound(command[0], "not an executable file", NOT_EXECUTABLE)
        raise CommandNotFound(command[0], "no such command")


async def run_command(
    command: Sequence[str], variables: Mapping[str, str], signals: StopSignals
) -> int:
    """Run to its end and return its exit code as a shell would give it.

    Its streams are ours, and so are the signals that reach us while it runs.
    """
    try:
        process = await asyncio.create_subprocess_exec(*command, env={**os.environ, **variables})
    except OSError as error:
        raise CommandNotFound(command[0], error.strerror or str(error), NOT_EXECUTABLE) from error
    signals.forward(process.pid)
    if signals.asked.is_set():  # it came before there was a command to pass it on to
        process.terminate()
    code = await process.wait()
    return code if code >= 0 else SIGNALLED - code
