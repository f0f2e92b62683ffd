"""Files that somebody sends: bombs, depth, tags, damage. One line each, and no memory taken."""

import random
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest

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


def test_a_head_cannot_be_split() -> None:
    document = (
        "interactions: [{request: {url: 'http://u:secretpw@h/a b', method: GET,"
        ' headers: {X: ["a\\r\\nY: b"]}}, response: {code: 200, headers: {}}}]'
    )
    (only,) = import_bytes(document.encode(), ASKED).interactions
    assert only.request.target == "/a%20b"
    assert only.base == "http://h"
    assert "secretpw" not in repr(only)
    assert ("X", "a??Y: b") in only.request.headers
    assert "cannot stand in one" in only.lost


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
    ],
)
def test_where_a_request_went(url: str, placed: tuple[str, str, str]) -> None:
    known = {"openai": "https://api.openai.com", "or": "https://openrouter.ai/api"}
    document = f"interactions: [{{request: {{url: '{url}'}}, response: {{code: 200}}}}]"
    (only,) = import_bytes(document.encode(), Asked(known, "w", ASKED.now)).interactions
    assert (only.upstream, only.base, only.request.target) == placed
