"""Comparisons made by hand, for the HTML page of a diff: streams with real-looking times.

Everything a page has to stand is in here: stalls, resets, side without an answer, foreign text that
attacks. Knows the model, meaning and the data of a diff; not how sides are compared.
"""

import random
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from tests.interactions import make_interaction, make_request, make_unanswered
from wiretape.cassettes.conformance.rule import Finding
from wiretape.cassettes.diff.comparing import side_of
from wiretape.cassettes.diff.comparison import Comparison, Difference, Row, Side, Span
from wiretape.cassettes.model import EndingKind, Interaction

HOSTILE = (
    "</script><script>document.title='owned'</script>",
    '"><img src="https://example.test/x.png" onerror="document.title=\'owned\'">',
    "</style><style>*{display:none}</style><!--",
    "abc\u202etxt.exe\u2066 \u200b\ufeff \x00\x1b[31m half \ud83d pair",
)
"""Text that must do nothing, and be seen."""


def chat(
    words: Sequence[str],
    *,
    thought: Sequence[str] = (),
    calls: Sequence[tuple[str, str]] = (),
    upstream: str = "openai",
    seed: int = 1,
    first_ms: float = 240,
    gap_ms: float = 28,
    stall: tuple[int, float] | None = None,
    ending: EndingKind = "complete",
    output: int = 60,
) -> Interaction:
    """A stream of Chat Completions. `stall` is the number of a delta and milliseconds before it."""
    chance = random.Random(seed)
    at_ms, pieces = first_ms, []
    deltas = [*_deltas(words, thought, calls)]
    for number, delta in enumerate(deltas):
        if stall and number == stall[0]:
            at_ms += stall[1]
        pieces.append((at_ms, _event({"choices": [{"index": 0, "delta": delta}]})))
        at_ms += chance.expovariate(1 / gap_ms)
    if ending == "complete":
        reason = "tool_calls" if calls else "stop"
        usage = {"prompt_tokens": 22, "completion_tokens": output, "total_tokens": 22 + output}
        last = {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}], "usage": usage}
        pieces += [(at_ms, _event(last)), (at_ms + 2, b"data: [DONE]\n\n")]
    return make_interaction(
        pieces,
        upstream=upstream,
        request=make_request(target="/v1/chat/completions"),
        head_ms=first_ms / 2,
        ending=ending,
        end_ms=at_ms + (150 if ending != "complete" else 2),
    )


def _deltas(
    words: Sequence[str], thought: Sequence[str], calls: Sequence[tuple[str, str]]
) -> Iterator[dict[str, object]]:
    yield {"role": "assistant", "content": ""}
    for word in thought:
        yield {"reasoning_content": word}
    for word in words:
        yield {"content": word}
    for index, (name, arguments) in enumerate(calls):
        yield _call(index, {"name": name, "arguments": ""}, id=f"call_{index}", type="function")
        for start in range(0, len(arguments), 7):
            yield _call(index, {"arguments": arguments[start : start + 7]})


def _call(index: int, function: dict[str, str], **more: str) -> dict[str, object]:
    return {"tool_calls": [{"index": index, "function": function, **more}]}


def _event(fields: Mapping[str, object]) -> bytes:
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "demo-chat-1"}
    return b"data: %b\n\n" % msgspec.json.encode({**head, **fields})


def split(text: str) -> list[str]:
    """Words with the space before them."""
    return [f" {word}" if place else word for place, word in enumerate(text.split(" "))]


RIDDLE = (
    "The clock shows ten past nine. A mirror turns it into ten to three, since it swaps left and "
    "right on the face of a clock: what stood at the nine stands at the three."
)
THOUGHT = "A mirror swaps front and back, not left and right. So the clock shows what is turned."
LONG = " ".join(f"Sentence {number} stays just as it was on both sides." for number in range(40))


def two() -> Comparison:
    """Two sides: text, reasoning, pace and ending differ."""
    first = side_of(
        "openai", "cassettes/before.tape.zst", chat(split(RIDDLE), thought=split(THOUGHT))
    )
    slow = chat(
        split(RIDDLE[:100]),
        thought=split(THOUGHT),
        upstream="groq",
        seed=2,
        first_ms=610,
        gap_ms=45,
        stall=(12, 1900),
        ending="reset",
    )
    other = side_of("groq", "cassettes/after.tape.zst", slow)
    spans = (
        Span("same", LONG + " ", LONG + " "),
        Span("removed", "The clock shows "),
        Span("added", "", "It shows "),
        Span("same", "ten past nine. ", "ten past nine. "),
        Span("moved_from", "What stood at the nine stands at the three. "),
        Span("rephrased", "A mirror turns it into", "In a mirror it becomes"),
        Span("same", " ten to three. ", " ten to three. "),
        Span("moved_to", "", "What stood at the nine stands at the three. "),
    )
    differences = (
        Difference("ending", "ending: complete on openai, reset on groq", "", "complete", "reset"),
        Difference("text", "text: 7 words removed, 2 added", "text 1", RIDDLE, "", spans),
        Difference("finish", "finish: stop on openai, none on groq", "", "stop", None),
        Difference("usage", "usage: told by openai, not by groq", "usage", {"output": 60}, None),
        Difference(
            "pace", "first token: 240 ms on openai, 610 ms on groq", "ttft", 240, 610, counts=False
        ),
    )
    rows = (
        Row("text", "text", ("178 characters", "94% alike"), (False, True)),
        Row("reasoning", "reasoning", ("raw, 84 characters", "raw, 84 characters"), (False, False)),
        Row("tools", "tools", ("", ""), (False, False)),
        Row("finish", "finish", ("stop", ""), (False, True)),
        Row("ending", "ending", ("complete", "reset"), (False, True)),
        Row("usage", "usage", ("22 in, 60 out", ""), (False, True)),
        Row("ttft", "pace", ("240 ms", "610 ms"), (False, False)),
    )
    found = Finding("chat.no-finish", "error", "prose", "the stream ends without a finish_reason")
    sides = (first, msgspec.structs.replace(other, findings=(found,)))
    return Comparison(
        prompt="In a mirror a clock shows ten to three. What time is it?",
        labels=("openai", "groq"),
        sides=sides,
        differences=(differences,),
        rows=rows,
        verdict="different: ending, text, finish, usage",
        remarks=("Grammar is compared between sides of one API only.",),
    )


CALL = '{"latitude":"52.5200","longitude":"13.4050","unit":"celsius"}'


def many(sides: int = 14) -> Comparison:
    """A column a provider; one of them lacks the interaction, one was never answered."""
    found: list[Side | None] = []
    labels = [f"provider-{number}" for number in range(1, sides + 1)]
    for number, label in enumerate(labels):
        args = CALL.replace("13.4050", "13.405") if number % 3 else CALL
        interaction = chat(
            (),
            thought=split(THOUGHT)[: number * 2],
            calls=[("get_weather", args), ("get_weather", '{"latitude":"-12.05"}')][
                : 1 + number % 2
            ],
            upstream=label,
            seed=number,
            first_ms=120 + 60 * number,
            gap_ms=12 + number * 3,
            stall=(5, 1300) if number % 5 == 4 else None,
            ending=("complete", "complete", "cut", "timeout", "client_left")[number % 5],
        )
        found.append(side_of(label, f"cassettes/{label}.tape.zst", interaction))
    found[3] = None
    unanswered = make_unanswered(upstream=labels[5])
    found[5] = side_of(labels[5], "cassettes/five.tape.zst", unanswered)
    differ = tuple(
        ()
        if place % 3 == 0
        else (
            Difference(
                "tools",
                f"tool 1: longitude is 13.4050 on provider-1, 13.405 on {labels[place]}",
                "tool 1.arguments",
                msgspec.json.decode(CALL),
                {"latitude": "52.5200", "longitude": "13.405", "unit": "celsius"},
            ),
        )
        for place in range(1, sides)
    )
    wrong = tuple(bool(place % 3) for place in range(sides))
    rows = (
        Row("status", "status", ("200",) * sides, (False,) * sides),
        Row("text", "text", ("",) * sides, (False,) * sides),
        Row("reasoning", "reasoning", ("raw, 84 characters",) * sides, (False,) * sides),
        Row("tools", "tools", ("get_weather(latitude, longitude, unit)",) * sides, wrong),
        Row("finish", "finish", ("tool_calls",) * sides, (False,) * sides),
        Row("ttft", "pace", tuple(f"{120 + 60 * n} ms" for n in range(sides)), (False,) * sides),
    )
    return Comparison(
        prompt="What's the weather in Berlin? (52.5200, 13.4050)",
        labels=tuple(labels),
        sides=tuple(found),
        differences=differ,
        rows=rows,
        verdict="different: tools",
    )


def same() -> Comparison:
    """A side against itself."""
    one = side_of("openai", "a.tape.zst", chat(split(RIDDLE)))
    row = Row("text", "text", ("178 characters",) * 2, (False, False))
    return Comparison(
        prompt="Count from 1 to 3",
        labels=("openai", "groq"),
        sides=(one, msgspec.structs.replace(one, label="groq")),
        differences=((),),
        rows=(row,),
        verdict="same",
    )


def lacking() -> Comparison:
    """What only one side has."""
    one = side_of("openai", "a.tape.zst", chat(split(RIDDLE)))
    return Comparison("Tell me a story.", ("openai", "groq"), (one, None), ((),), (), "same")


def hostile() -> Comparison:
    """Foreign text in every place that shows some."""
    text = " ".join(HOSTILE)
    one = chat(
        split(RIDDLE), calls=[(HOSTILE[1], msgspec.json.encode({text[:90]: HOSTILE[0]}).decode())]
    )
    side = side_of(text, text, one)
    finding = Finding(text, "warning", "prose", text)
    meaning = msgspec.structs.replace(side.meaning, remarks=(text,))
    side = msgspec.structs.replace(side, findings=(finding,), meaning=meaning)
    spans = tuple(Span(op, text, text) for op in ("same", "removed", "added", "rephrased"))
    moved = (Span("moved_from", text), Span("moved_to", "", text))
    differences = (
        Difference("text", text, text, text, text, (*spans, *moved)),
        Difference("tools", text, text, {text[:90]: text[:90]}, [text]),
    )
    return Comparison(
        prompt=text,
        labels=(text, text + "2"),
        sides=(side, side),
        differences=(differences,),
        rows=(Row(text, "text", (text, text), (False, True)),),
        verdict=text,
        remarks=(text,),
    )


def huge() -> Comparison:
    """Tens of thousands of deltas, and a text that no page should hold whole."""
    words = [f" word{number}" for number in range(20_000)]
    one = chat(words, gap_ms=2)
    side = side_of("openai", "a.tape.zst", one)
    text = "".join(words)
    spans = (Span("removed", text), Span("added", "", text))
    return Comparison(
        prompt="x" * 5_000,
        labels=("openai", "groq"),
        sides=(side, msgspec.structs.replace(side, label="groq")),
        differences=((Difference("text", "y" * 5_000, "text 1", text, text, spans),),),
        rows=(Row("text", "text", ("z" * 5_000, ""), (False, True)),),
        verdict="different: text",
    )
