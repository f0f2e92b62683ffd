"""What the pytest plugin costs a run that does not use it.

Starts pytest on one empty test, with the plugin and with `-p no:wiretape`, in turns, and gives the
medians and their difference; then what its modules take to import, by `-X importtime`.

    python -m benchmarks.plugin_start [--runs 15]
"""

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

VARIANTS: dict[str, tuple[str, ...]] = {"with": (), "without": ("-p", "no:wiretape")}
MOST_MS = 40
"""What it may add."""

_IMPORT = re.compile(r"import time: +(\d+) \| +\d+ \| +(wiretape\S*)")


def pytest_command(*options: str) -> list[str]:
    return ["-m", "pytest", "-q", "-p", "no:cacheprovider", *options]


def start(folder: Path, *options: str) -> float:
    """Milliseconds of one run."""
    began = time.perf_counter()
    command = [sys.executable, *pytest_command(*options)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return (time.perf_counter() - began) * 1e3


def imported(folder: Path) -> dict[str, float]:
    """Milliseconds of each of our modules alone."""
    command = [sys.executable, "-X", "importtime", *pytest_command()]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return {name: int(time_us) / 1e3 for time_us, name in _IMPORT.findall(done.stderr)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_nothing.py").write_text("def test_nothing():\n    pass\n")
        took: dict[str, list[float]] = {variant: [] for variant in VARIANTS}
        for options in VARIANTS.values():
            start(folder, *options)  # so that both find their bytecode
        for _ in range(runs):
            for variant, options in VARIANTS.items():
                took[variant].append(start(folder, *options))
        modules = imported(folder)
    medians = {variant: statistics.median(times) for variant, times in took.items()}
    for variant, times in took.items():
        print(f"{variant:<8} median {medians[variant]:6.1f} ms, least {min(times):6.1f} ms")
    print(f"added    median {medians['with'] - medians['without']:6.1f} ms, at most {MOST_MS} ms")
    for module, milliseconds in modules.items():
        print(f"  {module:<28} {milliseconds:5.2f} ms")


if __name__ == "__main__":
    main()
