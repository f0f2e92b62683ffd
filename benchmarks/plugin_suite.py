"""How long a suite of 200 streamed calls takes at `instant`.

Each call is a test with a cassette of its own, of the stream in `workload.py` (200 chunks, 3.7 s as
recorded). The client is the standard library's: what an SDK makes of 40,000 events is its
own affair. The time is that of the whole pytest run, start and imports included.

    python -m benchmarks.plugin_suite [--calls 200] [--runs 3]
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from msgspec.structs import replace

from benchmarks.workload import REQUEST_BODY, tape
from wiretape.cassettes.model import Session
from wiretape.cassettes.store import append

SESSION = Session(0, "2026-01-01T00:00:00.000000Z", "benchmark")

SUITE = f"""
import os, pytest, urllib.request

@pytest.mark.parametrize("number", range(CALLS))
def test_call(wiretape, number):
    url = os.environ["OPENAI_BASE_URL"] + "/responses"
    headers = {{"Content-Type": "application/json"}}
    request = urllib.request.Request(url, {REQUEST_BODY!r}, headers)
    with urllib.request.urlopen(request) as answer:
        assert len(answer.read()) > 50_000
"""


def project(folder: Path, calls: int) -> None:
    """A suite of so many calls."""
    (folder / "test_calls.py").write_text(SUITE.replace("CALLS", str(calls)))
    tapes = folder / "cassettes" / "test_calls"
    tapes.mkdir(parents=True)
    append(tapes / "test_call[0].tape.zst", SESSION, [replace(tape(), upstream="openai")])
    recorded = (tapes / "test_call[0].tape.zst").read_bytes()
    for number in range(1, calls):
        (tapes / f"test_call[{number}].tape.zst").write_bytes(recorded)


def run(folder: Path) -> float:
    """Seconds of one run."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        project(Path(name), options.calls)
        took = [run(Path(name)) for _ in range(options.runs)]
    said = f"{statistics.median(took):.2f} s, least {min(took):.2f} s"
    print(f"{options.calls} streamed calls: median {said}")


if __name__ == "__main__":
    main()
