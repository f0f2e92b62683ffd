"""A text cut into what counts as one: words, numbers, signs.

What is not seen belongs to the word it stands in, and the two ways in which Unicode writes a
letter with its accent are one. Pure; knows text only.
"""

import re
from unicodedata import category, is_normalized, normalize

_SINGLE = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
"""Scripts that put no space between words: each character is one."""

_CLUSTERED = (
    range(0x0E00, 0x0F00),  # Thai, Lao
    range(0x1000, 0x10A0),  # Burmese
    range(0x1780, 0x1800),  # Khmer
    range(0xA9E0, 0xAA00),  # Burmese, extended
    range(0xAA60, 0xAA80),
)
"""Of them, those whose characters are letters with marks."""


def _of_category(kind: str) -> str:
    found = (chr(code) for block in _CLUSTERED for code in block)
    return "".join(character for character in found if category(character)[0] == kind)


_BASES = _of_category("L")

_UNSEEN = r"\u00ad\u180e\u200b\u2060-\u2064\ufe00-\ufe0f\ufeff"
"""Characters of no width that change no letter and join nothing."""

_MARKS = (
    r"\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    r"\u0900-\u0903\u093a-\u094f\u0951-\u0963\u0980-\u0dff\u0f18-\u0f39\u0f71-\u0f84\u0f90-\u0fbc"
    rf"\u200c\u200d\u20d0-\u20f0{_UNSEEN}"
)
"""What goes on with a word, and begins none: accents, vowel signs, joiners."""

_BELOW = r"\u1039\u17d2"
"""Signs that put the next letter below this one."""

# Two vowels are letters by Unicode, and never begin a cluster (UAX 29).
_CLUSTER = (
    rf"[{_BASES}](?:[{_of_category('M')}\u0e33\u0eb3\u200c\u200d{_UNSEEN}]"
    rf"|(?<=[{_BELOW}])[{_BASES}])*"
)

_LETTER = rf"[^\W\d_{_SINGLE}{_BASES}]"
_NUMBER = r"\d+(?:[.,:]\d+)*"
_WORD = rf"{_LETTER}+(?:[{_MARKS}]+{_LETTER}*|['\u2019]{_LETTER}+)*"

_TOKEN = re.compile(
    # A minus before a number is of it, a hyphen behind a word or a number is not.
    rf"(?:(?<![\w.)\]])[-\u2212]\.?|(?<![\w.])\.)?{_NUMBER}"
    rf"|[{_SINGLE}]"
    rf"|{_WORD}"
    rf"|{_CLUSTER}"
    # Punctuation by Unicode that is read as a sign where it stands so.
    r"|(?P<sign>[-!+*/%&|^~:?=<>]*[=<>]+"
    r"|[%\u2030&]+|(?<=[\w)\]])[*/](?=[\w(])|(?<=[\w)\]] )[*/](?= [\w(])"
    r"|(?<=\w)\#+|\#(?=\w)|@(?=\w)|(?<=[^\W_])_+(?=[^\W_])|(?<![\w.)\]])-(?=[$\u20ac\xa3\xa5]))"
    r"|([^\w\s]|_)\2*"
)

_COUNTED = re.compile(rf"{_NUMBER}|[{_SINGLE}]|{_WORD}|{_CLUSTER}")

_REMOVED = re.compile(rf"[{_UNSEEN}]+")

_QUOTES = frozenset("`\xb4\xa8")
"""Symbols by Unicode that stand for quotes."""


TYPOGRAPHIC = "\u2019"
"""The apostrophe as it is printed."""


class Words:
    """A text cut into words and signs, each with the whitespace behind it. Both apostrophes are
    one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts: list[int] = []
        self.words: list[str] = []
        self.content: list[str] = []
        """Of them, what is no punctuation."""
        plain = text.isascii()
        for found in _TOKEN.finditer(text):
            word = found[0] if plain else normal(found[0]).replace(TYPOGRAPHIC, "'")
            if word:
                self.starts.append(found.start())
                self.words.append(word)
                if is_word(word) or found.lastgroup == "sign" or not _is_punctuation(word):
                    self.content.append(word)
        if self.starts:
            self.starts[0] = 0
        self.starts.append(len(text))

    def between(self, start: int, end: int) -> str:
        """The text from one word to another."""
        return self.text[self.starts[start] : self.starts[end]]


def normal(text: str) -> str:
    """The text as it is seen: accents with their letters, nothing of no width."""
    if not is_normalized("NFC", text):
        text = normalize("NFC", text)
    return _REMOVED.sub("", text)


def is_word(token: str) -> bool:
    """Whether it is a word or a number; else it is a sign."""
    return token[0].isalnum() or token[-1].isalnum()


def _is_punctuation(sign: str) -> bool:
    return sign[0] in _QUOTES or category(sign[0]).startswith("P")


def has_word(text: str) -> bool:
    """Whether there is a word or a number in a text."""
    return _COUNTED.search(text) is not None


def word_count(text: str) -> int:
    """How many words and numbers a text has."""
    return sum(1 for _ in _COUNTED.finditer(text))


MOST_BACK = 200
"""Characters that a word has at most, where it is looked for its beginning."""


def common_start(a: str, b: str) -> int:
    """How much two texts have in common at their beginning, in whole words."""
    place = first_place(a, b)
    least = max(0, place - MOST_BACK)
    while place > least and not a[place - 1].isspace():
        place -= 1
    return place


def first_place(a: str, b: str) -> int:
    """Where two texts first differ. Halves are compared whole, as texts may be long."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
