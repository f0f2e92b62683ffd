"""One interaction that no reader takes, in a block that is whole: it costs only itself."""

import io
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.cassettes.sample import SESSION
from tests.interactions import make_interaction, make_request
from wiretape.cassettes.checkup import check_up
from wiretape.cassettes.codec.encoder import (
    CassetteEncoder,
    encode_head,
    encode_interaction,
    encode_session,
)
from wiretape.cassettes.codec.index import entry_of
from wiretape.cassettes.errors import CassetteCorrupt
from wiretape.cassettes.store import Cassette, rebuild

HEAD = encode_head("wiretape 0.1.0") + encode_session(SESSION)

REFUSED = [
    (b'"status":200', b'"status":99'),
    (b'"reason":"OK"', b'"reason":"O\\u0000K"'),
    (b'"method":"POST"', b'"method":5'),
    (b'"version":"1.1","status"', b'"status"'),
    (b'"kind":"complete"', b'"kind":"finished"'),
    (b'"sizes":[4]', b'"sizes":[5]'),
    (b'"record":"timeline","n":2', b'"record":"timeline","n":7'),
    (b'"record":"response"', b'"record":"session"'),
]


@pytest.fixture(params=REFUSED, ids=[str(new) for _, new in REFUSED])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Three interactions in one block; the second says something that cannot be meant."""
    old, new = request.param
    file = io.BytesIO()
    encoder = CassetteEncoder(file)
    encoder.head(HEAD)
    for number in (1, 2, 3):
        asked = make_request(target=f"/{number}")
        one = make_interaction([(1, b"abc\n")], number=number, request=asked)
        text = encode_interaction(one)
        assert number != 2 or old in text
        encoder.add_text(text.replace(old, new) if number == 2 else text, entry_of(one))
    encoder.finish()
    path = tmp_path / "one.tape.zst"
    path.write_bytes(file.getvalue())
    return path


def test_the_others_are_read(path: Path) -> None:
    with Cassette.open(path) as cassette:
        assert [cassette.read(n).request.target for n in (1, 3)] == ["/1", "/3"]
        with pytest.raises(CassetteCorrupt):
            cassette.read(2)


def test_a_look_over_names_it(path: Path) -> None:
    found = check_up(path)
    assert found.interactions == 2
    assert any("interaction 2" in problem for problem in found.problems)
    assert not any("interaction 1" in one or "interaction 3" in one for one in found.problems)


def test_a_rebuilt_cassette_has_the_others_and_is_sound(path: Path) -> None:
    rebuild(path)
    assert check_up(path).problems == ()
    with Cassette.open(path) as cassette:
        assert [(one.number, one.request.target) for one in cassette] == [(1, "/1"), (3, "/3")]


def test_a_request_without_an_end_costs_only_itself(tmp_path: Path) -> None:
    first, second = (make_interaction([(1, b"abc\n")], number=number) for number in (1, 2))
    begun = encode_interaction(first).partition(b'{"record":"response"')[0]
    file = io.BytesIO()
    encoder = CassetteEncoder(file)
    encoder.head(HEAD)
    encoder.add_text(begun + encode_interaction(second), entry_of(second))
    encoder.finish()
    path = tmp_path / "one.tape.zst"
    path.write_bytes(file.getvalue())
    rebuild(path)
    with Cassette.open(path) as cassette:
        assert list(cassette) == [replace(second, session=1)]
