"""The Codex CLI streams from a tape what the tape holds: its reasoning, a call of a tool and the
answer after it, and the tokens of both turns."""

import asyncio
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.commands import listening
from tests.clients.npm.programs import INSTALLED, version
from tests.clients.tape import recording_of
from tests.clients.trying import Client, tries
from tests.corpus import Stream, streams
from tests.scripted_upstream import Script, ScriptedUpstream
from wiretape.cassettes import Cassette
from wiretape.cassettes.dialects.answer import Answer
from wiretape.cassettes.meaning import read_meaning
from wiretape.cassettes.model import Interaction

pytestmark = pytest.mark.clients

CODEX = Client(
    "@openai/codex",
    "npm",
    '`config.toml`: `[model_providers.NAME] base_url`, `wire_api = "responses"`',
    "The same `CODEX_HOME` and working folder as at recording: it tells the model both. "
    "`include_environment_context = false`, or the date too. Telemetry off: "
    "`[analytics] enabled = false`, `check_for_update_on_startup = false`.",
)
SETTINGS = """
model = "m"
model_provider = "tape"
include_environment_context = false
include_permissions_instructions = false
model_instructions_file = "{instructions}"
check_for_update_on_startup = false

[analytics]
enabled = false

[model_providers.tape]
name = "tape"
base_url = "{url}/openai/v1"
wire_api = "responses"
env_key = "TAPE_KEY"
request_max_retries = 0
stream_max_retries = 0
"""
CLI = INSTALLED / "@openai/codex/bin/codex.js"
TWO_TURNS = "xai_grok-4-1-fast-non-reasoning_can_use_tools_with_multi-turn_streaming"
"""Reasons and calls a tool, which Codex does not have and says so; reasons and answers."""
SECONDS = 60
"""Longer than a run takes, so that no test hangs."""


async def codex(folder: Path, url: str, prompt: str) -> list[dict[str, Any]]:
    """One run with a home of its own, always at the same place; what it prints."""
    home, work = folder / "home", folder / "work"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    work.mkdir(exist_ok=True)
    instructions = home / "instructions.md"
    instructions.write_text("Answer.")
    (home / "config.toml").write_text(SETTINGS.format(url=url, instructions=instructions))
    process = await asyncio.create_subprocess_exec(
        *("node", str(CLI), "exec", "--json", "--skip-git-repo-check"),
        *("--sandbox", "read-only", "--cd", str(work), prompt),
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "CODEX_HOME": str(home),
            "TAPE_KEY": "no-real-key",
            "NO_PROXY": "127.0.0.1",
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, errors = await asyncio.wait_for(process.communicate(), SECONDS)
    finally:
        if process.returncode is None:
            process.terminate()  # which its wrapper hands on
            await process.wait()
    assert process.returncode == 0, output.decode() + errors.decode()
    return [json.loads(line) for line in output.splitlines()]


def items(printed: list[dict[str, Any]], kind: str) -> list[str]:
    """The texts of the items of one kind."""
    done = [one["item"] for one in printed if one["type"] == "item.completed"]
    return [item["text"] for item in done if item["type"] == kind]


def usage(printed: list[dict[str, Any]]) -> tuple[int, int, int, int]:
    """Tokens in, of those cached, out, of those of reasoning."""
    told = printed[-1]["usage"]
    names = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_output_tokens")
    return tuple(told[name] for name in names)


def thought(answer: Answer) -> str:
    return "".join(part.text for part in answer.choices[0].reasoning)


def spent(answers: list[Answer]) -> tuple[int, ...]:
    """The tokens of all answers, as `usage` gives them."""
    told = [answer.usage for answer in answers if answer.usage]
    return (
        sum(one.input or 0 for one in told),
        sum(one.input_cached or 0 for one in told),
        sum(one.output or 0 for one in told),
        sum(one.reasoning or 0 for one in told),
    )


def script(stream: Stream) -> Iterator[bytes]:
    """A whole answer as a server sends it."""
    yield f"HTTP/1.1 200 OK\r\nContent-Type: {stream.content_type}\r\n".encode()
    yield b"Transfer-Encoding: chunked\r\n\r\n"
    for start in range(0, len(stream.body), 900):
        piece = stream.body[start : start + 900]
        yield b"%x\r\n%b\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


async def live_and_replayed(
    folder: Path, provider: str, prompt: str
) -> tuple[list[Any], list[Any], list[Interaction]]:
    """What Codex prints before a provider, and before the tape of that; and the tape."""
    tape = folder / "a.tape.zst"
    async with recording_of(tape, provider, "openai") as url:
        live = await codex(folder, url, prompt)
    async with listening("replay", str(tape), "--speed", "instant", "--after-last", "error") as url:
        replayed = await codex(folder, url, prompt)
    with Cassette.open(tape) as cassette:
        return live, replayed, list(cassette)


@pytest.mark.corpus
@tries(CODEX, "Responses: `codex exec`, two turns", "corpus")
async def test_two_turns(tmp_path: Path, record_property: Any) -> None:
    record_property("version", version("@openai/codex"))
    turns = [one for one in streams() if one.api == "responses" and TWO_TURNS in one.path][:2]
    scripts: list[Script] = [tuple(script(turn)) for turn in turns]
    async with ScriptedUpstream(*scripts) as provider:
        live, replayed, tape = await live_and_replayed(tmp_path, provider.url, "The weather?")
    assert [one.response and one.response.body for one in tape] == [turn.body for turn in turns]
    answers = [read_meaning(one).answer for one in tape]
    for printed in (live, replayed):
        assert items(printed, "reasoning") == [thought(answer) for answer in answers]
        assert items(printed, "agent_message") == [answer.text for answer in answers if answer.text]
        assert usage(printed) == spent(answers)
    asked = json.loads(tape[1].request.body)["input"][-2:]
    [call] = answers[0].choices[0].tool_calls
    assert (asked[0]["name"], asked[0]["call_id"]) == (call.name, call.call_id)
    assert json.loads(asked[0]["arguments"]) == call.args
    assert asked[1]["output"] == "unsupported call: weather"
    record_property("streams", len(tape))


@tries(CODEX, "Responses: `codex exec`", "live")
async def test_a_real_server(brief_llama_url: str, tmp_path: Path, record_property: Any) -> None:
    record_property("version", version("@openai/codex"))
    live, replayed, tape = await live_and_replayed(tmp_path, brief_llama_url, "Say é and 😀")
    [answer] = [read_meaning(one).answer for one in tape]
    for printed in (live, replayed):
        assert items(printed, "agent_message") == [answer.text] != [""]
        assert usage(printed) == spent([answer])
