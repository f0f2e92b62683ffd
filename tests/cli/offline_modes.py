"""Runs `wiretape` in this process under an audit hook; writes what the hook saw to a file.

Run by test_modes.py as `python -m tests.cli.offline_modes FILE ARGUMENTS...`.
"""

import json
import sys
from pathlib import Path
from typing import Any

from wiretape.cli.main import main

seen: list[tuple[str, str]] = []


def watch(name: str, arguments: tuple[Any, ...]) -> None:
    if name in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        seen.append((name, repr(arguments[1] if name == "socket.connect" else arguments[0])))


if __name__ == "__main__":
    sys.addaudithook(watch)
    file = Path(sys.argv.pop(1))
    try:
        main()
    finally:
        file.write_text(json.dumps({"seen": seen, "modules": sorted(sys.modules)}))
