"""What a program with a real client does, and everything it gets to see of the answer.

The client, its options and its calls are those of a user: only the base URLs differ between a
recording and a replay, and they come from the environment. Knows the clients, nothing of
wiretape. Run as a program, it makes every call and prints what it saw as JSON, one line a call:

    OPENAI_BASE_URL=... ANTHROPIC_BASE_URL=... python tests/clients/calls.py
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import aiohttp
import anthropic
import openai

ClientKind = Literal["sync", "async", "aiohttp"]
Dialect = Literal["chat", "responses", "messages"]
Arguments = dict[str, Any]

KINDS: tuple[ClientKind, ...] = ("sync", "async", "aiohttp")
DIALECTS: tuple[Dialect, ...] = ("chat", "responses", "messages")

KEY = "sk-no-real-key-0123456789abcdef"


@dataclass(frozen=True)
class Bases:
    """The base URLs, each as its SDK wants it."""

    openai: str
    anthropic: str

    @classmethod
    def under(cls, url: str) -> "Bases":
        """Those of a recorder or a replay server at `url`."""
        return cls(f"{url}/openai/v1", f"{url}/anthropic")

    @classmethod
    def from_environment(cls) -> "Bases":
        return cls(os.environ["OPENAI_BASE_URL"], os.environ["ANTHROPIC_BASE_URL"])

    @property
    def environment(self) -> dict[str, str]:
        return {"OPENAI_BASE_URL": self.openai, "ANTHROPIC_BASE_URL": self.anthropic}

    def url(self, dialect: Dialect) -> str:
        """Where a client without an SDK posts to."""
        return {
            "chat": f"{self.openai}/chat/completions",
            "responses": f"{self.openai}/responses",
            "messages": f"{self.anthropic}/v1/messages",
        }[dialect]


@dataclass
class Seen:
    """Everything a call showed its caller, as data that compares and prints."""

    objects: list[Any] = field(default_factory=list)
    """The objects of a stream in order, or the one answer. Of aiohttp: status, headers, and the
    body in its HTTP chunks."""
    error: dict[str, Any] | None = None
    """The exception that ended it: type, message, status and body."""

    def fail(self, error: Exception) -> None:
        self.error = {
            "type": f"{type(error).__module__}.{type(error).__qualname__}",
            "message": str(error),
            "status": getattr(error, "status_code", None),
            "body": getattr(error, "body", None),
            "cause": None if error.__cause__ is None else repr(error.__cause__),
        }


def arguments(dialect: Dialect, prompt: str, *, stream: bool, model: str = "m") -> Arguments:
    """What to ask: the arguments of the SDK's method, which are the request's JSON."""
    asked: Arguments = {"model": model, "stream": stream}
    turns = [{"role": "user", "content": prompt}]
    match dialect:
        case "chat":
            return {**asked, "messages": turns, "max_completion_tokens": 40}
        case "responses":
            return {**asked, "input": prompt, "max_output_tokens": 40}
        case "messages":
            return {**asked, "messages": turns, "max_tokens": 40}


async def call(
    kind: ClientKind, dialect: Dialect, bases: Bases, asked: Arguments, *, retries: int = 0
) -> Seen:
    """Make one call with a client of its own. Without retries every answer is seen."""
    match kind:
        case "sync":
            return await asyncio.to_thread(_call_sync, dialect, bases, asked, retries)
        case "async":
            return await _call_async(dialect, bases, asked, retries)
        case "aiohttp":
            return await _call_aiohttp(bases.url(dialect), asked)


def _options(base_url: str, retries: int) -> Arguments:
    # A limit in time, so that no test hangs.
    return {"base_url": base_url, "api_key": KEY, "max_retries": retries, "timeout": 30}


def _call_sync(dialect: Dialect, bases: Bases, asked: Arguments, retries: int) -> Seen:
    seen = Seen()
    client = (
        anthropic.Anthropic(**_options(bases.anthropic, retries))
        if dialect == "messages"
        else openai.OpenAI(**_options(bases.openai, retries))
    )
    with client:
        try:
            answer = _resource(dialect, client).create(**asked)
            for part in answer if asked["stream"] else [answer]:
                seen.objects.append(part.model_dump(mode="json"))
        except Exception as error:
            seen.fail(error)
    return seen


def _async_client(
    dialect: Dialect, bases: Bases, retries: int = 0
) -> openai.AsyncOpenAI | anthropic.AsyncAnthropic:
    if dialect == "messages":
        return anthropic.AsyncAnthropic(**_options(bases.anthropic, retries))
    return openai.AsyncOpenAI(**_options(bases.openai, retries))


async def _call_async(dialect: Dialect, bases: Bases, asked: Arguments, retries: int) -> Seen:
    seen = Seen()
    async with _async_client(dialect, bases, retries) as client:
        try:
            answer = await _resource(dialect, client).create(**asked)
            async for part in answer if asked["stream"] else _only(answer):
                seen.objects.append(part.model_dump(mode="json"))
        except Exception as error:
            seen.fail(error)
    return seen


def _resource(dialect: Dialect, client: Any) -> Any:
    """What has the methods that ask, in a client of either SDK."""
    match dialect:
        case "chat":
            return client.chat.completions
        case "responses":
            return client.responses
        case "messages":
            return client.messages


async def _only(answer: Any) -> AsyncIterator[Any]:
    yield answer


async def _call_aiohttp(url: str, asked: Arguments) -> Seen:
    """Bytes as they came: the pairs of the head, and the body as its HTTP chunks."""
    seen = Seen()
    body = {**asked, **asked.get("extra_body", {})}
    body.pop("extra_body", None)
    async with aiohttp.ClientSession() as session:
        try:
            async with session.post(url, json=body) as response:
                pairs = [(name.decode(), value.decode()) for name, value in response.raw_headers]
                seen.objects += [response.status, response.reason, pairs]
                chunk = b""
                async for data, ends_chunk in response.content.iter_chunks():
                    chunk += data
                    # The last HTTP chunk is empty; aiohttp shows it when it comes by itself.
                    if ends_chunk and chunk:
                        seen.objects.append(chunk.decode("latin-1"))
                        chunk = b""
                seen.objects.append(chunk.decode("latin-1"))
        except Exception as error:
            seen.fail(error)
    return seen


async def final_message(dialect: Dialect, bases: Bases, asked: Arguments) -> Seen:
    """Stream with the SDK's own helper: the events it makes of the stream, then what it has put
    together at the end."""
    seen = Seen()
    asked = {name: value for name, value in asked.items() if name != "stream"}
    async with _async_client(dialect, bases) as client:
        try:
            async with _resource(dialect, client).stream(**asked) as stream:
                # openai's helper builds types that its own serializer warns of.
                async for event in stream:
                    seen.objects.append(event.model_dump(mode="json", warnings=False))
                final = await getattr(stream, _FINAL[dialect])()
                seen.objects.append(final.model_dump(mode="json", warnings=False))
        except Exception as error:
            seen.fail(error)
    return seen


_FINAL: dict[Dialect, str] = {
    "chat": "get_final_completion",
    "responses": "get_final_response",
    "messages": "get_final_message",
}


def every_call() -> Iterator[tuple[ClientKind, Dialect, Arguments]]:
    """Each client with each dialect, streamed and not."""
    for kind in KINDS:
        for dialect in DIALECTS:
            for stream in (True, False):
                yield kind, dialect, arguments(dialect, f"Hello from {kind}", stream=stream)


async def main() -> None:
    bases = Bases.from_environment()
    for kind, dialect, asked in every_call():
        seen = await call(kind, dialect, bases, asked)
        line = {"client": kind, "dialect": dialect, "stream": asked["stream"], **asdict(seen)}
        sys.stdout.write(json.dumps(line, sort_keys=True) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
