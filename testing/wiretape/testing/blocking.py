"""No way out: connections to other machines are refused while the network is blocked, and those
to providers while a tape is played.

An audit hook (PEP 578) sees every socket that Python makes, whatever library asks for it; not
uvloop's, nor those of subprocesses. This machine itself may be reached, and so may providers by
the thread that records. Knows sockets' addresses alone.
"""

import ipaddress
import re
import socket
import sys
import threading
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from wiretape.testing.errors import NetworkBlocked
from wiretape.testing.serving import THREADS

_NAMES = frozenset({"socket.gethostbyname", "socket.gethostbyaddr"})
"""Audit events of what asks for a name; gethostbyname_ex and getfqdn raise them as well."""

_ADDRESSES = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})

_WATCHED = _NAMES | _ADDRESSES | {"socket.getaddrinfo", "socket.getnameinfo"}

SHOWN = 10
PAST = " (past the tape)"
"""Behind a place that was refused because a tape was played."""

_PROVIDER = re.compile(
    r"(?:.*\.)?(?:api\.openai\.com|api\.anthropic\.com|generativelanguage\.googleapis\.com"
    r"|(?:[a-z0-9-]+-)?aiplatform\.googleapis\.com|router\.huggingface\.co|openrouter\.ai"
    r"|api\.groq\.com|api\.mistral\.ai|api\.deepseek\.com|api\.x\.ai|api\.together\.(?:xyz|ai)"
    r"|api\.cohere\.(?:com|ai)|openai\.azure\.com|bedrock-runtime\.[a-z0-9-]+\.amazonaws\.com)\.?",
    re.IGNORECASE,
)
"""Hosts of those that the recorder knows; which of its rooms says so is not loaded here."""

_ALL = "the network is blocked by --wiretape-block-network"
_WHILE_PLAYING = (
    "no provider is asked while a tape is played; a client that was made before the tape does "
    "not know of it: make it in the test or a fixture, or give it the tape's base_url"
)


class Playing(NamedTuple):
    """Of a tape that is played, as `places_of` gives them."""

    providers: frozenset[str] = frozenset()
    """That are refused beside the known ones."""
    servers: frozenset[str] = frozenset()
    """That play it, which may be asked."""


class Block:
    """Refuses all from `begin` to `end`, and providers from `begin_playing` to `end_playing`;
    keeps what it refused."""

    def __init__(self) -> None:
        self.refused: tuple[str, ...] = ()
        self._on = 0
        self._playing: list[Playing] = []
        self._hooked = False
        self._lock = threading.Lock()

    def begin(self) -> None:
        self._hook()
        with self._lock:
            self._on += 1

    def end(self) -> None:
        with self._lock:
            self._on -= 1

    def begin_playing(self, playing: "Playing") -> None:
        self._hook()
        with self._lock:
            self._playing.append(playing)

    def end_playing(self, playing: "Playing") -> None:
        with self._lock:
            self._playing.remove(playing)

    def _hook(self) -> None:
        with self._lock:
            if not self._hooked:  # a hook can never be taken off
                sys.addaudithook(self._audit)
                self._hooked = True

    def _audit(self, name: str, arguments: tuple[object, ...]) -> None:
        if not (self._on or self._playing) or name not in _WATCHED:
            return
        place = outward(name, arguments)
        past = self._past_the_tape(place, name, arguments)
        if not past and not (self._on and place):
            return
        if threading.current_thread().name.startswith(THREADS):
            return
        with self._lock:
            self.refused = (*self.refused, f"{past}{PAST}" if past else place)
        raise NetworkBlocked(past or place, _WHILE_PLAYING if past else _ALL)

    def _past_the_tape(self, place: str, name: str, arguments: tuple[object, ...]) -> str:
        """The provider that is meant while a tape is played; empty where none is."""
        if not self._playing:
            return ""
        if is_provider(place):
            return place
        host, port = _meant(name, arguments)
        if not isinstance(host, str) or not host:
            return ""
        here = _place(host, port)
        if any(here in one.servers for one in self._playing):
            return ""
        return here if any(here in one.providers for one in self._playing) else ""


def outward(name: str, arguments: tuple[object, ...]) -> str:
    """The other machine that is meant, as `HOST:PORT`; empty where it is this one."""
    host, port = _meant(name, arguments)
    if not isinstance(host, str) or is_here(host):
        return ""
    return f"{host}:{port}" if port else host


def _meant(name: str, arguments: tuple[object, ...]) -> tuple[object, object]:
    """Host and port, as Python's audit events give them."""
    port: object = None
    if name in _NAMES:
        host = arguments[0]
    elif name == "socket.getaddrinfo":
        host, port = arguments[0], arguments[1]
    else:
        address = arguments[1 if name in _ADDRESSES else 0]
        if not isinstance(address, tuple) or len(address) < 2:
            return None, None  # a Unix socket, or one that is connected already
        host, port = address[0], address[1]
    return host.decode("ascii", "replace") if isinstance(host, bytes) else host, port


def places_of(addresses: Iterable[str]) -> frozenset[str]:
    """`HOST:PORT` of each base URL, or of what `OLLAMA_HOST` may be; nothing of what is neither."""
    found: set[str] = set()
    for address in addresses:
        try:
            parts = urlsplit(address if "://" in address else f"//{address}")
            port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
        except ValueError:
            continue
        if parts.hostname and port:
            found.add(_place(parts.hostname, port))
    return frozenset(found)


def _place(host: str, port: object) -> str:
    return f"{'localhost' if is_here(host) else host.lower()}:{port}"


def is_provider(place: str) -> bool:
    """Whether a `HOST` or `HOST:PORT` is one of the known providers."""
    return _PROVIDER.fullmatch(place.rpartition(":")[0] or place) is not None


def is_here(host: str) -> bool:
    """Whether a name or an address is of this machine."""
    if host in ("", "localhost", "localhost.localdomain", "ip6-localhost", "0.0.0.0", "::"):  # noqa: S104
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host.endswith(".localhost") or host == socket.gethostname()


def blocked_text(places: Sequence[str]) -> str:
    """What a test is told; empty where nothing was blocked."""
    if not places:
        return ""
    counted = "1 connection was" if len(places) == 1 else f"{len(places)} connections were"
    shown = [f"  {place}" for place in places[:SHOWN]]
    more = [f"  ... and {len(places) - SHOWN} more"] if len(places) > SHOWN else []
    return "\n".join([f"{counted} blocked:", *shown, *more])


BLOCK = Block()
"""The one of this process."""
