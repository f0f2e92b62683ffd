"""What real providers sent: all groups compare, and nothing is fooled by ids."""

import random
import re
from collections import defaultdict

import pytest
from msgspec.structs import replace

from tests import corpus
from tests.cassettes.test_meaning import from_corpus
from wiretape.cassettes.diff.comparing import compare, side_of
from wiretape.cassettes.diff.comparison import Side
from wiretape.cassettes.diff.prompts import prompt_of
from wiretape.cassettes.model import Interaction

pytestmark = pytest.mark.corpus

_MINTED = re.compile(
    rb'"(?:id|item_id|response_id|call_id|created|created_at|system_fingerprint|obfuscation'
    rb'|generation_id|responseId|request_id|completed_at)":\s*("?)([\w.-]{6,})\1'
)


def other_ids(interaction: Interaction) -> Interaction:
    """The same with each id and time replaced by another of its kind, wherever it stands."""
    response = interaction.response
    assert response is not None
    body, draw = response.body, random.Random(7)
    for quote, minted in sorted(set(_MINTED.findall(body)), key=lambda found: -len(found[1])):
        letters = b"0123456789abcdef" if quote else b"123456789"
        other = bytes(draw.choice(letters) for _ in minted)
        body = body.replace(b'"' + minted + b'"', b'"' + other + b'"')
        if not quote:
            body = re.sub(rb"(:\s*)" + minted + rb"\b", rb"\g<1>" + other, body)
    return replace(interaction, response=replace(response, body=body))


def test_ids_of_real_streams_are_of_no_weight() -> None:
    changed = 0
    for stream in corpus.streams():
        interaction = from_corpus(stream)
        if "eventstream" in stream.content_type:
            continue  # its checksums would not fit
        other = other_ids(interaction)
        changed += other != interaction
        sides = [side_of("one", "", interaction), side_of("two", "", other)]
        comparison = compare(["one", "two"], sides)
        # Rules may look at ids: that is for `check` to say.
        found = [one for one in comparison.differences[0] if one.aspect != "findings"]
        assert found == [], (stream.url, [one.words for one in found])
    assert changed > 250


def groups() -> dict[str, dict[str, Side]]:
    """Sides by prompt, one a provider and API."""
    found: dict[str, dict[str, Side]] = defaultdict(dict)
    for stream in corpus.streams():
        interaction = from_corpus(stream)
        prompt = prompt_of("", interaction.request)
        label = f"{stream.provider_host} {stream.api}"
        found[prompt.key].setdefault(label, side_of(label, "", interaction))
    return found


def test_the_groups_of_real_streams() -> None:
    most: dict[str, int] = {}
    for sides in groups().values():
        comparison = compare(list(sides), list(sides.values()))
        prompt = comparison.prompt[:20]
        most[prompt] = max(len(sides), most.get(prompt, 0))
        assert all(len(row.cells) == len(sides) for row in comparison.rows)
        assert comparison.verdict
        for place, (label, side) in enumerate(sides.items()):
            itself = compare([label, label], [side, side])
            assert itself.differences == ((),), (place, label)
    assert most["Count from 1 to 3"] >= 14
    assert most["If a magic mirror sh"] == 14
    assert most["What's the weather i"] >= 11
    assert most["What's the best lang"] >= 11
