"""Signals at each stage of a program's end."""

import asyncio
import signal
import subprocess
import sys

import pytest

from tests.cli.processes import environment
from wiretape.cli.stopping import StopSignals, interruptible

ENDING = """
import asyncio, time
from wiretape.cli.stopping import StopSignals

async def main():
    with StopSignals() as signals:
        print("up", flush=True)
        await signals.asked.wait()
        signals.give_up_on_next("left in the journal")
        print("ending", flush=True)
        time.sleep(60)  # the loop is busy

asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_second_signal_ends_it_at_once(number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", ENDING],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.send_signal(number)
    assert process.stdout.readline() == "ending\n"
    process.send_signal(number)
    _, said = process.communicate()
    assert (process.returncode, said) == (128 + number, "wiretape: left in the journal\n")


async def test_the_first_signal_is_an_event() -> None:
    with StopSignals() as signals:
        signal.raise_signal(signal.SIGTERM)
        await signals.asked.wait()


async def test_interruptible_work_cleans_up() -> None:
    cleaned: list[str] = []

    async def work() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
            await asyncio.Event().wait()
        finally:
            cleaned.append("up")

    with pytest.raises(KeyboardInterrupt):
        await interruptible(work())
    assert cleaned == ["up"]


async def test_interruptible_work_gives_its_result() -> None:
    async def work() -> int:
        return 7

    assert await interruptible(work()) == 7
