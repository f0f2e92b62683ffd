"""The demo's provider as a process of its own, for tests that need somebody to record."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def provider_process() -> Iterator[str]:
    """Its base URL, while it runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "wiretape.cli.demo.provider"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        ready = process.stdout.readline()
        url = re.search(r"http://\S+", ready)
        assert url is not None, ready
        yield url[0]
    finally:
        process.stdin.close()
        process.wait(timeout=20)
        process.stdout.close()
