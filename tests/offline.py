"""Runs a module in a fresh interpreter under an audit hook, and says where it was about to go.

    python -m tests.offline SEEN.json MODULE ARGUMENTS...

The hook (PEP 578) sees every socket that Python makes in that process; those it starts are not
it. Where the system lets us, there is no network to reach either: a namespace with a loopback
alone, so that what works there needs none.
"""

import fcntl
import json
import os
import runpy
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tests.cli.processes import ROOT, environment

WATCHED = frozenset(
    {
        *("socket.connect", "socket.sendto", "socket.sendmsg"),
        *("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"),
    }
)

_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
"""netdevice(7)."""


class Seen(NamedTuple):
    """What a process did."""

    went: tuple[str, ...]
    """Hosts that it connected to, wrote to or looked up; each once."""
    modules: frozenset[str]

    @property
    def recorder(self) -> list[str]:
        """What it loaded of the room that talks to providers."""
        return [name for name in self.modules if name.startswith("wiretape.recorder")]


def watched(seen: Path, *module: str) -> tuple[str, ...]:
    """The command that runs a module and its arguments under the hook."""
    return (sys.executable, "-m", "tests.offline", str(seen), *module)


def paths() -> dict[str, str]:
    """The environment for it."""
    ours = environment()
    return {**ours, "PYTHONPATH": os.pathsep.join([ours["PYTHONPATH"], str(ROOT)])}


def run(cwd: Path, *command: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command to its end, with no network where that can be."""
    return subprocess.run(
        (*_alone(), *command), cwd=cwd, env=paths(), capture_output=True, timeout=60, check=False
    )


def read(seen: Path) -> Seen:
    told = json.loads(seen.read_text())
    return Seen(tuple(sorted(set(told["went"]))), frozenset(told["modules"]))


@cache
def _alone() -> Sequence[str]:
    """What puts a command into a namespace of its own; nothing where that is not allowed."""
    unshare = ("unshare", "--map-root-user", "--net")
    try:
        tried = subprocess.run((*unshare, "true"), capture_output=True, check=False)
    except OSError:
        return ()
    return unshare if tried.returncode == 0 else ()


def raise_loopback() -> None:
    """In a namespace of its own it is down."""
    if sys.platform != "linux":
        return
    with socket.socket() as any_socket:
        asked = struct.pack("16sH14x", b"lo", 0)
        answer = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, asked)
        flags = struct.unpack("16sH14x", answer)[1]
        if not flags & _IFF_UP:
            fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | _IFF_UP))


def _place(name: str, arguments: tuple[Any, ...]) -> str:
    if name.startswith("socket.get"):
        return str(arguments[0])
    address = arguments[1]
    return str(address[0]) if isinstance(address, tuple) else ""


def _main() -> None:
    went: list[str] = []

    def watch(name: str, arguments: tuple[Any, ...]) -> None:
        if name in WATCHED and (place := _place(name, arguments)):
            went.append(place)

    raise_loopback()
    sys.addaudithook(watch)
    seen, module = Path(sys.argv[1]).resolve(), sys.argv[2]
    sys.argv = [module, *sys.argv[3:]]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        seen.write_text(json.dumps({"went": went, "modules": sorted(sys.modules)}))


if __name__ == "__main__":
    _main()
