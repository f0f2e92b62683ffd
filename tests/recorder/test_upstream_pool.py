"""Which connection a request gets."""

import socket
import time
from collections.abc import Iterator

import pytest

from wiretape.recorder import Upstream
from wiretape.recorder.upstream_connection import UpstreamConnection
from wiretape.recorder.upstream_pool import UpstreamPool


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A server whose connections a test accepts by hand, with no loop between."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


async def connect(
    pool: UpstreamPool, listening: socket.socket
) -> tuple[UpstreamConnection, socket.socket]:
    """A new connection, ready to be used again, and its other end."""
    connection = await pool.connection(upstream_of(listening))
    peer, _ = listening.accept()
    connection.reusable = True
    return connection, peer


def upstream_of(listening: socket.socket) -> Upstream:
    return Upstream("up", f"http://127.0.0.1:{listening.getsockname()[1]}")


async def test_the_last_used_is_used_first(listening: socket.socket) -> None:
    pool, upstream = UpstreamPool(time.monotonic_ns), upstream_of(listening)
    (first, one), (second, two) = [await connect(pool, listening) for _ in range(2)]
    pool.put_back(upstream, first)
    pool.put_back(upstream, second)
    assert await pool.connection(upstream) is second
    assert await pool.connection(upstream) is first
    for each in (first, second):
        each.abort()
    one.close()
    two.close()


async def test_one_that_the_upstream_has_closed_is_not_used(listening: socket.socket) -> None:
    """Not even where the loop has not been told yet."""
    pool, upstream = UpstreamPool(time.monotonic_ns), upstream_of(listening)
    first, peer = await connect(pool, listening)
    pool.put_back(upstream, first)
    peer.close()
    second, peer = await connect(pool, listening)
    assert second is not first
    assert first.closed
    second.abort()
    peer.close()


async def test_one_that_is_not_fit_is_closed(listening: socket.socket) -> None:
    pool, upstream = UpstreamPool(time.monotonic_ns), upstream_of(listening)
    connection, peer = await connect(pool, listening)
    connection.reusable = False
    pool.put_back(upstream, connection)
    assert connection.closed
    peer.close()


async def test_closing_closes_what_is_idle(listening: socket.socket) -> None:
    pool, upstream = UpstreamPool(time.monotonic_ns), upstream_of(listening)
    connection, peer = await connect(pool, listening)
    pool.put_back(upstream, connection)
    pool.close()
    assert connection.closed
    peer.close()
