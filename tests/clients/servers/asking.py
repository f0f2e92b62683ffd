"""Asks a server through `wiretape record`, lets `wiretape check` look, and reads the tape.

The commands are processes of their own, as for a user; so what a test says of a server is what
anybody finds.
"""

import asyncio
import json
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from tests.clients.commands import WIRETAPE, environment, serving
from wiretape.cassettes import Cassette
from wiretape.cassettes.meaning import Meaning, read_meaning
from wiretape.cassettes.model import Response

Api = Literal["chat", "responses", "messages", "completions", "gemini"]

LIMIT = 16
"""Tokens: the tiny models go on until they are stopped. LiteLLM asks for no fewer of Responses."""

PROMPT = "hi"


class Question(NamedTuple):
    """One request."""

    path: str
    body: dict[str, Any]
    headers: Mapping[str, str] = {}


class Told(NamedTuple):
    """One answer as it is on the tape."""

    response: Response
    meaning: Meaning
    findings: tuple[dict[str, Any], ...]
    """As `wiretape check --json` prints them."""

    @property
    def rules(self) -> Counter[str]:
        """Rule ids, each with the number of its findings."""
        return Counter(finding["rule"] for finding in self.findings)


def question(
    api: Api, model: str, *, stream: bool, prompt: str = PROMPT, key: str = ""
) -> Question:
    """What is asked of every server: to go on for `LIMIT` tokens, the likeliest each."""
    asked: dict[str, Any] = {"model": model, "stream": stream, "temperature": 0}
    turns = [{"role": "user", "content": prompt}]
    usage = {"stream_options": {"include_usage": True}} if stream else {}
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    match api:
        case "chat":
            path, more = "/v1/chat/completions", {"messages": turns, "max_tokens": LIMIT, **usage}
        case "responses":
            path, more = "/v1/responses", {"input": prompt, "max_output_tokens": LIMIT}
        case "messages":
            path, more = "/v1/messages", {"messages": turns, "max_tokens": LIMIT}
        case "completions":
            # What the servers make of the turns of the other APIs, by the model's template.
            prompt = f"<|turn|>user\n{prompt}<|end|>\n<|turn|>assistant\n"
            path, more = "/v1/completions", {"prompt": prompt, "max_tokens": LIMIT, **usage}
        case "gemini":
            method = "streamGenerateContent?alt=sse" if stream else "generateContent"
            asked = {"contents": [{"role": "user", "parts": [{"text": prompt}]}]}
            path = f"/v1beta/models/{model}:{method}"
            more = {"generationConfig": {"maxOutputTokens": LIMIT, "temperature": 0}}
    return Question(path, {**asked, **more}, headers)


def ask(url: str, tape: Path, questions: Iterable[Question]) -> list[Told]:
    """Ask the server at `url` one question after the other; what it said, in their order."""
    asyncio.run(_record(url, tape, list(questions)))
    checked = asyncio.run(_check(tape))
    with Cassette.open(tape) as cassette:
        interactions = list(cassette)
    assert len(interactions) == len(checked)
    told = []
    for interaction, findings in zip(interactions, checked, strict=True):
        assert interaction.response is not None
        assert interaction.timeline.ending.kind == "complete"
        told.append(Told(interaction.response, read_meaning(interaction), findings))
    return told


async def _record(url: str, tape: Path, questions: list[Question]) -> None:
    options = ("--to", str(tape), "--upstream", f"server={url}")
    async with serving("record", *options) as bases:
        recorder = bases.anthropic.removesuffix("/anthropic")
        for one in questions:
            await asyncio.to_thread(_post, f"{recorder}/server{one.path}", one)


def _post(url: str, asked: Question) -> None:
    """Read the whole answer, whatever its status, by nothing but a socket."""
    data = json.dumps(asked.body).encode()
    headers = {"Content-Type": "application/json", **asked.headers}
    made = urllib.request.Request(url, data=data, headers=headers)
    try:
        with urllib.request.urlopen(made, timeout=120) as response:
            response.read()
    except urllib.error.HTTPError as error:
        error.read()


async def _check(tape: Path) -> list[tuple[dict[str, Any], ...]]:
    """The findings of each interaction."""
    process = await asyncio.create_subprocess_exec(
        *(*WIRETAPE, "check", "--json", str(tape)),
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, said = await process.communicate()
    rows = [json.loads(line) for line in output.splitlines()]
    errors = [found for row in rows for found in row["findings"] if found["severity"] == "error"]
    assert process.returncode == bool(errors), said.decode()
    return [tuple(row["findings"]) for row in rows]
