"""The replay server with the workload on its tape. Prints its port, serves until stopped."""

import asyncio

from benchmarks.workload import tape
from wiretape.replay import Player, ReplayServer


async def serve() -> None:
    server = ReplayServer(Player([tape()]))
    await server.start()
    print(server.url.rpartition(":")[2], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
