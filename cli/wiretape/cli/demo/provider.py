"""A small provider: `python -m wiretape.cli.demo.provider` streams the demo's scripts.

A real HTTP server in a process of its own. Prints where it listens, serves until its stdin ends (so
that it never outlives the demo). Knows the scripts and asyncio, nothing of cassettes.
"""

import asyncio
import socket
import struct
import sys
from collections.abc import Mapping
from email.utils import formatdate

import click
import msgspec

from wiretape.cli.demo.scripts import Script, scripts

BEFORE_RESET_S = 0.15
"""A reset throws away what the other side has not read yet; a provider that fails mid-stream
does so long after its last bytes were read."""

LINGER_OFF = struct.pack("ii", 1, 0)
"""SO_LINGER on with zero seconds: closing sends RST in the place of FIN (socket(7))."""

NOT_FOUND = (
    b"HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 68\r\n\r\n"
    b'{"error":{"message":"no such model","type":"invalid_request_error"}}'
)


class _Asked(msgspec.Struct):
    model: str


async def serve(port: int) -> None:
    """Serve on 127.0.0.1 until stdin ends."""
    by_model = {script.model: script for script in scripts()}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await _answer_one(reader, writer, by_model):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port)
    port = server.sockets[0].getsockname()[1]
    click.echo(f"the demo's provider is at http://127.0.0.1:{port}")
    async with server:
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def _answer_one(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, by_model: Mapping[str, Script]
) -> bool:
    """One request; False where the connection is over."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = int(head.partition("\r\ncontent-length:")[2].partition("\r\n")[0] or 0)
    body = await reader.readexactly(length)
    try:
        script = by_model[msgspec.json.decode(body, type=_Asked).model]
    except (msgspec.DecodeError, KeyError):
        writer.write(NOT_FOUND)
        return True
    await _stream(script, writer)
    return not script.reset


async def _stream(script: Script, writer: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    due = loop.time()
    writer.write(_head(script))
    for piece in script.pieces:
        due += piece.after_ms / 1000
        await asyncio.sleep(due - loop.time())
        writer.write(b"%x\r\n%b\r\n" % (len(piece.data), piece.data))
        await writer.drain()
    if not script.reset:
        writer.write(b"0\r\n\r\n")
        return
    await asyncio.sleep(BEFORE_RESET_S)
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_OFF)
    writer.transport.abort()


def _head(script: Script) -> bytes:
    lines = (
        "HTTP/1.1 200 OK",
        f"Date: {formatdate(usegmt=True)}",
        "Content-Type: text/event-stream; charset=utf-8",
        "Transfer-Encoding: chunked",
        "Connection: keep-alive",
        "openai-version: 2020-10-01",
        f"x-request-id: req_{script.model}",
        "x-ratelimit-limit-requests: 500",
        "x-ratelimit-remaining-requests: 499",
        "Server: wiretape-demo",
    )
    return "\r\n".join((*lines, "", "")).encode()


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0)
def main(port: int) -> None:
    """Serve the demo's streams."""
    asyncio.run(serve(port))


if __name__ == "__main__":
    main()
