"""Images made and edited: previews, the image, the whole answer."""

import base64
import hashlib
from typing import Any

import pytest
from hypothesis import given, settings

from tests.cassettes.dialects.reading_streams import (
    broken_frames,
    meaning,
    only,
    read,
    read_whole,
    sse,
    unknown_paths,
)
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.delta import End, Error, Media, Meta
from wiretape.cassettes.dialects.images import ImagesDialect

Json = Any

PNG = b"\x89PNG whole"
USAGE = {
    "input_tokens": 3,
    "output_tokens": 4,
    "total_tokens": 7,
    "input_tokens_details": {"image_tokens": 1, "text_tokens": 2},
}


def event(kind: str, data: bytes, **more: Json) -> Json:
    encoded = base64.b64encode(data).decode()
    told = {"created_at": 5, "output_format": "png", "size": "auto", "background": "auto"}
    return {"type": kind, "b64_json": encoded, **told, **more}


@pytest.mark.parametrize("what", ["image_generation", "image_edit"])
def test_previews_and_the_image(what: str) -> None:
    deltas = read(
        ImagesDialect(),
        sse(
            event(f"{what}.partial_image", b"one", partial_image_index=0),
            event(f"{what}.partial_image", b"three", partial_image_index=1),
            event(f"{what}.completed", PNG, usage=USAGE, partial_image_index=2),
        ),
    )
    found = [(one.part, one.size, one.partial_index, one.final) for one in only(Media, deltas)]
    assert found == [
        ("image:0", 3, 0, False),
        ("image:0", 5, 1, False),
        ("image:0", len(PNG), None, True),
    ]
    said = answer_of(deltas)
    (image,) = said.choices[0].media
    assert (image.mime, image.sha256) == ("image/png", hashlib.sha256(PNG).hexdigest())
    assert said.usage is not None
    assert (said.usage.input, said.usage.image_in, said.usage.total) == (3, 1, 7)
    assert only(End, deltas) == [End(3, 3000, via="terminal_event")]
    assert unknown_paths(deltas) == []


def test_a_whole_answer_says_the_same() -> None:
    streamed = read(ImagesDialect(), sse(event("image_generation.completed", PNG, usage=USAGE)))
    whole = {
        "created": 5,
        "data": [{"b64_json": base64.b64encode(PNG).decode(), "revised_prompt": "a cat"}],
        "output_format": "png",
        "size": "auto",
        "usage": USAGE,
    }
    deltas = read_whole(ImagesDialect(), whole)
    assert meaning(deltas) == meaning(streamed)
    assert ("revised_prompt", "a cat") in [(one.what, one.value) for one in only(Meta, deltas)]
    assert unknown_paths(deltas) == []


def test_addresses_of_more_than_one() -> None:
    whole = {"created": 5, "data": [{"url": "https://i/1"}, {"url": "https://i/22"}, 3]}
    deltas = read_whole(ImagesDialect(), whole)
    assert [(one.part, one.size) for one in only(Media, deltas)] == [
        ("image:0", 11),
        ("image:1", 12),
    ]
    assert unknown_paths(deltas) == ["$.data[2]"]


def test_errors_and_the_unknown() -> None:
    error = {"type": "error", "error": {"code": "c", "message": "m"}}
    deltas = read(ImagesDialect(), sse(error, {"type": "image_generation.new"}))
    assert [(one.code, one.message) for one in only(Error, deltas)] == [("c", "m")]
    assert unknown_paths(deltas) == ["$"]
    assert only(End, deltas)[0].clean is False


def test_base64_that_is_none_counts_as_it_stands() -> None:
    (media,) = only(Media, read_whole(ImagesDialect(), {"data": [{"b64_json": "not base64!"}]}))
    assert media.size == len("not base64!")


EVENTS = [
    event("image_generation.partial_image", b"a", partial_image_index=0),
    event("image_edit.completed", b"a", usage=USAGE),
    {"created": 5, "data": [{"b64_json": "AAAA", "revised_prompt": "x"}]},
]


@settings(max_examples=150, deadline=None)
@given(broken_frames(EVENTS, ["", "error", "image_generation.completed"]))
def test_nothing_that_a_frame_can_hold_is_an_exception(frames: Json) -> None:
    assert len(only(End, read(ImagesDialect(), frames))) == 1
    for one in frames:
        assert isinstance(ImagesDialect().read_whole(one.data, 1)[-1], End)
