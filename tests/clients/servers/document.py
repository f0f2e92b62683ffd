"""`docs/servers.md`, made from what the tests hold the servers to.

`python -m tests.clients.servers.document` writes it; whoever changes `differences.py` runs it.
"""

from collections.abc import Iterator
from pathlib import Path
from textwrap import fill

from tests.clients.servers.asking import LIMIT
from tests.clients.servers.differences import SERVERS, Call, Server

FILE = Path(__file__).parents[3] / "docs" / "servers.md"

HEAD = f"""\
# What real servers do

Made by `python -m tests.clients.servers.document`; a test holds the two equal, and the tests of the
target that each server names hold it to the server itself: started on a tiny model of random
weights, asked through `wiretape record`, and looked at by `wiretape check`. Each is asked for
{LIMIT} tokens at most and uses them up, so every answer is cut off, and should say so. The ids are
those of [the rules](rules.md), under the profile `openai`.

## Responses, streamed

| server | `event:` lines | `sequence_number` | `output_index` | `[DONE]` | a cut answer is |
|---|---|---|---|---|---|
"""

RESPONSES = Call("responses", stream=True)


def text() -> str:
    """The whole document."""
    rows = [f"| {name} | {' | '.join(_row(server))} |\n" for name, server in SERVERS.items()]
    parts = [_section(name, server) for name, server in SERVERS.items()]
    return HEAD + "".join(rows) + "\n" + "\n".join(parts)


def _row(server: Server) -> Iterator[str]:
    found = server.findings[RESPONSES]
    yield "missing" if "responses.event-line-missing" in found else "yes"
    yield "missing" if "responses.sequence-missing" in found else "yes"
    yield "missing" if "responses.output-index-missing" in found else "yes"
    yield "yes" if "responses.done-present" in found else "no"
    if "responses.limit-not-told" in found:
        yield "`completed`, which is wrong"
    elif "responses.status-differs" in found:
        yield "`incomplete`, in the event `response.completed`"
    else:
        yield "`incomplete`, in the event `response.incomplete`"


def _section(name: str, server: Server) -> str:
    apis = dict.fromkeys(call.api for call in server.findings)
    rows = [
        f"| {api} | {_cell(server, Call(api, True))} | {_cell(server, Call(api, False))} |\n"
        for api in apis
    ]
    chance = ", ".join(f"`{rule}`" for rule in sorted(server.by_chance))
    words = [
        f"Seen: {server.version}, by `make {server.target}`.",
        server.words,
        *([f"In some runs, where `created` goes on with the clock: {chance}."] if chance else []),
    ]
    said = fill(" ".join(words), 100, break_long_words=False, break_on_hyphens=False)
    table = "| API | streamed | plain JSON |\n|---|---|---|\n" + "".join(rows)
    return f"## {name}\n\n{said}\n\n{table}"


def _cell(server: Server, call: Call) -> str:
    found = server.findings[call]
    return ", ".join(f"`{rule}`" for rule in sorted(found)) if found else "nothing"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
