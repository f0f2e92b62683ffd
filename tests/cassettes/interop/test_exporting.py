"""Tapes as files of other tools, and back."""

import gzip
import json

import pytest
from msgspec.structs import replace

from tests.cassettes.interop.test_vectors import NOW, imported
from tests.interactions import make_interaction, make_request
from wiretape.cassettes.interop import Asked, import_bytes
from wiretape.cassettes.interop.exporting import Exporter, url_of
from wiretape.cassettes.interop.har_export import export_har
from wiretape.cassettes.interop.vcr_export import export_vcr
from wiretape.cassettes.model import Ending, EndingKind, Interaction, Session, Timeline

SESSIONS = {1: Session(1, "2026-11-22T22:01:13.000000Z", "wiretape 1")}
ASKED = Asked({}, "wiretape 1", NOW)


def there_and_back(export: Exporter, *interactions: Interaction) -> tuple[Interaction, ...]:
    return import_bytes(export(interactions, SESSIONS, "wiretape 1").data, ASKED).interactions


@pytest.mark.parametrize("export", [export_vcr, export_har])
@pytest.mark.parametrize("name", ["vcrpy-requests.yaml", "mitmproxy.har", "go-vcr-3.yaml"])
def test_what_goes_out_comes_back(export: Exporter, name: str) -> None:
    before = imported(name).interactions
    after = there_and_back(export, *before)
    assert [one.request for one in after] == [one.request for one in before]
    assert [one.response for one in after] == [one.response for one in before]


def answering(
    body: bytes, *headers: tuple[str, str], ending: EndingKind = "complete"
) -> Interaction:
    return make_interaction(
        [(200, body)],
        headers=(*headers, ("Content-Length", str(len(body)))),
        head_ms=120,
        end_ms=250,
        ending=ending,
    )


def test_bytes_and_codings() -> None:
    coded = gzip.compress(b'{"a": "\xc3\xbc"}', mtime=0)
    one = answering(coded, ("Content-Encoding", "gzip"))
    (as_vcr,) = there_and_back(export_vcr, one)
    assert as_vcr.response is not None
    assert as_vcr.response.body == b'{"a": "\xc3\xbc"}'
    assert as_vcr.response.headers == (("Content-Length", "11"),)
    twice = answering(gzip.compress(coded), ("Content-Encoding", "gzip, gzip"))
    done = export_vcr([one, twice, answering(b"x")], SESSIONS, "wiretape 1")
    assert (done.decoded, done.remarks) == (2, ())
    broken = answering(coded[:-3], ("Content-Encoding", "gzip"))
    strange = answering(b"x", ("Content-Encoding", "dcb"))
    kept = export_vcr([broken, strange], SESSIONS, "wiretape 1")
    assert {one.cause.partition(",")[0] for one in kept.remarks} == {
        "its body stays in its content coding"
    }
    (as_har,) = there_and_back(export_har, one)
    assert as_har.response is not None
    assert as_har.response.body == b'{"a": "\xc3\xbc"}'
    assert "taken off" in as_har.imported


def test_times_of_a_har() -> None:
    har = json.loads(export_har([answering(b"x")], SESSIONS, "wiretape 1").data)
    entry = har["log"]["entries"][0]
    assert entry["startedDateTime"] == "2026-11-22T22:01:13.000Z"
    assert entry["timings"] == {"send": 0, "wait": 120.0, "receive": 130.0}
    assert entry["time"] == 250.0
    assert har["log"]["creator"] == {"name": "wiretape", "version": "1"}
    (back,) = there_and_back(export_har, answering(b"x"))
    assert back.timeline.head_ns == 120_000_000
    untimed = json.loads(export_har(imported("vcrpy-httpx.yaml").interactions, {}, "w 1").data)
    assert untimed["log"]["entries"][0]["timings"]["comment"] == "not measured"


@pytest.mark.parametrize("export", [export_vcr, export_har])
def test_what_the_file_cannot_say_is_said(export: Exporter) -> None:
    cut = answering(b"x", ending="reset")
    nothing = Timeline((), None, (), Ending("cut", 1, 0))
    silent = replace(cut, number=2, response=None, timeline=nothing)
    done = export([cut, silent], SESSIONS, "wiretape 1")
    assert done.written == 1
    assert [(one.place, one.cause.split(",")[0]) for one in done.remarks] == [
        ("interaction 1", "it ended as reset"),
        ("interaction 2", "no response came"),
    ]


def test_a_base_with_a_path_is_not_given_twice() -> None:
    one = answering(b"x")
    for target, url in (
        ("/v1/models", "https://api.groq.com/openai/v1/models"),
        ("/openai/v1/models?a=b", "https://api.groq.com/openai/v1/models?a=b"),
    ):
        request = make_request(target=target)
        base = "https://api.groq.com/openai"
        asked = replace(one, upstream="groq", base=base, request=request)
        assert url_of(asked) == url
        found = import_bytes(
            export_vcr([asked], SESSIONS, "w").data,
            Asked({"groq": "https://api.groq.com/openai"}, "w", NOW),
        )
        assert found.interactions[0].request.target.startswith("/v1/models")
