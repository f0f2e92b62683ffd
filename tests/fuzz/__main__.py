"""Fuzzes every target with atheris: `python -m tests.fuzz [--seconds N] [TARGET...]`.

N seconds in all, an hour by default, shared by the targets; as many run at a time as there are
processors. What they learn is kept in `build/fuzz`, and an input that breaks a promise too;
exits 1 where there is one.
"""

import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fuzz.seeds import WORDS, seeds
from tests.fuzz.targets import TARGETS

FOLDER = Path("build/fuzz")

LONGEST_INPUT = 16_384
LONGEST_WORD = 64
"""Of libFuzzer's dictionary."""


def fuzz(name: str, seconds: int) -> bool:
    """Run one target; whether it held."""
    corpus, found = FOLDER / name, FOLDER / "found"
    corpus.mkdir(parents=True, exist_ok=True)
    found.mkdir(exist_ok=True)
    for n, seed in enumerate(seeds(name)):
        (corpus / f"seed-{n}").write_bytes(seed)
    log = FOLDER / f"{name}.log"
    with log.open("wb") as output:
        code = subprocess.run(
            [
                *(sys.executable, "-m", "tests.fuzz.atheris_run", name, str(corpus)),
                *(f"-max_total_time={seconds}", f"-max_len={LONGEST_INPUT}", "-timeout=30"),
                *(f"-artifact_prefix={found}/{name}-", f"-dict={_dictionary()}"),
                "-print_final_stats=1",
            ],
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    print(f"{name}: {_summary(log) if code == 0 else f'failed, see {log} and {found}'}", flush=True)
    return code == 0


def _dictionary() -> Path:
    path = FOLDER / "words.dict"
    lines = ("".join(f"\\x{byte:02x}" for byte in word) for word in WORDS if _is_short(word))
    path.write_text("".join(f'"{line}"\n' for line in lines))
    return path


def _is_short(word: bytes) -> bool:
    return len(word) <= LONGEST_WORD


def _summary(log: Path) -> str:
    stats = dict(
        line.removeprefix("stat::").split(":", 1)
        for line in log.read_text(errors="replace").splitlines()
        if line.startswith("stat::")
    )
    return f"{int(stats.get('number_of_executed_units', 0)):,} inputs, no finding"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    arguments = parser.parse_args()
    names = arguments.targets or list(TARGETS)
    if unknown := set(names) - set(TARGETS):
        parser.error(f"no target {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    jobs = min(len(names), os.cpu_count() or 1)
    seconds = max(1, arguments.seconds * jobs // len(names))
    FOLDER.mkdir(parents=True, exist_ok=True)
    print(f"{len(names)} targets, {seconds} s each, {jobs} at a time, in {FOLDER}", flush=True)
    with ThreadPoolExecutor(jobs) as pool:
        held = list(pool.map(lambda name: fuzz(name, seconds), names))
    sys.exit(0 if all(held) else 1)


if __name__ == "__main__":
    main()
