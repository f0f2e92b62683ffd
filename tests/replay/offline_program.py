"""Replays a tape in a fresh interpreter under an audit hook; prints what the hook saw.

Run by test_offline.py. The client is a bare socket in the same process, so one connection
outward, its own, is expected and named.
"""

import asyncio
import json
import socket
import sys
from typing import Any

from tests.interactions import make_interaction
from wiretape.replay import Pace, Player, ReplayServer

ASKED = b'{"model":"m","input":"hi","stream":true}'
REQUEST = b"POST /openai/v1/responses HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b"

seen: list[tuple[str, str]] = []


def watch(name: str, arguments: tuple[Any, ...]) -> None:
    if name in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        seen.append((name, repr(arguments[1] if name == "socket.connect" else arguments[0])))


def ask(address: tuple[str, int]) -> bytes:
    with socket.create_connection(address) as client:
        client.sendall(REQUEST % (len(ASKED), ASKED))
        received = b""
        while not received.endswith(b"0\r\n\r\n"):
            received += client.recv(65536)
    return received


async def main() -> None:
    sys.addaudithook(watch)
    server = ReplayServer(Player([make_interaction()]), pace=Pace(instant=True))
    await server.start()
    served = list(seen)
    port = int(server.url.rpartition(":")[2])
    answer = await asyncio.to_thread(ask, ("127.0.0.1", port))
    await server.close()
    print(
        json.dumps(
            {
                "answer": answer.decode(),
                "starting": served,
                "playing": [one for one in seen if one not in served],
                "client": repr(("127.0.0.1", port)),
                "modules": sorted(sys.modules),
            }
        )
    )


if __name__ == "__main__":
    asyncio.run(main())
