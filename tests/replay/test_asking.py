"""The upstream a target is meant for."""

import pytest

from wiretape.replay.asking import origin_form, upstream_of

ONE = frozenset({"openai"})
TWO = frozenset({"openai", "groq"})


@pytest.mark.parametrize(
    ("target", "upstreams", "found"),
    [
        ("/openai/v1/x?a=b", ONE, ("openai", "/v1/x?a=b")),
        ("/v1/x?a=b", ONE, ("openai", "/v1/x?a=b")),
        ("/openai", ONE, ("openai", "/")),
        ("/openai?a=/b", ONE, ("openai", "/?a=/b")),
        ("/openai/", ONE, ("openai", "/")),
        ("/openai//x", ONE, ("openai", "//x")),
        ("/groq/v1/x", TWO, ("groq", "/v1/x")),
        ("/groq/v1/x", ONE, ("openai", "/groq/v1/x")),
        ("/v1/x", TWO, None),
        ("/v1/x?u=/openai/", TWO, None),
        ("/", TWO, None),
        ("/v1/x", frozenset(), ("", "/v1/x")),
    ],
)
def test_upstream_of(target: str, upstreams: frozenset[str], found: tuple[str, str] | None) -> None:
    assert upstream_of(target, upstreams) == found


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/v1/x?u=http://y/", "/v1/x?u=http://y/"),
        ("http://127.0.0.1:1/v1/x?q", "/v1/x?q"),
        ("HTTP://host", "/"),
        ("http://host?q=1", "/?q=1"),
        ("*", "*"),
    ],
)
def test_origin_form(target: str, path: str) -> None:
    assert origin_form(target) == path
