"""What the benchmark compares with: a stock aiohttp server that sleeps per stream.

`await asyncio.sleep(due - now)` and `StreamResponse.write`, for each chunk of each stream: the
loop that one writes first. It counts from the request and never from the chunk before, so its
lateness does not add up. Prints its port, serves until it is stopped.
"""

import asyncio

from aiohttp import web

from benchmarks.workload import chunk_bodies, chunk_times

CHUNKS = [(at_ns / 1e9, body) for at_ns, body in zip(chunk_times(), chunk_bodies(), strict=True)]


async def answer(request: web.Request) -> web.StreamResponse:
    await request.read()
    loop = asyncio.get_running_loop()
    zero = loop.time()
    response = web.StreamResponse()
    response.content_type = "text/event-stream"
    response.enable_chunked_encoding()
    for due, body in CHUNKS:
        await asyncio.sleep(zero + due - loop.time())
        if not response.prepared:
            await response.prepare(request)
        await response.write(body)
    await response.write_eof()
    return response


async def serve() -> None:
    app = web.Application()
    app.router.add_post("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
