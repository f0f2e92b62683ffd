"""The rules on recorded traffic of real providers: every hit is looked at.

The folder of streams lies beside the checkout; WIRETAPE_STREAMS names another place.
"""

import io
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import zstandard

from wiretape.cassettes.redaction import Redactor

pytestmark = pytest.mark.corpus

BESIDE_THE_CHECKOUT = Path(__file__).parents[4] / "shared" / "streams"


@pytest.fixture(scope="module")
def corpus() -> list[dict[str, Any]]:
    folder = Path(os.environ.get("WIRETAPE_STREAMS", BESIDE_THE_CHECKOUT))
    path = folder / "corpus.jsonl.zst"
    if not path.exists():
        pytest.skip(f"no recorded provider streams at {path}; set WIRETAPE_STREAMS to their folder")
    with path.open("rb") as packed, zstandard.ZstdDecompressor().stream_reader(packed) as plain:
        return [json.loads(line) for line in io.TextIOWrapper(plain, encoding="utf-8")]


def test_response_headers_hold_no_false_hit(corpus: list[dict[str, Any]]) -> None:
    redactor, counts = Redactor(), Counter[str]()
    for recorded in corpus:
        pairs = tuple(
            (name, value)
            for name, values in recorded["response_headers"].items()
            for value in values
        )
        redactor.headers(pairs, counts)
    assert counts == {}


def test_targets_hold_no_false_hit(corpus: list[dict[str, Any]]) -> None:
    redactor, counts = Redactor(), Counter[str]()
    for recorded in corpus:
        url = urlsplit(recorded["url"])
        target = f"{url.path}?{url.query}" if url.query else url.path
        assert redactor.target(target, counts) == target
    assert counts == {}


def test_request_bodies_hold_no_false_hit(corpus: list[dict[str, Any]]) -> None:
    redactor, counts = Redactor(), Counter[str]()
    for recorded in corpus:
        body = json.dumps(recorded["request_body"]).encode()
        redactor.request_body(body, (("content-type", "application/json"),), counts)
    assert counts == {}


def test_a_planted_secret_is_all_that_is_found_in_request_bodies(
    corpus: list[dict[str, Any]],
) -> None:
    counts: Counter[str] = Counter()
    bodies = [r["request_body"] for r in corpus if isinstance(r["request_body"], dict)]
    for body in bodies:
        # Last, so that the scanner has been through all the rest.
        planted = {**body, "zz": {"password": "planted-secret"}}
        expected = {**body, "zz": {"password": "[REDACT******]"}}
        headers = (("content-type", "application/json"),)
        kept = Redactor().request_body(json.dumps(planted).encode(), headers, counts)
        assert json.loads(kept) == expected
    assert counts == {"body:**.password": len(bodies)}
