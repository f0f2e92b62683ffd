"""Which tool a file is from, by what is in it; and its reader laid over it.

Names and endings of files say nothing here. Knows the formats by their marks only.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple, get_args

import msgspec

from wiretape.cassettes.codec.content import TooLarge, decode
from wiretape.cassettes.interop.aimock import AimockReader
from wiretape.cassettes.interop.cassetter import CassetterReader
from wiretape.cassettes.interop.exchange import Exchange, Left, Unreadable
from wiretape.cassettes.interop.fields import kind_of
from wiretape.cassettes.interop.go_vcr import GoVcrReader
from wiretape.cassettes.interop.har import HarReader
from wiretape.cassettes.interop.mitmproxy import MitmproxyReader
from wiretape.cassettes.interop.ruby_vcr import RubyVcrReader
from wiretape.cassettes.interop.tnetstring import read_tnetstrings
from wiretape.cassettes.interop.vcrpy import VcrpyReader
from wiretape.cassettes.interop.yaml_text import load_yaml

Source = Literal["vcrpy", "cassetter", "ruby-vcr", "go-vcr", "har", "mitmproxy", "aimock"]
SOURCES: tuple[Source, ...] = get_args(Source)

MOST_BYTES = 512 * 1024 * 1024
"""Of a file; it is read whole."""

_NETSTRING = re.compile(rb"\d{1,12}:")
_ZSTD = b"\x28\xb5\x2f\xfd"
_BOM = b"\xef\xbb\xbf"


class Opened(NamedTuple):
    """A file with its format."""

    source: Source
    told: str
    """The tool, with its version where the file says it."""
    parts: Iterator[Exchange | Left]
    """Reading on may raise Unreadable, where a file breaks off."""


def open_foreign(data: bytes, source: Source | None = None, model: str = "") -> Opened:
    """Find the format, or take the one that is said; `model` is for fixtures that name none.
    Raises Unreadable."""
    if len(data) > MOST_BYTES:
        raise Unreadable(f"{len(data):,} bytes, the limit is {MOST_BYTES:,}")
    if source == "mitmproxy" or (source is None and _NETSTRING.match(data)):
        return Opened("mitmproxy", "mitmproxy", MitmproxyReader().read(read_tnetstrings(data)))
    if data.startswith(_ZSTD):
        raise Unreadable("a zstd file; a cassette of Wiretape needs no import")
    document = _document(_inflated(data))
    found = _recognised(document)
    source = source or found
    if source is None:
        if isinstance(document, dict) and document.get("interactions") == []:
            raise Unreadable("it holds no interaction")
        known = ", ".join(SOURCES)
        raise Unreadable(f"{kind_of(document)} that is of no tool known here ({known})")
    try:
        return _aimock(document, model) if source == "aimock" else _OPENERS[source](document)
    except Unreadable as error:
        other = f"; it looks like {found}" if found not in (None, source) else ""
        raise Unreadable(f"no {_NAMES.get(source, source)} ({error}){other}") from None


def _inflated(data: bytes) -> bytes:
    """mitmproxy's `.zhar` is a HAR in zlib."""
    if data[:1] != b"\x78":
        return data
    try:
        found = decode("deflate", data, MOST_BYTES)
    except TooLarge:
        raise Unreadable(f"it unpacks to more than {MOST_BYTES:,} bytes") from None
    return found.body if found.complete else data


def _document(data: bytes) -> Any:
    data = data.removeprefix(_BOM)
    if data.lstrip()[:1] not in (b"{", b"["):
        return load_yaml(data)
    try:
        return msgspec.json.decode(data)
    except RecursionError:
        raise Unreadable("JSON that is nested too deep") from None
    except ValueError as error:
        problem = str(error)
    try:
        # NaN and half a character are no JSON to msgspec, and are in files all the same: they
        # are a matter of the part they stand in.
        return json.loads(data)
    except RecursionError:
        raise Unreadable("JSON that is nested too deep") from None
    except ValueError:
        pass
    if data.lstrip()[:1] == b"{" and b'"log"' in data[:200]:
        raise Unreadable(problem)
    try:
        return load_yaml(data)  # YAML may begin so as well
    except Unreadable:
        raise Unreadable(problem) from None


def _recognised(document: Any) -> Source | None:
    if not isinstance(document, dict):
        return None
    if isinstance(document.get("log"), dict) and "entries" in document["log"]:
        return "har"
    if "http_interactions" in document:
        return "ruby-vcr"
    if "fixtures" in document:
        return "aimock"
    parts = document.get("interactions")
    return _vcr_like(parts) if isinstance(parts, list) else None


def _vcr_like(parts: list[Any]) -> Source | None:
    """Whose `interactions` they are, by the first that says it."""
    for part in parts:
        asked = part.get("request") if isinstance(part, dict) else None
        answer = part.get("response") if isinstance(part, dict) else None
        if not isinstance(asked, dict) or not isinstance(answer, dict):
            continue
        if "url" in asked and "code" in answer:
            return "go-vcr"
        if isinstance(answer.get("status"), Mapping):
            return "vcrpy"
        if "uri" in asked and "status" in answer:
            return "cassetter"
    return None


def _listed(document: Any, *names: str) -> list[Any]:
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    if not isinstance(document, list):
        raise Unreadable(f"{'.'.join(names)} is {kind_of(document)} and no list")
    return document


def _said(value: Any) -> str:
    """What a file says of its tool, as text that can be written."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _aimock(document: Any, model: str) -> Opened:
    parts = AimockReader(model).read(_listed(document, "fixtures"))
    return Opened("aimock", "aimock", parts)


def _har(document: Any) -> Opened:
    entries = _listed(document, "log", "entries")
    creator = document["log"].get("creator")
    made_by = creator if isinstance(creator, dict) else {}
    name = _said(made_by.get("name"))
    told = f"{name} {_said(made_by.get('version'))}".strip()[:80]
    return Opened("har", f"a HAR of {told}" if told else "a HAR", HarReader(name).read(entries))


def _ruby(document: Any) -> Opened:
    parts = RubyVcrReader().read(_listed(document, "http_interactions"))
    told = (_said(document.get("recorded_with")) or "VCR")[:80]
    return Opened("ruby-vcr", f"Ruby's {told}", parts)


def _cassetter(document: Any) -> Opened:
    parts = CassetterReader().read(_listed(document, "interactions"))
    return Opened("cassetter", "cassetter", _with_others(document, parts))


def _with_others(document: Any, parts: Iterator[Exchange | Left]) -> Iterator[Exchange | Left]:
    """What cassetter keeps beside the interactions of HTTP is named, too."""
    yield from parts
    for name, held in document.items():
        if name != "interactions" and isinstance(held, list) and held:
            yield Left(_said(name)[:40], "no HTTP request with a response (gRPC or a WebSocket)")


_NAMES = {"har": "HAR", "vcrpy": "cassette of VCR.py", "aimock": "fixtures of aimock"}
_OPENERS: dict[Source, Callable[[Any], Opened]] = {
    "vcrpy": lambda document: Opened(
        "vcrpy", "VCR.py", VcrpyReader().read(_listed(document, "interactions"))
    ),
    "cassetter": _cassetter,
    "ruby-vcr": _ruby,
    "go-vcr": lambda document: Opened(
        "go-vcr", "go-vcr", GoVcrReader().read(_listed(document, "interactions"))
    ),
    "har": _har,
    "mitmproxy": lambda document: Opened("mitmproxy", "mitmproxy", iter(())),
}
