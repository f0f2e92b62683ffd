"""docs/providers.md: the prompts that many providers answered, each as one matrix.

The matrices are what the real command prints of the recorded streams; every cell is held to
`tests/provider_recount.py`, which reads the same bytes by plain `json`. `WIRETAPE_REWRITE=1` writes
the document anew.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from tests import corpus
from tests.cassettes.test_meaning import from_corpus
from tests.cli.processes import environment, run
from tests.provider_names import findings_of, names_in, own_names
from tests.provider_recount import Recount, in_common, recount, words
from wiretape.cassettes.model import Session
from wiretape.cassettes.store import append

pytestmark = pytest.mark.corpus

FILE = Path(__file__).parents[1] / "docs" / "providers.md"
REWRITE = os.environ.get("WIRETAPE_REWRITE") == "1"
WIDTH = 160
SCREEN = 45
"""Lines."""

HEAD = f"""\
# The same prompt, many providers

Made by `tests/test_providers_document.py` from streams that real providers sent, recorded by others
between 2024 and 2026; they are not part of this repository. Of each prompt there is a cassette with
an upstream a provider. What stands here is what `wiretape diff CASSETTE --ignore pace` prints,
{WIDTH} columns wide: pace is left out, since those recordings have no times. The first side is what
the others are held against. The test reads the streams a second time, without any part of Wiretape,
and holds every cell to what it finds.

| row | what a cell says |
|---|---|
| `text` | of the first side its words; of the others `same`, `same words` with other whitespace or punctuation, or the share of words in common, wherever they stand |
| `reasoning` | its form and its words; `encrypted` where only the provider can read it; `hidden` where tokens went into it and nothing of it came; `none` |
| tokens | inclusive, as [meaning.md](meaning.md) has it; `-` where the provider does not tell |
| `extensions` | names of the vendor's own: of Chat Completions, what OpenAI does not document; of other APIs, what no other side that speaks them has |
| `findings` | the rules that `wiretape check` finds broken ([rules.md](rules.md)), not how often |
| `*` | differs from the first side; what that counts for is in [diff.md](diff.md) |
"""  # noqa: E501


class Section(NamedTuple):
    """One cassette."""

    name: str
    title: str
    recorded_by: str
    """In the names of the files."""
    prompt: str
    """In the request."""
    turns: int
    notes: str


SECTIONS = (
    Section(
        "counting",
        "Counting",
        "supports_streaming_responses",
        "Count from 1 to 3",
        1,
        """\
All count; two say so in other words. What differs is what it costs, and what is seen of the
thinking: where it is `hidden`, the usage alone tells of it. Perplexity cites eight pages. Its
`finish_reason` comes in an event named `chat.completion.done`, which strict clients do not take for
a chunk: so the finish is `stop`, and is a finding all the same.
""",
    ),
    Section(
        "riddle",
        "A riddle, with reasoning on",
        "streams_thinking_content",
        "magic mirror",
        1,
        """\
Eight show their reasoning as it is, three sum it up, two keep it to themselves, and one tells
nothing of it. GPUStack breaks off in mid-sentence, with an `error:` line that SSE does not know; so
there is neither usage nor finish.
""",
    ),
    Section(
        "weather",
        "A tool call, and what follows it",
        "can_use_tools_with_multi-turn_streaming",
        "weather in Berlin? (52",
        2,
        """\
All call the one tool with the same arguments, whether these come as text in pieces, as text at once
or as an object; so the tools stand under `same on all`. In the second turn, with the tool's result,
all end by themselves. Cohere's plan for its call counts as reasoning.
""",
    ),
    Section(
        "language",
        "A tool without parameters",
        "can_use_tools_without_parameters_in_multi-turn",
        "What's the best language to learn?",
        2,
        """\
No arguments are `{}` on the wire, as an object or as text, or an empty string: here the same call.
DeepSeek alone says something before it calls.
""",
    ),
    Section(
        "joke",
        "A joke, in the older APIs too",
        "",
        "joke about opentelemetry",
        1,
        """\
Nobody was asked for a usage, and four do not tell it. The completions of OpenAI are those of a base
model, which goes on until it is stopped. One side was given a system prompt, and the last line of
the matrix says so.
""",
    ),
)

NAMES = {
    "api.anthropic.com": "anthropic",
    "api.cohere.com": "cohere",
    "api.deepseek.com": "deepseek",
    "api.groq.com": "groq",
    "api.mistral.ai": "mistral",
    "api.openai.com": "openai",
    "api.perplexity.ai": "perplexity",
    "api.x.ai": "xai",
    "aiplatform.googleapis.com": "vertexai",
    "bedrock-runtime.<AWS_REGION>.amazonaws.com": "bedrock",
    "bedrock-runtime.us-east-1.amazonaws.com": "bedrock",
    "generativelanguage.googleapis.com": "gemini",
    "localhost:5002": "localhost",
    "ollama.com": "ollama-cloud",
    "openrouter.ai": "openrouter",
    "rubyllm.services.ai.azure.com": "azure",
    "traceloop-stg.openai.azure.com": "azure",
    "<GPUSTACK_API_BASE>": "gpustack",
    "<OLLAMA_API_BASE>": "ollama",
}

SECOND_APIS = {"completions": "-completions", "bedrock-invoke": "-invoke"}
"""What is behind the name of a provider that answers the prompt in two APIs."""

Sides = dict[str, list[corpus.Stream]]
"""Label to its answers, one a turn."""


@cache
def sides_of(section: Section) -> Sides:
    """Of each provider and API, the answers to the first turns of one conversation."""
    found: dict[str, list[corpus.Stream]] = {}
    files: dict[str, str] = {}
    for stream in corpus.streams():
        asked = json.dumps(stream.request_body)
        if section.prompt not in asked or section.recorded_by not in stream.path:
            continue
        label = NAMES[stream.provider_host] + SECOND_APIS.get(stream.api, "")
        if files.setdefault(label, stream.path) == stream.path:
            found.setdefault(label, []).append(stream)
    return {label: streams[: section.turns] for label, streams in found.items()}


def write_tape(section: Section, folder: Path) -> Path:
    tape = folder / f"{section.name}.tape.zst"
    tape.unlink(missing_ok=True)
    interactions = [
        replace(from_corpus(stream), upstream=label)
        for label, streams in sides_of(section).items()
        for stream in streams
    ]
    append(tape, Session(1, "2026-11-22T22:01:13.000000Z", "tests"), interactions)
    return tape


@pytest.fixture(scope="module")
def tapes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("providers")
    return {section.name: write_tape(section, folder) for section in SECTIONS}


def report(tape: Path, *options: str) -> str:
    done = run(
        *("diff", tape.name, "--ignore", "pace", *options),
        cwd=tape.parent,
        env=environment(COLUMNS=str(WIDTH)),
    )
    assert (done.returncode, done.stderr) == (1, b"")
    return done.stdout.decode()


def document(tapes: dict[str, Path]) -> str:
    return "\n".join([HEAD, *(part for section in SECTIONS for part in parts_of(section, tapes))])


def parts_of(section: Section, tapes: dict[str, Path]) -> Iterator[str]:
    yield f"## {section.title}\n\n{section.notes}"
    yield f"```text\n{report(tapes[section.name])}```\n"


def test_the_document_is_what_the_command_says(tapes: dict[str, Path]) -> None:
    made = document(tapes)
    if REWRITE:
        FILE.write_text(made, encoding="utf-8")
    assert made == FILE.read_text(encoding="utf-8")


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_it_can_be_read_on_one_screen(section: Section, tapes: dict[str, Path]) -> None:
    lines = report(tapes[section.name]).splitlines()
    matrix = [line for line in lines if line.startswith("   ")]
    assert max(map(len, matrix)) <= WIDTH
    assert len(lines) <= SCREEN


# Every cell, counted a second time

Rows = dict[str, list[str]]


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def reasoning_cell(one: Recount) -> str:
    spoken = len(words(one.raw)) + len(words(one.summary))
    if spoken:
        return f"{one.form}, {counted(spoken, 'word')}"
    if one.form == "none" and one.reasoning_tokens:
        return f"hidden, {counted(one.reasoning_tokens, 'token')}"
    return one.form


def text_cell(base: Recount, one: Recount) -> str:
    if one is base or not one.text or not base.text:
        return counted(len(words(one.text)), "word") if one.text else "none"
    if one.text == base.text:
        return "same"
    if words(one.text) == words(base.text):
        return "same words"
    return f"{round(in_common(base.text, one.text) * 100)}%"


def tokens(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def expected_rows(answers: list[Recount]) -> Rows:
    """The cells of each row, by hand."""
    base = answers[0]
    return {
        "API": [one.api for one in answers],
        "status": ["200" for _ in answers],
        "text": [text_cell(base, one) for one in answers],
        "reasoning": [reasoning_cell(one) for one in answers],
        "tools": [", ".join(name for name, _ in one.tools) or "none" for one in answers],
        "citations": [str(one.citations or "") for one in answers],
        "input tokens": [tokens(one.input) for one in answers],
        "output tokens": [tokens(one.output) for one in answers],
        "reasoning tokens": [tokens(one.reasoning_tokens) for one in answers],
        "finish": [one.finish or "none" for one in answers],
        "findings": [findings_of(one) for one in answers],
    }


def expected_marks(rows: Rows, answers: list[Recount]) -> dict[str, list[bool]]:
    """Which cells differ from the first: those that read otherwise; of text, reasoning and tools,
    those that hold something else; of tokens none, without a tolerance."""
    base = answers[0]
    marks = {name: [cell != cells[0] for cell in cells] for name, cells in rows.items()}
    marks["text"] = [one.text != base.text for one in answers]
    for name in ("input tokens", "output tokens", "reasoning tokens"):
        marks[name] = [False] * len(answers)
    marks["tools"] = [one.tools != base.tools for one in answers]
    marks["reasoning"] = [
        cell != rows["reasoning"][0] or (one.raw, one.summary) != (base.raw, base.summary)
        for cell, one in zip(rows["reasoning"], answers, strict=True)
    ]
    return marks


def check_extensions(row: dict[str, Any], answers: dict[str, Recount]) -> None:
    """Names of the vendor's own; in any order, and of many the first."""
    base = next(iter(answers.values()))
    cells = zip(answers.items(), own_names(list(answers.values())), row["cells"], strict=True)
    for (label, _), names, cell in cells:
        shown, more = names_in(cell.removesuffix(" (other members)"))
        assert shown <= names, label
        assert len(shown) + more == len(names), label
    assert not any(
        differs and one.api != base.api
        for one, differs in zip(answers.values(), row["differs"], strict=True)
    )


def check_errors(row: dict[str, Any] | None, answers: dict[str, Recount]) -> None:
    """Whose stream tells an error."""
    failed = [bool(one.error) for one in answers.values()]
    assert (row is not None) == any(failed)
    if row is not None:
        assert [bool(cell) for cell in row["cells"]] == row["differs"] == failed


def check_grammar(row: dict[str, Any] | None, answers: dict[str, Recount]) -> None:
    """Held only against sides of the API of the first."""
    base = next(iter(answers.values()))
    if row is not None:
        for one, cell, differs in zip(answers.values(), row["cells"], row["differs"], strict=True):
            assert differs == (cell.startswith("other "))
            assert not differs or one.api == base.api


@cache
def recounted(section: Section) -> list[dict[str, Recount]]:
    """Of each turn, every side."""
    sides = sides_of(section)
    return [
        {label: recount(streams[turn]) for label, streams in sides.items()}
        for turn in range(section.turns)
    ]


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_every_cell_is_right(section: Section, tapes: dict[str, Path]) -> None:
    lines = [json.loads(line) for line in report(tapes[section.name], "--json").splitlines()]
    comparisons = [line for line in lines if line["row"] == "comparison"]
    assert len(comparisons) == section.turns
    for comparison, answers in zip(comparisons, recounted(section), strict=True):
        assert comparison["labels"] == list(answers)
        rows = expected_rows(list(answers.values()))
        marks = expected_marks(rows, list(answers.values()))
        said = {row["name"]: row for row in comparison["matrix"]}
        check_extensions(said.pop("extensions"), answers)
        check_errors(said.pop("errors", None), answers)
        check_grammar(said.pop("grammar", None), answers)
        assert {name for name, cells in rows.items() if any(cells)} == set(said)
        for name, row in said.items():
            told = dict(zip(answers, row["cells"], strict=True))
            assert told == dict(zip(answers, rows[name], strict=True)), name
            told = dict(zip(answers, row["differs"], strict=True))
            assert told == dict(zip(answers, marks[name], strict=True)), name


def test_the_prompts_are_those_that_many_answered() -> None:
    sizes = {section.name: len(sides_of(section)) for section in SECTIONS}
    assert sizes == {"counting": 15, "riddle": 14, "weather": 12, "language": 12, "joke": 9}


def test_the_notes_are_true() -> None:
    (riddle,) = recounted(SECTIONS[1])
    forms = Counter(reasoning_cell(one).split(",")[0] for one in riddle.values())
    assert forms == {
        "raw": 8, "summary": 2, "summary and encrypted": 1, "encrypted": 1, "hidden": 1, "none": 1,
    }  # fmt: skip
