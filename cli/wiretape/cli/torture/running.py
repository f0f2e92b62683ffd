"""Runs a client against a replay server of its own, once for each trial.

Heavy to import: the verb imports it when it runs. The server is the replay room's and opens no
connection; what the client opens is the client's business.
"""

import asyncio
import os
from collections.abc import Iterable

import msgspec

from wiretape.cassettes.client_variables import client_variables
from wiretape.cassettes.model import Interaction
from wiretape.cassettes.redaction import RedactionRules
from wiretape.cli.errors import NoBaseline
from wiretape.cli.torture.client_process import run_client
from wiretape.cli.torture.judging import Ran, Verdict, judged, last_words
from wiretape.cli.torture.seeing import SeenPlan
from wiretape.cli.torture.trials import Trial
from wiretape.replay import Pace, Player, ReplayServer

_KEYS = (
    *("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GROQ_API_KEY", "CO_API_KEY"),
    *("TOGETHER_API_KEY", "MISTRAL_API_KEY", "DEEPSEEK_API_KEY", "XAI_API_KEY"),
    *("OPENROUTER_API_KEY", "AZURE_OPENAI_API_KEY", "AWS_BEARER_TOKEN_BEDROCK", "HF_TOKEN"),
)
"""SDKs refuse to start without one."""
_NO_KEY = "wiretape-torture-no-key"
_URL = "WIRETAPE_URL"
"""Where the server is, for clients whose variables are not known."""


class Torture(msgspec.Struct, frozen=True):
    """What was asked for."""

    tape: tuple[Interaction, ...]
    command: tuple[str, ...]
    trials: tuple[Trial, ...]
    pace: Pace
    timeout: float
    """Seconds that one run may take."""
    seed: int
    jobs: int
    """Runs at the same time."""
    redaction: RedactionRules


class Tried(msgspec.Struct, frozen=True):
    """One trial and what it came to."""

    trial: Trial
    run: Ran
    verdict: Verdict


async def torture(asked: Torture) -> tuple[Ran, tuple[Tried, ...]]:
    """The run without a fault, and all trials in order. Raises NoBaseline, CommandNotFound."""
    baseline = await _baseline(asked)
    free = asyncio.Semaphore(asked.jobs)

    async def tried(trial: Trial) -> Tried:
        async with free:
            run = await _run(asked, (trial.fault,))
        return Tried(trial, run, judged(run, baseline, tells=trial.tells))

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(tried(trial)) for trial in asked.trials]
    return baseline, tuple(task.result() for task in tasks)


async def _baseline(asked: Torture) -> Ran:
    """Without a fault, twice: what differs by itself cannot show what a fault does."""
    first = await _run(asked, ())
    if first.code is None:
        raise NoBaseline(f"it did not end within {asked.timeout:g} s", asked.command)
    if first.code:
        said = last_words(first.stderr) or "without a word"
        raise NoBaseline(f"it ended with exit code {first.code}: {said}", asked.command)
    if not first.asked:
        raise NoBaseline(f"it asked nothing of the server at ${_URL}", asked.command)
    if first.reason:
        raise NoBaseline(f"it asked what is not on the tape: {first.reason}", asked.command)
    second = await _run(asked, ())
    if second.stdout != first.stdout:
        raise NoBaseline("its output differs from run to run", asked.command)
    return first


async def _run(asked: Torture, faults: Iterable[str]) -> Ran:
    player = Player(asked.tape, redaction=asked.redaction)
    plan = SeenPlan(faults, seed=asked.seed)
    server = ReplayServer(player, pace=asked.pace, faults=plan)
    await server.start()
    try:
        ended = await run_client(asked.command, _environment(server.url), asked.timeout)
    finally:
        await server.close()
    reason = plan.reason or (f"{player.misses} of its requests" if player.misses else "")
    return Ran(
        ended.code,
        ended.stdout,
        ended.stderr,
        ended.seconds,
        tuple(plan.asked),
        plan.met,
        reason,
        plan.broken,
    )


def _environment(url: str) -> dict[str, str]:
    """Ours, with every client sent to the server and none without a key: what is not on the tape
    is told so there, and goes to no provider."""
    keys = {name: _NO_KEY for name in _KEYS if name not in os.environ}
    return {**os.environ, **keys, **client_variables(url), _URL: url}
