"""How many interactions a second `diff` takes, and how much memory: two cassettes, one pass.

Each cassette holds the answers of one provider to the same prompts, in another order and with ids
of its own, as Chat Completions streams. The answers to a part of the prompts are the
same bytes, the same words, or other words. Each run is a process of its own; times are CPU time of
that process, memory its peak.

    python -m benchmarks.diff [--interactions 1000 10000] [--events 10 20] [--runs 3]
"""

import argparse
import itertools
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from wiretape.cassettes import Cassette, Session, append
from wiretape.cassettes.diff.passing import compare_tapes
from wiretape.cassettes.model import (
    Chunk,
    Ending,
    Interaction,
    Notes,
    Request,
    Response,
    Timeline,
)

GAP_NS = 15_000_000
KINDS = ("same bytes", "same words", "other words", "mixed")
HEADERS = (("Content-Type", "text/event-stream"), ("Transfer-Encoding", "chunked"))
JSON_HEADERS = (("Content-Type", "application/json"),)
STORY = (
    "the a stream of tokens comes in pieces and every provider cuts it in its own way so that a "
    "reader who wants to know what was said has to put it together again before anything can be "
    "compared with what another one said on the same day to the same question about Berlin"
)
WORDS = STORY.split()


def interaction(number: int, provider: str, kind: str, events_each: int) -> Interaction:
    """The answer of a provider to a prompt."""
    if kind == "mixed":
        kind = KINDS[number % 3]
    theirs = kind != "same bytes" and provider == "other"
    draw = random.Random(number if kind != "other words" else f"{number} {provider}")
    name = f"chatcmpl-{provider if theirs else 'one'}-{number}"
    events = [_chunk(name, {"role": "assistant", "content": ""})]
    events += [_chunk(name, {"content": f"{draw.choice(WORDS)} "}) for _ in range(events_each - 4)]
    events.append(_chunk(name, {}, finish="stop"))
    events.append(_event({**_head(name), "choices": [], "usage": _usage(events_each)}))
    events.append(b"data: [DONE]\n\n")
    asked = {
        "model": "m",
        "stream": True,
        "messages": [{"role": "user", "content": f"No {number}?"}],
    }
    request = Request(
        "POST", "/v1/chat/completions", "1.1", JSON_HEADERS, msgspec.json.encode(asked)
    )
    chunks = tuple(Chunk((n + 20) * GAP_NS, len(event)) for n, event in enumerate(events))
    body = b"".join(events)
    return Interaction(
        number=1,
        session=1,
        start_ns=number * 1_000_000,
        upstream=provider,
        base=f"https://{provider}.test",
        request=request,
        response=Response("1.1", 200, "OK", HEADERS, body),
        timeline=Timeline(
            (Chunk(0, len(request.body)),),
            19 * GAP_NS,
            chunks,
            Ending("complete", chunks[-1].at_ns, len(body)),
        ),
        notes=Notes("m", "m"),
    )


def _usage(events_each: int) -> dict[str, int]:
    said = events_each - 4
    return {"prompt_tokens": 9, "completion_tokens": said, "total_tokens": 9 + said}


def _head(name: str) -> dict[str, object]:
    return {"id": name, "object": "chat.completion.chunk", "created": 1_760_000_000, "model": "m"}


def _chunk(name: str, delta: dict[str, str], finish: str | None = None) -> bytes:
    return _event(
        {**_head(name), "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    )


def _event(value: dict[str, object]) -> bytes:
    return b"data: " + msgspec.json.encode(value) + b"\n\n"


def write(folder: Path, count: int, kind: str, events_each: int = 20) -> list[Path]:
    """Two cassettes; the second has its interactions shuffled within hundreds."""
    paths = []
    for provider in ("one", "other"):
        path = folder / f"{provider}.tape.zst"
        session = Session(1, "2026-01-01T00:00:00Z", "benchmark")
        append(path, session, _interactions(count, provider, kind, events_each))
        paths.append(path)
    return paths


def _interactions(count: int, provider: str, kind: str, events_each: int) -> Iterator[Interaction]:
    draw = random.Random(7)
    for start in range(0, count, 100):
        numbers = list(range(start, min(start + 100, count)))
        if provider == "other":
            draw.shuffle(numbers)
        yield from (interaction(number, provider, kind, events_each) for number in numbers)


def run(paths: list[Path], *, checked: bool) -> None:
    """Compare, and print what it took as JSON."""
    with Cassette.open(paths[0]) as one, Cassette.open(paths[1]) as other:
        # What the rules and decoders need once is not what an interaction costs.
        next(compare_tapes([[one], [other]], checked=checked))
        start, base_kb = time.process_time(), _peak_kb()
        same = pairs = 0
        for comparison in compare_tapes([[one], [other]], checked=checked):
            pairs += None not in comparison.sides
            same += comparison.same
        seconds = time.process_time() - start
    told = {"seconds": seconds, "pairs": pairs, "same": same, "mb": _peak_kb() / 1024}
    print(json.dumps({**told, "base_mb": base_kb / 1024}))


def _peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Write the cassettes, run each comparison in a process, print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--interactions", type=int, nargs="+", default=[1000, 10000])
    parser.add_argument("--events", type=int, nargs="+", default=[10, 20])
    parser.add_argument("--unchecked", action="store_true", help="without the rules of `check`")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--run", type=Path, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        run(options.run, checked=not options.unchecked)
        return
    print("| a cassette | events | answers | interactions/s | best | same | peak MB |")
    print("| ---: | ---: | --- | ---: | ---: | ---: | ---: |")
    for case in itertools.product(options.interactions, options.events, KINDS):
        print(row(*case, options.runs, unchecked=options.unchecked), flush=True)


def row(count: int, events_each: int, kind: str, runs: int, *, unchecked: bool) -> str:
    """A line of the table."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(path) for path in write(Path(folder), count, kind, events_each)]
        command = [sys.executable, "-m", "benchmarks.diff", "--run", *paths]
        command += ["--unchecked"] * unchecked
        results = [
            json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
            for _ in range(runs)
        ]
    assert all(result["pairs"] == count for result in results)
    rates = [2 * count / result["seconds"] for result in results]
    peak = max(result["mb"] for result in results)
    told = f"{statistics.median(rates):,.0f} | {max(rates):,.0f} | {results[0]['same']:,}"
    return f"| {count:,} | {events_each} | {kind} | {told} | {peak:.0f} |"


if __name__ == "__main__":
    main()
