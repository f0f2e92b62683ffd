"""The socket the proxy listens on, and the logger that says nothing.

Knows sockets; nothing of requests.
"""

import logging
import socket

from wiretape.recorder.errors import PortTaken

MAX_PORT = 65_535

BACKLOG = 1024
"""Connections the kernel holds for us: a load test connects a thousand at once."""


def bind(host: str, port: int) -> socket.socket:
    """A socket that has the address and does not listen yet. Raises PortTaken."""
    if not 0 <= port <= MAX_PORT:
        raise PortTaken(host, port, "no such port")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise PortTaken(host, port, str(error.strerror)) from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        listening.close()
        raise PortTaken(host, port, str(error.strerror)) from error
    return listening


def silent_logger() -> logging.Logger:
    """aiohttp logs a malformed request with the bytes it choked on, which may be a key."""
    logger = logging.Logger("wiretape.recorder.http")
    logger.addHandler(logging.NullHandler())
    return logger
