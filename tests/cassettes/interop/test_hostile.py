"""Files that somebody sends: bombs, depth, tags, damage. One line each, and no memory taken."""

import base64
import gzip
import json
import random
import re
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from wiretape.cassettes.codec.content import MOST_DECODED
from wiretape.cassettes.codec.legal import problem_of
from wiretape.cassettes.interop import Asked, Unreadable, import_bytes
from wiretape.cassettes.interop.yaml_text import MOST_DEPTH, load_yaml

VECTORS = Path(__file__).parents[2] / "vectors" / "interop"
ASKED = Asked({}, "wiretape 1", "2026-11-23T10:00:00.000000Z")

BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{level}: &a{level} [{','.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 30)
)

REFUSED = {
    "an alias bomb": (BOMB.encode(), "counted through its aliases"),
    "an alias within itself": (b"a: &a [*a]", "names what is not there, or itself"),
    "depth": (b"[" * 5000, "deep"),
    "depth through aliases": (
        "\n".join(
            ["a0: &a0 x", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, MOST_DEPTH + 5))]
        ).encode(),
        "deep",
    ),
    "an object of Python": (b"a: !!python/object/apply:os.system ['true']", "the tag"),
    "an object of Ruby": (b"a: !ruby/object:Gem::Installer {}", "the tag"),
    "a binary that is none": (b"a: !!binary 'x'", "no base64"),
    "two documents": (b"a: 1\n---\nb: 2\n", "a second document"),
    "nothing": (b"", "an empty file"),
    "no YAML": (b"a: [1", "line 2"),
    "no text": (b"a: \xff\xfe\x00", "byte 3: invalid"),
    "JSON that breaks off": (b'{"log": {"entries": [', "truncated"),
    "deep JSON": (b'{"log":' + b"[" * 200_000, "nested too deep"),
    "a list": (b"[]", "a list that is of no tool known here"),
    "an old cassette of VCR.py": (b"- request: {}\n  response: {}\n", "a list that is of no tool"),
    "a cassette of ours": (b"\x28\xb5\x2f\xfd....", "needs no import"),
    "a flow that breaks off": (b"12:abc", "the file ends before"),
    "deep flows": (b"".join(b"%d:" % n for n in range(400, 0, -1)), "byte"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused_in_a_line(what: str) -> None:
    data, words = REFUSED[what]
    with pytest.raises(Unreadable, match=words) as refused:
        import_bytes(data, ASKED)
    assert "\n" not in str(refused.value)


def test_a_bomb_takes_no_memory() -> None:
    tracemalloc.start()
    with pytest.raises(Unreadable):
        load_yaml(BOMB.encode())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4_000_000


def test_an_alias_is_what_it_stands_for() -> None:
    assert load_yaml(b"a: &x {k: [v]}\nb: *x\n") == {"a": {"k": ["v"]}, "b": {"k": ["v"]}}


def test_scalars_stay_what_they_are() -> None:
    text = (
        b"{a: no, b: 0x1F, c: 2026-11-22, d: ~, e: '', f: !!binary QQ==, g: !binary QQ==, h: 1e3}"
    )
    assert load_yaml(text) == {
        "a": "no",
        "b": "0x1F",
        "c": "2026-11-22",
        "d": None,
        "e": "",
        "f": b"A",
        "g": b"A",
        "h": "1e3",
    }


@pytest.mark.parametrize("path", sorted(VECTORS.glob("[!R]*")), ids=lambda path: path.name)
def test_a_damaged_file_is_read_as_far_as_it_goes_or_refused(path: Path) -> None:
    whole = path.read_bytes()
    dice = random.Random(path.name)
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(dice.randint(1, 8)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        cut = bytes(data[: dice.randrange(len(data))]) if dice.random() < 0.5 else bytes(data)
        with suppress(Unreadable):
            for one in import_bytes(cut, ASKED).interactions:
                assert problem_of(one) == ""


def test_flows_in_front_of_damage_are_kept() -> None:
    whole = (VECTORS / "mitmproxy.flows").read_bytes()
    found = import_bytes(whole[:-10], ASKED)
    assert len(found.interactions) == 2
    assert found.left[0].place == "after flow 2"
    assert "the file ends before" in found.left[0].cause


BAD = {
    "{request: {url: u, method: GET}, response: {code: x}}": "no whole number",
    "{request: {url: 'ftp://h/', method: GET}, response: {code: 200}}": "not of http or https",
    '{request: {url: "http://h/v1/x\\r\\nEvil"}, response: {code: 200}}': "a URL with a line end",
    "{request: {url: 'http://a..ü/'}, response: {code: 200}}": "a URL whose host is no name",
    "{request: {url: 'http://[h/'}, response: {code: 200}}": "cannot be read",
    "{request: {url: 'http://h/', method: 'G T'}, response: {code: 200}}": "a method that is none",
    "{request: {url: 'http://h/'}, response: {code: 20}}": "a status that no answer ends with",
    "{request: {url: 'http://h/', headers: [x]}, response: {code: 200}}": (
        "request.headers is a list and no object"
    ),
}


@pytest.mark.parametrize(("interaction", "cause"), BAD.items())
def test_one_bad_interaction_is_left_and_said(interaction: str, cause: str) -> None:
    found = import_bytes(f"interactions: [{interaction}]".encode(), ASKED)
    assert found.interactions == ()
    assert [one.place for one in found.left] == ["interaction 1"]
    assert cause in found.left[0].cause


SPLITTING = {
    '{headers: {"X\\r\\nEvil": [a]}}': ("'X\\\\r\\\\nEvil'", "its name"),
    "{headers: {a b: [c]}}": ("'a b'", "its name"),
    "{headers: {'': [c]}}": ("''", "its name"),
    '{headers: {X: ["a\\r\\nEvil: b"]}}': ("'X'", "its value"),
    '{headers: {X: [" a\\0"]}}': ("'X'", "its value"),
    '{headers: {}, status: "200 OK\\r\\nEvil: 1"}': ("reason", "its value"),
    '{headers: {}, trailer: {"X\\n": [a]}}': ("'X\\\\n'", "its name"),
}


@pytest.mark.parametrize(("response", "said"), SPLITTING.items())
def test_what_would_split_a_response_is_left_out_and_the_rest_plays(
    response: str, said: tuple[str, str]
) -> None:
    answer = response.replace("{headers", "{code: 200, body: hi, headers", 1)
    document = f"interactions: [{{request: {{url: 'http://h/'}}, response: {answer}}}]"
    found = import_bytes(document.encode(), ASKED)
    (only,), (left,) = found.interactions, found.left
    assert only.response is not None
    assert (only.response.body, only.lost) == (b"hi", "")
    assert "Evil" not in repr(only.response)
    assert said[0].replace("\\\\", "\\") in left.place
    assert left.place.endswith("of interaction 1")
    assert said[1] in left.cause
    assert "is left out" in only.imported


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_a_body_that_is_never_sent_is_left_out(method: str, status: int) -> None:
    document = (
        f"interactions: [{{request: {{url: 'http://h/', method: {method}}},"
        f" response: {{code: {status}, body: hi}}}}]"
    )
    found = import_bytes(document.encode(), ASKED)
    (only,), (left,) = found.interactions, found.left
    assert only.response is not None
    assert (only.response.body, only.timeline.received) == (b"", ())
    assert left.place == "the response's body of interaction 1"
    assert "the response's body is left out" in only.imported


def test_a_body_that_no_cassette_holds_is_left_out_with_its_interaction() -> None:
    bomb = gzip.compress(bytes(MOST_DECODED + 1), 1)
    (big, small) = (base64.b64encode(body).decode() for body in (bomb, gzip.compress(b"{}")))
    parts = [
        {"request": {"url": "http://h/", "method": "GET"},
         "response": {"code": 200, "headers": {"Content-Encoding": ["gzip"]}, "body": body}}
        for body in ("BIG", "SMALL")
    ]  # fmt: skip
    document = json.dumps({"interactions": parts})
    document = document.replace('"BIG"', f"!!binary {big}").replace('"SMALL"', f"!!binary {small}")
    found = import_bytes(document.encode(), ASKED)
    assert [one.lost for one in found.interactions] == [""]
    (left,) = found.left
    assert left.place == "interaction 1"
    assert "decodes to more than" in left.cause


def entry(**changed: object) -> dict[str, object]:
    return {
        "startedDateTime": "2026-01-01T00:00:00Z",
        "request": {"method": "GET", "url": "https://h/x", "headers": []},
        "response": {"status": 200, "statusText": "", "headers": [], "content": {"text": "hi"}},
        "timings": {"wait": 1, "receive": 1},
        **changed,
    }


ODD: tuple[object, ...] = (
    None, True, 5, -1, 1e308, float("nan"), float("inf"), 10**30, "", "x", "\ud800", "a\r\nb: c",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "http://\ud800/", "http://[/",
    [], [5], {}, {"text": 5}, {"\ud800": "\ud800"},
)  # fmt: skip


def odd_entries() -> Iterator[dict[str, object]]:
    """An entry with one value of it anything else, for each of its values."""
    plain = entry()
    for name, held in plain.items():
        inner = held if isinstance(held, dict) else {}
        more = ("httpVersion", "postData", "bodySize", "trailers") if inner else ()
        for odd in ODD:
            yield {**plain, name: odd}
            yield from ({**plain, name: {**inner, key: odd}} for key in (*inner, *more))
            yield from ({**plain, name: {**inner, "headers": [{"name": odd, "value": value}]}}
                        for value in ("a", odd))  # fmt: skip


def test_no_value_of_an_entry_loses_the_others() -> None:
    odd = list(odd_entries())
    for one in odd:
        text = json.dumps({"log": {"entries": [one, entry()]}})
        found = import_bytes(text.encode(), ASKED)
        assert found.interactions, one
        assert found.interactions[-1].response is not None
        assert found.session.started[0] == "2"
        for interaction in found.interactions:
            assert problem_of(interaction) == ""
            assert interaction.response is not None
            assert interaction.lost == ""
            assert interaction.start_ns < 2**63
        "".join(one.place + one.cause for one in found.left).encode()
    assert len(odd) > 300


@pytest.mark.parametrize("path", sorted(VECTORS.glob("*.[hjy]*")), ids=lambda path: path.name)
def test_no_scalar_of_a_recording_loses_the_file(path: Path) -> None:
    """Each quoted text of a recording of every tool, made something odd in its turn."""
    text = path.read_text("utf-8")
    places = list(re.finditer(r'"[^"\\\n]*"(?=\s*[,}\]\n])|(?<=: )[^\n\[{"|>&*!]+$', text, re.M))
    for place in places[:: max(1, len(places) // 40)]:
        for odd in ("-1", '"0001-01-01T00:00:00+14:00"', '"a\\r\\nb"', "[5]"):
            data = (text[: place.start()] + odd + text[place.end() :]).encode()
            with suppress(Unreadable):
                for one in import_bytes(data, ASKED).interactions:
                    assert problem_of(one) == ""
                    assert one.lost == ""


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"version: 1\ninteractions: []\n", "it holds no interaction"),
        (b'{"log": {"entries": []}}', "it holds no interaction"),
        (b'{"fixtures": []}', "it holds no interaction"),
    ],
)
def test_a_file_that_holds_nothing_is_said_to(data: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        import_bytes(data, ASKED)


def test_another_format_than_was_said() -> None:
    data = b"interactions: [{request: {url: 'http://h/'}, response: {code: 200}}]"
    with pytest.raises(Unreadable, match=r"no HAR \(log\.entries is .*\); it looks like go-vcr"):
        import_bytes(data, replace(ASKED, source="har"))


def test_a_head_cannot_be_split() -> None:
    document = (
        "interactions: [{request: {url: 'http://u:secretpw@h/a b', method: GET,"
        ' headers: {X: ["a\\r\\nY: b"]}}, response: {code: 200, headers: {}}}]'
    )
    found = import_bytes(document.encode(), ASKED)
    (only,) = found.interactions
    assert only.request.target == "/a%20b"
    assert only.base == "http://h"
    assert "secretpw" not in repr(only)
    assert only.request.headers == (("Host", "h"),)
    assert [one.place for one in found.left] == ["the request's header 'X' of interaction 1"]


@pytest.mark.parametrize(
    ("url", "placed"),
    [
        ("https://API.openai.com:443/v1/x", ("openai", "https://api.openai.com", "/v1/x")),
        ("http://api.openai.com/v1/x", ("api-openai-com", "http://api.openai.com", "/v1/x")),
        (
            "https://openrouter.ai/api/v1?a=b c#d",
            ("or", "https://openrouter.ai/api", "/v1?a=b%20c"),
        ),
        ("https://openrouter.ai/apix", ("openrouter-ai", "https://openrouter.ai", "/apix")),
        ("http://[::1]:8080", ("1-8080", "http://[::1]:8080", "/")),
        (
            "https://Müller.example:81/é",
            ("xn-mller-kva-example-81", "https://xn--mller-kva.example:81", "/%C3%A9"),
        ),
    ],
)
def test_where_a_request_went(url: str, placed: tuple[str, str, str]) -> None:
    known = {"openai": "https://api.openai.com", "or": "https://openrouter.ai/api"}
    document = f"interactions: [{{request: {{url: '{url}'}}, response: {{code: 200}}}}]"
    (only,) = import_bytes(document.encode(), Asked(known, "w", ASKED.now)).interactions
    assert (only.upstream, only.base, only.request.target) == placed
