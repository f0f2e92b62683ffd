"""What a tape may do to a terminal: nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiretape.cli.views.terminal import TerminalText, harmless, harmless_line


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("plain text é\twith\nlines\r\n", "plain text é\twith\nlines\r\n"),
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("\x1b[2J\x1b[31m", "␛[2J␛[31m"),
        ("hidden\rshown", "hidden␍shown"),
        ("\x9b31m", "<9b>31m"),
        ("\x7f\x00\x08", "␡␀␈"),
        ("user\u202etxt.exe", "user<202e>txt.exe"),
    ],
)
def test_control_characters_become_visible(foreign: str, shown: str) -> None:
    assert harmless(foreign) == shown


def test_a_line_stays_a_line() -> None:
    assert harmless_line("a\nb\r\nc\td") == "a␊b␍␊c␉d"
    assert harmless_line("a\u2028b\u2029c\x85d") == "a<2028>b<2029>c<85>d"


@given(st.binary(max_size=60), st.integers(0, 60))
def test_a_stream_is_made_harmless_wherever_it_is_split(data: bytes, at: int) -> None:
    text = TerminalText()
    split = text.feed(data[:at]) + text.feed(data[at:]) + text.feed(b"", final=True)
    assert split == harmless(data.decode(errors="replace"))
    assert not any(char < " " and char not in "\t\n\r" for char in split)


def test_a_character_torn_between_two_chunks_is_whole() -> None:
    text = TerminalText()
    assert text.feed("é".encode()[:1]) == ""
    assert text.feed("é".encode()[1:]) == "é"
