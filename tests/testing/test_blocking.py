"""What is outward, and that it is refused."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from wiretape.recorder.upstreams import BUILT_IN, Upstream
from wiretape.testing.blocking import Block, Playing, is_provider, outward, places_of
from wiretape.testing.errors import NetworkBlocked

ELSEWHERE = ("192.0.2.1", 443)
"""TEST-NET-1 of RFC 5737: nobody is there."""


@pytest.mark.parametrize(
    ("name", "arguments", "place"),
    [
        ("socket.connect", (None, ELSEWHERE), "192.0.2.1:443"),
        ("socket.connect", (None, ("2001:db8::1", 443, 0, 0)), "2001:db8::1:443"),
        ("socket.connect", (None, ("127.0.0.1", 80)), ""),
        ("socket.connect", (None, ("127.8.9.1", 80)), ""),
        ("socket.connect", (None, ("::1", 80, 0, 0)), ""),
        ("socket.connect", (None, "/run/docker.sock"), ""),
        ("socket.sendto", (None, ELSEWHERE), "192.0.2.1:443"),
        ("socket.sendto", (None, None), ""),
        ("socket.sendmsg", (None, ELSEWHERE), "192.0.2.1:443"),
        ("socket.sendmsg", (None, None), ""),
        ("socket.sendmsg", (None, ("127.0.0.1", 80)), ""),
        ("socket.gethostbyname", ("api.openai.com",), "api.openai.com"),
        ("socket.gethostbyname", (socket.gethostname(),), ""),
        ("socket.gethostbyaddr", ("192.0.2.1",), "192.0.2.1"),
        ("socket.getnameinfo", (ELSEWHERE,), "192.0.2.1:443"),
        ("socket.getnameinfo", (("::1", 80),), ""),
        ("socket.getaddrinfo", ("api.openai.com", 443, 0, 0, 0), "api.openai.com:443"),
        ("socket.getaddrinfo", (b"api.openai.com", None, 0, 0, 0), "api.openai.com"),
        ("socket.getaddrinfo", ("localhost", 443, 0, 0, 0), ""),
        ("socket.getaddrinfo", (None, 443, 0, 0, 0), ""),
    ],
)
def test_outward(name: str, arguments: tuple[object, ...], place: str) -> None:
    assert outward(name, arguments) == place


def test_refused_from_begin_to_end() -> None:
    block = Block()
    block.begin()
    try:
        with pytest.raises(NetworkBlocked, match=r"192\.0\.2\.1:443: the network is blocked"):
            socket.create_connection(ELSEWHERE)
        with pytest.raises(ConnectionRefusedError):
            socket.getaddrinfo("api.openai.com", 443)
    finally:
        block.end()
    assert block.refused == ("192.0.2.1:443", "api.openai.com:443")


def _datagram() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.sendmsg([b"x"], [], 0, ELSEWHERE)


@pytest.mark.parametrize(
    ("call", "place"),
    [
        (lambda: socket.gethostbyname("api.openai.com"), "api.openai.com"),
        (lambda: socket.gethostbyname_ex("api.openai.com"), "api.openai.com"),
        (lambda: socket.gethostbyaddr("192.0.2.1"), "192.0.2.1"),
        (lambda: socket.getnameinfo(ELSEWHERE, 0), "192.0.2.1:443"),
        (_datagram, "192.0.2.1:443"),
    ],
)
def test_whatever_way_leads_out(call: Callable[[], object], place: str) -> None:
    block = Block()
    block.begin()
    try:
        with pytest.raises(NetworkBlocked):
            call()
        assert socket.getfqdn("api.openai.com") == "api.openai.com"  # keeps errors to itself
    finally:
        block.end()
    assert block.refused == (place, "api.openai.com")


def test_the_thread_that_records_may_reach_out() -> None:
    block = Block()
    raised: list[BaseException] = []

    def connect() -> None:
        with socket.socket() as one:
            one.setblocking(False)
            try:
                one.connect(("192.0.2.1", 443))
            except OSError as error:  # in progress, or unreachable: both are past the block
                raised.append(error)

    block.begin()
    try:
        thread = threading.Thread(target=connect, name="wiretape-serving")
        thread.start()
        thread.join()
    finally:
        block.end()
    assert not [error for error in raised if isinstance(error, NetworkBlocked)]
    assert block.refused == ()


@pytest.mark.parametrize("upstream", [one for one in BUILT_IN.values() if one.name != "ollama"])
def test_the_providers_are_those_of_the_recorder(upstream: Upstream) -> None:
    assert is_provider(upstream.host)
    assert is_provider(f"{upstream.host}:443")


@pytest.mark.parametrize(
    ("place", "is_one"),
    [
        ("eu.api.openai.com:443", True),
        ("mine.openai.azure.com:443", True),
        ("us-east5-aiplatform.googleapis.com", True),
        ("bedrock-runtime.us-east-1.amazonaws.com:443", True),
        ("s3.us-east-1.amazonaws.com:443", False),
        ("api.openai.com.example:443", False),
        ("huggingface.co:443", False),
        ("2001:db8::1:443", False),
    ],
)
def test_who_is_a_provider(place: str, is_one: bool) -> None:
    assert is_provider(place) == is_one


def test_providers_alone_are_refused_while_a_tape_is_played() -> None:
    block = Block()
    block.begin_playing(Playing())
    try:
        with pytest.raises(NetworkBlocked, match=r"openai\.com:443: no provider is asked while a"):
            socket.create_connection(("api.openai.com", 443))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one, suppress(OSError):
            one.connect(ELSEWHERE)  # sends nothing; a machine without a network has no way there
    finally:
        block.end_playing(Playing())
    assert block.refused == ("api.openai.com:443 (past the tape)",)


def test_a_provider_of_ones_own_is_refused_too() -> None:
    block = Block()
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_server(("", 0)) as other:
        port = server.getsockname()[1]
        places = places_of([f"http://localhost:{port}/v1", "https://Gateway.test/x", "nonsense:x"])
        assert places == {f"localhost:{port}", "gateway.test:443"}
        places |= {f"localhost:{other.getsockname()[1]}"}
        playing = Playing(places, places_of([f"http://127.0.0.1:{other.getsockname()[1]}"]))
        block.begin_playing(playing)
        try:
            with pytest.raises(NetworkBlocked):
                socket.create_connection(("127.0.0.1", port))
            with pytest.raises(NetworkBlocked):
                socket.getaddrinfo("gateway.test", 443)
            socket.create_connection(("127.0.0.1", other.getsockname()[1])).close()
        finally:
            block.end_playing(playing)
        socket.create_connection(("127.0.0.1", port)).close()


def test_this_machine_is_reached() -> None:
    block = Block()
    block.begin()
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname()).close()
    finally:
        block.end()
    assert block.refused == ()
