"""Looks for secrets by how they look, in bytes that may go on.

First the literal beginnings are looked for, those with the same first byte at once; only
where one stands is a pattern tried. A pattern holds from its minimum on, so that what comes
later can neither make nor unmake it; how far it is masked is another question, which its
`rest` answers. Knows the entries of `value_patterns.py` and the two that are written out here.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from wiretape.cassettes.redaction.masks import mask
from wiretape.cassettes.redaction.stream import Hit
from wiretape.cassettes.redaction.value_patterns import OPAQUE_NAMES, ValuePattern, WordStart

# JSON writes what is between two words as \n or \u0020, a target as %20: the letter or digit
# in front of the secret is then none of a word.
_ESCAPED = rb"|(?<=\\[nrtbf])|(?<=\\u[0-9A-Fa-f]{4})|(?<=%[0-9A-Fa-f]{2})"
_WORD_START: dict[WordStart, bytes] = {
    "word": rb"(?:(?<![A-Za-z0-9_-])" + _ESCAPED + rb")",
    "blob": rb"(?:(?<![A-Za-z0-9_+/-])" + _ESCAPED + rb")",
}

_OPAQUE = re.compile(
    rb'(?:%b)\\*"\s{0,2}:\s{0,2}\\*"\Z' % b"|".join(name.encode() for name in OPAQUE_NAMES)
)
_OPAQUE_LOOK = 48
"""Bytes in front of a secret that are looked at for the name of an opaque member."""

_MAY_GO_ON = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~+/=%- ")
"""Bytes in which something undecided can end. Frames end in none of them."""


class _Form(NamedTuple):
    """One way a secret may begin, ready to be tried."""

    rule: str
    beginning: bytes
    offset: int
    """From where the beginning stands to where the mask begins."""
    head: re.Pattern[bytes]
    """Matches, from where the mask begins, what makes it a secret."""
    undecided: re.Pattern[bytes]
    """Matches, from the same place to the end of the data, what more bytes could make one."""
    rest: re.Pattern[bytes]
    """Matches what more is masked; always matches."""
    longest: int
    """Bytes that may be undecided."""


class _Group(NamedTuple):
    """The forms that begin with the same byte."""

    find: re.Pattern[bytes]
    forms: tuple[_Form, ...]


class Patterns:
    """A set of patterns to search for. Never changes, so that sessions can share it."""

    def __init__(self, values: tuple[ValuePattern, ...]) -> None:
        forms = [*_forms(values), *_jwt(), *_pem()]
        self._groups = tuple(_grouped(forms))
        self._longest_offset = max(form.offset for form in forms)
        self._ends = _beginnings_at_the_end(forms)
        # A short tail is looked at as a whole, a long one only where such a secret begins.
        self._short = max(form.longest for form in forms if form.rule not in _LONG)
        self._long = tuple(form for form in forms if form.rule in _LONG)

    def occurrences(self, data: bytes, at: int) -> list[Hit]:
        """Every secret that begins at `at` or later, by start."""
        start = max(0, at - self._longest_offset)
        found = [
            hit
            for group in self._groups
            if group.find.search(data, start)
            for hit in _in_group(group, data, start, at)
        ]
        if len(found) > 1:
            found.sort(key=lambda hit: hit.start)
        return found

    def undecided_from(self, data: bytes, at: int) -> int:
        """Where the tail begins that more bytes could turn into a secret."""
        size = len(data)
        if size <= at or data[-1] not in _MAY_GO_ON:
            return size
        beginning = self._ends.search(data, max(at, size - _LONGEST_BEGINNING))
        undecided = size if beginning is None else beginning.start()
        short = max(at, size - self._short)
        for group in self._groups:
            for found in group.find.finditer(data, max(0, short - self._longest_offset)):
                for form in group.forms:
                    place = found.start() + form.offset
                    if at <= place < undecided and _is_undecided(form, data, place):
                        undecided = place
        return min(undecided, self._long_undecided(data, at))

    def _long_undecided(self, data: bytes, at: int) -> int:
        size = len(data)
        for form in self._long:
            place = data.find(form.beginning, max(at, size - form.longest))
            while place >= 0:
                if _is_undecided(form, data, place):
                    size = min(size, place)
                    break
                place = data.find(form.beginning, place + 1)
        return size


def _in_group(group: _Group, data: bytes, start: int, at: int) -> Iterator[Hit]:
    ends: dict[bytes, int] = {}
    for found in group.find.finditer(data, start):
        for form in group.forms:
            place = found.start() + form.offset
            head = form.head.match(data, place) if place >= at else None
            if head is None or _OPAQUE.search(data, max(0, place - _OPAQUE_LOOK), place):
                continue
            # What begins inside one of its own kind is covered by it: to follow each to the end
            # would make `ya29.x.ya29.x.` and so on cost the square of its length.
            if head.end() > ends.get(form.beginning, 0):
                rest = form.rest.match(data, head.end())
                assert rest is not None
                ends[form.beginning] = rest.end()
                yield Hit(place, rest.end(), mask(head.end() - place), form.rule, form.rest)
            break


def _is_undecided(form: _Form, data: bytes, place: int) -> bool:
    return form.undecided.match(data, place) is not None and form.head.match(data, place) is None


def _forms(values: tuple[ValuePattern, ...]) -> Iterator[_Form]:
    for value in values:
        characters = b"[%b]" % value.characters.encode("ascii")
        telling = value.telling.encode("ascii")
        for prefix in value.prefixes:
            beginning = prefix.encode("ascii")
            literal = re.escape(beginning)
            # A kept prefix is looked back at, so that only what it announces is masked.
            before = (
                rb"(?<=%b)" % literal if value.keeps_prefix else _WORD_START[value.after] + literal
            )
            yield _Form(
                rule=f"value:{value.name}",
                beginning=beginning,
                offset=len(beginning) if value.keeps_prefix else 0,
                head=re.compile(before + telling + characters + b"{%d}" % value.minimum),
                undecided=re.compile(before + characters + b"{0,%d}\\Z" % (value.minimum - 1)),
                rest=re.compile(characters + b"*"),
                longest=len(beginning) * (not value.keeps_prefix) + value.minimum - 1,
            )


JWT_RULE = "value:jwt"
PEM_RULE = "value:pem"

LONGEST_JWT_PART = 1024
"""Bytes of a JWT's header, and of its second part where that is no JSON, that are waited for."""


def _jwt() -> Iterator[_Form]:
    """Three parts with dots (RFC 7519 section 3), or two that are both JSON: `eyJ` is `{"` in
    base64. A bare `eyJ` begins half of what is base64 at all."""
    first = rb"eyJ[\w-]{7,%d}\." % LONGEST_JWT_PART
    second = rb"[\w-]{0,%d}" % LONGEST_JWT_PART
    word = _WORD_START["word"]
    yield _Form(
        rule=JWT_RULE,
        beginning=b"eyJ",
        offset=0,
        head=re.compile(word + first + rb"(?:eyJ[\w-]{7}|" + second + rb"\.[\w-]{8})"),
        undecided=re.compile(
            word + rb"(?:eyJ" + second + rb"|" + first + second + rb"(?:\.[\w-]{0,7})?)\Z"
        ),
        rest=re.compile(rb"[\w.-]*"),
        longest=2 * LONGEST_JWT_PART + 12,
    )


def _pem() -> Iterator[_Form]:
    """A private key in PEM (RFC 7468), raw or in a JSON string, where a line ends with `\\n`.

    Masked on to the first sign that no line of it has; the dash is one only behind another
    dash, so that `Proc-Type: 4,ENCRYPTED` does not end it. This is how the key of a service
    account's JSON is written too.
    """
    yield _Form(
        rule=PEM_RULE,
        beginning=b"-----BEGIN ",
        offset=0,
        head=re.compile(rb"-----BEGIN [A-Z0-9 ]{0,48}PRIVATE KEY(?: BLOCK)?-----"),
        undecided=re.compile(rb"-----BEGIN [A-Z0-9 ]{0,65}-{0,4}\Z"),
        rest=re.compile(rb"(?:[A-Za-z0-9+/=\\,: \t\r\n]|(?<!-)-)*"),
        longest=80,
    )


_LONG = frozenset({JWT_RULE, PEM_RULE})
LONGEST_TAIL = 2 * LONGEST_JWT_PART + 12
"""Bytes a pattern can hold back: 33 as a rule, 80 for PEM, and this for a JWT."""

_LONGEST_BEGINNING = 16
"""Bytes of the longest prefix that are waited for letter by letter."""


def _grouped(forms: list[_Form]) -> Iterator[_Group]:
    for first in sorted({form.beginning[:1] for form in forms}):
        same = tuple(form for form in forms if form.beginning[:1] == first)
        begun = {form.beginning for form in same}
        shortest = [b for b in begun if not any(b.startswith(o) for o in begun - {b})]
        others = b"|".join(sorted(re.escape(beginning[1:]) for beginning in shortest))
        # Begins with a literal byte, for which the search is several times as fast, and takes
        # only that one, so that beginnings may overlap.
        yield _Group(re.compile(re.escape(first) + b"(?=%b)" % others), same)


def _beginnings_at_the_end(forms: list[_Form]) -> re.Pattern[bytes]:
    """Matches a prefix that is not all there yet, at the end of the data."""
    begun = {
        form.beginning[:size]
        for form in forms
        if not form.offset
        for size in range(1, len(form.beginning))
    }
    choices = b"|".join(re.escape(part) for part in sorted(begun, key=len, reverse=True))
    return re.compile(
        _WORD_START["word"] + b"(?:%b)\\Z" % choices + rb"|-{1,5}(?:B(?:E(?:G(?:IN?)?)?)?)?\Z"
    )
