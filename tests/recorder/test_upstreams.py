"""Names, bases, and the URLs that come of them."""

import re

import pytest

from wiretape.recorder import BUILT_IN, BadUpstream, Upstream, client_environment, parse_upstream

GOOD = {
    "mine=http://127.0.0.1:8080": Upstream("mine", "http://127.0.0.1:8080"),
    "a-1=https://HOST.test/base/": Upstream("a-1", "https://host.test/base"),
    "x=https://[::1]:8443/v1": Upstream("x", "https://[::1]:8443/v1"),
}
BAD = {
    "": "no '='",
    "https://host.test": "without a name",
    "https://host.test/?a=b": "without a name",
    "=https://host.test": "cannot be a name",
    "Mine=https://host.test": "cannot be a name",
    "a/b=https://host.test": "cannot be a name",
    "-a=https://host.test": "cannot be a name",
    "__wiretape=https://host.test": "cannot be a name",
    "a=host.test": "http:// or https://",
    "a=ftp://host.test": "http:// or https://",
    "a=https://": "no host",
    "a=https://host.test:x": "cannot be read",
    "a=https://host.test:0": "port 0",
    "a=https://host.test:70000": "cannot be read",
    "a=https://host.test/?key=s": "no query",
    "a=https://host.test/#f": "no fragment",
    "a=https://host.test/ x": "space",
    "a=https://host.test/\r\nX: y": "space",
    "a=https://h\xf6st.test": "outside ASCII",
}


@pytest.mark.parametrize("text", GOOD)
def test_an_upstream_is_read(text: str) -> None:
    assert parse_upstream(text) == GOOD[text]


@pytest.mark.parametrize("text", BAD)
def test_what_cannot_be_one_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(BadUpstream, match=re.escape(BAD[text])) as caught:
        parse_upstream(text)
    assert "NAME=URL" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_password_is_refused_and_not_repeated() -> None:
    with pytest.raises(BadUpstream, match="user name or password") as caught:
        parse_upstream("a=https://me:hunter2@host.test")
    assert "hunter2" not in str(caught.value)


def test_parts_of_a_base() -> None:
    upstream = Upstream("x", "https://host.test:8443/api")
    assert (upstream.tls, upstream.host, upstream.port) == (True, "host.test", 8443)
    assert upstream.authority == "host.test:8443"
    assert Upstream("x", "http://host.test").port == 80
    assert Upstream("x", "https://host.test").port == 443
    assert Upstream("x", "http://[::1]:90").host == "::1"


TARGETS = [
    ("openai", "/v1/responses?x=1", "/v1/responses?x=1"),
    ("groq", "/v1/chat/completions", "/openai/v1/chat/completions"),
    ("groq", "/openai/v1/chat/completions", "/openai/v1/chat/completions"),
    ("openrouter", "/v1/models?a=/api", "/api/v1/models?a=/api"),
    ("openrouter", "/apis", "/api/apis"),
    ("openrouter", "/api", "/api"),
    ("openrouter", "/", "/api/"),
]


@pytest.mark.parametrize(("name", "target", "asked"), TARGETS)
def test_the_base_is_put_before_the_path_once(name: str, target: str, asked: str) -> None:
    assert BUILT_IN[name].upstream_target(target) == asked


def test_every_built_in_upstream_could_have_been_given() -> None:
    for name, upstream in BUILT_IN.items():
        assert parse_upstream(f"{name}={upstream.base}") == upstream


def test_variables_for_clients() -> None:
    variables = client_environment("http://127.0.0.1:8787/")
    assert variables["OPENAI_BASE_URL"] == "http://127.0.0.1:8787/openai/v1"
    assert variables["ANTHROPIC_BASE_URL"] == "http://127.0.0.1:8787/anthropic"
    assert variables["OLLAMA_HOST"] == "http://127.0.0.1:8787/ollama"
    assert "ANTHROPIC_BEDROCK_BASE_URL" not in variables
    more = client_environment("http://h:1", {"bedrock": Upstream("bedrock", "https://b.test")})
    assert more == {
        "AWS_BEDROCK_BASE_URL": "http://h:1/bedrock/openai/v1",
        "ANTHROPIC_BEDROCK_BASE_URL": "http://h:1/bedrock",
    }
