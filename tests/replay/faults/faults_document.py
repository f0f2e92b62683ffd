"""`docs/faults.md`, made from the faults themselves.

`python -m tests.replay.faults.faults_document` writes it; whoever changes a fault runs it.
"""

from collections.abc import Iterable
from pathlib import Path

from wiretape.replay.faults import described
from wiretape.replay.faults.catalogue import Setting, settings_of
from wiretape.replay.faults.fault import Aim

FILE = Path(__file__).parents[3] / "docs" / "faults.md"

HEAD = """\
# Faults: breaking a stream on purpose

Made by `python -m tests.replay.faults.faults_document`; a test holds the two equal.

A fault is laid over what a tape plays; the tape is not touched. It is said

- on the command line: `wiretape replay today.tape.zst --fault 'cut(after=7)'`, as often as wanted;
- by one request for itself: `X-Wiretape-Fault: cut(after=7)`;
- from any language while it runs: `POST /__wiretape/faults` ([control.md](control.md));
- in Python: `ReplayServer(player, faults=FaultPlan(["cut(after=7)"]))`, and later
  `server.faults.add("no_done")`, `.remove(id)`, `.clear()`, `.list()`;
- all of them, one after the other, on your client: `wiretape torture today.tape.zst -- COMMAND`.
  What comes of that with the official SDKs is in [torture.md](torture.md).

`wiretape replay --faults` lists them.

```console
$ wiretape replay today.tape.zst --fault 'cut(after=7)'
$ wiretape replay today.tape.zst --fault 'status(code=429, times=2, retry_after=1)'
$ wiretape replay today.tape.zst --fault 'stall(after=50%, for=2s, path="*/messages")' --seed 3
$ wiretape torture today.tape.zst -- python examples/ask.py
```

## How they are written

A name, and settings in brackets: `cut(after=7)`, `cut(after=120 bytes, nth=2)`, `no_done`. Several
have semicolons between them, and apply in that order, each to what the ones before it left.

| written | means |
|---|---|
| `7`, `7 events` | events, counted from 1 |
| `50%` | of the events of the stream, rounded down; of the bytes of what is no stream |
| `120 bytes` | bytes of the body as it is on the wire |
| `1.5s`, `300ms`; `2` where only a time can stand | a time, at which it is played |
| `word`, `"any text"`, `'any text'` | a text |

## The faults

"""

EVERY = """
### On every fault

| setting | may be | by default | |
|---|---|---|---|
"""

FOOT = """
## What counts, and what stays true

- **Events** are frames that carry something: SSE events, NDJSON lines, AWS eventstream messages,
  the elements of a JSON array. Comments, empty frames and keepalives (`ping`, `keepalive`) are not
  counted and stay where they are. `[DONE]` is an event.
- **A body in one piece** (JSON that is not streamed, audio) has none. What is said in bytes, in
  percent, in time or as `after=0` applies to it all the same, and so do `corrupt` where the seed
  chooses, `slow`, `slow_first_byte`, `rechunk` (but `how=event`), `status` and
  `wrong_content_type`.
- **Times** are those of the wire, whatever the speed: 2 s are 2 s with `--speed instant` too.
- **Chance** comes from `--seed` and the number of the request in its session: the same two, the
  same choice.
- **Content-Length** follows the body, but for `cut`, `reset` and a `stall` that lasts, where the
  promise is the point. A chunked body stays chunked. A body that ends with its connection has no
  other end: cut off, it looks whole, as it does in life.
- **Content codings**: a fault that is about events takes the coding off first, with its header,
  since no provider could have changed one event of a compressed body. Bytes and times are those of
  the wire, coding and all. `rechunk` by `crlf` or `utf8` is of text alone: of a body with a coding,
  or of no UTF-8, it says that it does not apply.
- **Checksums** of AWS eventstream messages are right again after every change, but for
  `corrupt(what=crc)`.
- **What comes together**: chunks that are due at the same time go out in one write. Where a body is
  chunked the borders are on the wire all the same; where it is not, `rechunk(gap=5ms)` parts them.
- **Times are counted where the fault applied.** `status(times=1); cut(after=2, times=2)` is an
  error status, then two cuts, then the tape: what cannot be laid over the error waits.
- **A recording is not used up** by a request that a fault with `times` met: that request, asked
  again, gets the recording it would have got. Without `times` each answer uses one up, whole or
  not.
- **Where a fault does not apply** (an event 9 in a stream of 8, a checksum in JSON), the tape plays
  as it is and a line says so; a request that asked for the fault itself gets a 400
  (`fault_does_not_apply`, and `bad_fault` for a text that says none), and no recording is used up.
- With `--framing frames` the stream is put in frames first, and then the faults are laid on.

An `error_event` has the form of the API that the stream speaks, and a `status` that of the API that
the path names; what is not known there is answered as OpenAI does.

## A fault of your own

Any object will do that has `path`, `nth`, `times`, and a function from an interaction to an
interaction; `replay/wiretape/replay/faults/` has one small file for each. It is pure: what it
chooses it takes from `rng`. Where it has nothing to do it raises `DoesNotApply` with the reason.

```python
import random

from wiretape.cassettes.model import Interaction
from wiretape.replay import Player, ReplayServer
from wiretape.replay.faults import FaultPlan
from wiretape.replay.faults.fault import Aim
from wiretape.replay.faults.frames import stream_of


class OnlyTheFirst(Aim, frozen=True, kw_only=True):
    \"\"\"Leaves out all events but one.\"\"\"

    def applied(self, interaction: Interaction, rng: random.Random) -> Interaction:
        stream = stream_of(interaction)
        return stream.with_frames(stream.frames[: stream.places[0] + 1])


server = ReplayServer(Player([]), faults=FaultPlan([OnlyTheFirst(path="*/chat/completions")]))
```
"""


def text() -> str:
    """The whole document."""
    parts = [HEAD]
    for fault in described():
        parts.append(f"### `{fault.name}`\n\n{fault.sentence}\n")
        if fault.settings:
            parts.append("\n| setting | may be | by default | |\n|---|---|---|---|\n")
            parts += _rows(fault.settings)
        parts.append("\n")
    parts[-1] = ""
    parts.append(EVERY)
    parts += _rows(settings_of(Aim).values())
    parts.append(FOOT)
    return "".join(parts)


def _rows(settings: Iterable[Setting]) -> list[str]:
    return [
        f"| `{setting.name}` | {setting.allowed} | {_default(setting)} | {setting.words} |\n"
        for setting in settings
    ]


def _default(setting: Setting) -> str:
    if setting.required:
        return "must be said"
    return f"`{setting.default}`" if setting.default != '""' else "any"


if __name__ == "__main__":
    FILE.write_text(text())
