"""The rules on recorded traffic of real providers: every hit is looked at.

The folder of streams lies beside the checkout; WIRETAPE_STREAMS names another place.
"""

import base64
import io
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import zstandard
from msgspec.structs import replace

from tests.cassettes.redaction.planted import EXAMPLES
from wiretape.cassettes.model import Ending, Interaction, Request, Response, Timeline
from wiretape.cassettes.redaction import Redactor, scan_interaction

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


def kept_and_counts(recorded: dict[str, Any]) -> tuple[bytes, bytes, Counter[str]]:
    body = base64.b64decode(recorded["body_base64"])
    headers = (("content-type", recorded["content_type"]),)  # the coding is taken off already
    counts: Counter[str] = Counter()
    stream = Redactor().response_stream(headers, counts)
    kept = b"".join(stream.feed(body[at : at + 4096]) for at in range(0, len(body), 4096))
    return body, kept + stream.finish(), counts


HITS: dict[str, int] = {}
"""Every hit in the bodies of the responses, by rule. There is none: what the providers sent
holds no secret, and nothing that only looks like one (`task-...`, `start_char_index`, `eyJ...`
inside what is opaque) is taken for one."""


def test_response_bodies_hold_no_false_hit(corpus: list[dict[str, Any]]) -> None:
    total: Counter[str] = Counter()
    for recorded in corpus:
        body, kept, counts = kept_and_counts(recorded)
        assert kept == body
        total += counts
    assert total == HITS


SUSPICIONS: dict[tuple[str, str], int] = {}
"""Every suspicion of a scan, by rule and confidence; again there is none, not even a random
word beside `token` or `secret`."""


def test_a_scan_suspects_nothing(corpus: list[dict[str, Any]]) -> None:
    found: Counter[tuple[str, str]] = Counter()
    for recorded in corpus:
        found.update((one.rule, one.confidence) for one in scan_interaction(on_tape(recorded)))
    assert found == SUSPICIONS


def test_a_planted_secret_is_all_that_a_scan_suspects(corpus: list[dict[str, Any]]) -> None:
    secret = EXAMPLES["value:hf_"][0]
    for recorded in corpus[::6]:
        tape = on_tape(recorded)
        assert tape.response is not None
        body = tape.response.body + f'\n{{"planted":"{secret}"}}\n'.encode()
        planted = replace(tape, response=replace(tape.response, body=body))
        (suspicion,) = scan_interaction(planted)
        assert suspicion.rule == "value:hf_"
        assert suspicion.where == f"byte {body.index(secret.encode())}"


def on_tape(recorded: dict[str, Any]) -> Interaction:
    body = base64.b64decode(recorded["body_base64"])
    url = urlsplit(recorded["url"])
    headers = tuple(
        (name, value)
        for name, values in recorded["response_headers"].items()
        for value in values
        if name.lower() not in ("content-encoding", "content-type")
    )
    return Interaction(
        number=1,
        session=1,
        start_ns=0,
        upstream="any",
        base=f"{url.scheme}://{url.netloc}",
        request=Request(
            method=recorded["method"],
            target=f"{url.path}?{url.query}" if url.query else url.path,
            version="1.1",
            headers=(("content-type", "application/json"),),
            body=json.dumps(recorded["request_body"]).encode(),
        ),
        response=Response(
            version="1.1",
            status=recorded["status"],
            reason="OK",
            headers=(*headers, ("content-type", recorded["content_type"])),
            body=body,
        ),
        timeline=Timeline((), 0, (), Ending("complete", 0, len(body))),
    )


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
