"""Whom the servers serve: hosts to listen on, tokens, and what a browser's page is told by."""

import pytest

from wiretape.cassettes.admission import denial_of, is_loopback, listening_problem
from wiretape.cassettes.model import Headers

TOKEN = "0123456789abcdef"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)
    assert listening_problem(host, "") == ""


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "", "evil.test", "127.evil.test"])
def test_open_to_the_network(host: str) -> None:
    assert not is_loopback(host)
    assert "open to the network" in listening_problem(host, "")
    assert listening_problem(host, TOKEN) == ""


@pytest.mark.parametrize(
    ("token", "words"),
    [("sesame", "too short"), (TOKEN + " ", "visible ASCII"), (TOKEN + "\r\n", "visible ASCII"),
     (TOKEN + "ü", "visible ASCII")],
)  # fmt: skip
def test_a_token_that_will_not_do(token: str, words: str) -> None:
    problem = listening_problem("127.0.0.1", token)
    assert words in problem
    assert token not in problem


OURS = ["localhost", "localhost:8787", "LocalHost.", "127.0.0.1:1", "[::1]:8787", "app.localhost:3"]
NOT_OURS = [
    "evil.test",
    "evil.test:8787",
    "127.0.0.1.evil.test",
    "localhost.evil.test",
    "0.0.0.0:8787",
    "host.docker.internal:8787",
    "192.168.1.2",
    "[::1",
    "[::1].evil.test",
    "[::1]evil.test:8787",
    "::1",
    "evil.test@localhost",
    "localhost@evil.test",
    "localhost:8787@evil.test",
    "localhost:evil",
    "localhost/evil.test",
    "localhost, evil.test",
    "",
]


@pytest.mark.parametrize("host", OURS)
def test_names_that_are_this_machine(host: str) -> None:
    assert denial_of((("Host", host),), "") is None
    assert denial_of((("Host", host), ("Origin", f"http://{host}")), "") is None


@pytest.mark.parametrize("host", NOT_OURS)
def test_names_that_anyone_can_own(host: str) -> None:
    denial = denial_of((("Host", host),), "")
    assert denial is not None
    assert (denial.status, denial.code) == (421, "wrong_host")
    assert denial_of((("Host", host), ("X-Wiretape-Token", TOKEN)), TOKEN) is None
    origin = denial_of((("Host", "localhost"), ("Origin", f"http://{host}")), "")
    assert origin is not None
    assert origin.code == "cross_origin"


@pytest.mark.parametrize("second", ["evil.test", "localhost"])
def test_two_hosts(second: str) -> None:
    denial = denial_of((("Host", "localhost"), ("host", second)), "")
    assert denial is not None
    assert (denial.status, denial.code) == (421, "wrong_host")


@pytest.mark.parametrize(
    "headers",
    [
        (("Origin", "https://evil.test"),),
        (("Origin", "HTTP://evil.test:80"),),
        (("Origin", "null"),),
        (("Origin", "http://127.0.0.1.evil.test"),),
        (("Origin", "http://evil.test@localhost"),),
        (("Origin", "http://localhost"), ("origin", "http://evil.test")),
        (("Origin", "http://localhost"), ("origin", "http://localhost")),
        (("Sec-Fetch-Site", "cross-site"),),
        (("Sec-Fetch-Site", "Cross-Site"),),
        (("Sec-Fetch-Site", "none"), ("sec-fetch-site", "CROSS-SITE")),
    ],
)
def test_pages_of_elsewhere(headers: Headers) -> None:
    denial = denial_of((("Host", "localhost"), *headers), "")
    assert denial is not None
    assert (denial.status, denial.code) == (403, "cross_origin")


@pytest.mark.parametrize(
    "headers",
    [
        (("Origin", "http://localhost:3000"), ("Sec-Fetch-Site", "cross-site")),
        (("Origin", "vscode-webview://abc"),),
        (("Origin", "app://obsidian.md"),),
        (("Sec-Fetch-Site", "none"),),
        (),
    ],
)
def test_pages_and_programs_of_this_machine(headers: Headers) -> None:
    assert denial_of((("Host", "localhost"), *headers), "") is None


def test_the_token() -> None:
    missing = denial_of((("Host", "localhost"),), TOKEN)
    wrong = denial_of((("X-WIRETAPE-Token", TOKEN[:-1] + "é"),), TOKEN)
    assert missing is not None
    assert wrong is not None
    assert (missing.status, missing.code) == (401, "token_missing")
    assert (wrong.status, wrong.code) == (401, "token_wrong")
    assert TOKEN not in missing.message + wrong.message
    assert denial_of((("x-wiretape-token", TOKEN), ("Origin", "https://evil.test")), TOKEN) is None


def test_a_second_token_must_be_the_same() -> None:
    for pair in ((TOKEN, TOKEN[::-1]), (TOKEN[::-1], TOKEN)):
        denial = denial_of(tuple(("X-Wiretape-Token", one) for one in pair), TOKEN)
        assert denial is not None
        assert (denial.status, denial.code) == (401, "token_wrong")
    assert denial_of((("X-Wiretape-Token", TOKEN), ("x-wiretape-token", TOKEN)), TOKEN) is None
