"""Whether a cassette keeps what was promised, after its recorder was killed.

The promise (FORMAT.md, "The journal"): the end of an interaction is in the journal before the
client sees it; a byte that arrived is there at the latest 100 ms, or 4 KB of its interaction,
later; no secret is in any file. Knows what was seen and what is kept; nothing of processes.
"""

from pathlib import Path

import zstandard

from tests.torture.load import Load, Seen
from tests.torture.plans import KEY
from wiretape.cassettes.codec.frames import SKIPPABLE_MAGIC
from wiretape.cassettes.folding import STOPPED
from wiretape.cassettes.model import Interaction
from wiretape.cassettes.store import Cassette

PROMISED_SECONDS = 0.1
PROMISED_BYTES = 4096
"""Of one interaction."""


class Broken(AssertionError):
    """A promise that was not kept."""


def assert_secret(folder: Path) -> None:
    """The key is in no file, packed or not, whole or not."""
    for path in folder.iterdir():
        data = path.read_bytes()
        if KEY.encode() in data or KEY.encode() in _unpacked(data):
            raise Broken(f"the key is in {path.name}")


def _unpacked(data: bytes) -> bytes:
    """The text of what is a cassette, or the begin of one; else nothing."""
    text = b""
    try:
        while data and not data.startswith(SKIPPABLE_MAGIC):
            unpacking = zstandard.ZstdDecompressor().decompressobj()
            text += unpacking.decompress(data)
            data = unpacking.unused_data
    except zstandard.ZstdError:
        pass
    return text


class Judge:
    """Remembers what must be on one cassette, over all the recorders that write to it."""

    def __init__(self) -> None:
        self.ends = 0
        """Interactions whose end a client saw."""
        self.open = 0
        """Interactions that a kill broke off, and that are on the tape."""
        self.oldest_lost_seconds = 0.0
        """Of bytes that a client had and the tape has not: how long before the kill they came."""
        self.most_lost_bytes = 0
        """At one kill, of one interaction."""
        self._settled: dict[str, Interaction] = {}
        self._pending: list[Load] = []

    def expect(self, load: Load) -> None:
        """A recorder was killed under this load."""
        self._pending.append(load)

    def look_at(self, cassette: Path) -> None:
        """All journals are folded. Raises Broken."""
        kept: dict[str, Interaction] = {}
        if cassette.exists():
            with Cassette.open(cassette) as tape:
                for one in tape:
                    if one.request.target in kept:
                        raise Broken(f"{one.request.target} is on the cassette twice")
                    kept[one.request.target] = one
        for target, before in self._settled.items():
            if not _same(kept.get(target), before):
                raise Broken(f"{target} was on the cassette and is not as it was")
        for load in self._pending:
            self._look_at_session(kept, load)
        self._pending.clear()
        self._settled = kept

    def _look_at_session(self, kept: dict[str, Interaction], load: Load) -> None:
        lost_bytes = []
        for one in load.seen:
            interaction = kept.get(one.target)
            if interaction is not None:
                _check_bytes(one, interaction)
            if one.end and one.end_at <= load.killed_at:
                self.ends += 1
                _check_ended(one, interaction)
            else:
                self.open += interaction is not None
                self._check_open(one, interaction, load)
                lost_bytes.append(one.received_by(load.killed_at) - _received(interaction))
        # Of one read the recorder may have been killed between the client and the journal.
        lost = max(sorted(lost_bytes)[:-1], default=0)
        self.most_lost_bytes = max(self.most_lost_bytes, lost)
        if lost > PROMISED_BYTES:
            raise Broken(f"{lost:,} bytes of one response that a client had are on no tape")

    def _check_open(self, seen: Seen, kept: Interaction | None, load: Load) -> None:
        """Everything that a client had 100 ms before the kill, and as much longer as the machine
        let us wait for our turn: the recorder will not have been better off.
        """
        if kept is None:
            missing_since = seen.head_at
        else:
            if kept.response is None and seen.head_at is not None:
                missing_since = seen.head_at
            else:
                missing_since = _first_behind(seen, _received(kept))
            if kept.timeline.ending.detail == STOPPED and kept.timeline.ending.kind != "cut":
                raise Broken(f"{seen.target} was open and is {kept.timeline.ending.kind}")
        if missing_since is None or missing_since > load.killed_at:
            return
        age = load.killed_at - missing_since
        self.oldest_lost_seconds = max(self.oldest_lost_seconds, age)
        if age > PROMISED_SECONDS + load.late and not _held_back(seen, kept):
            raise Broken(f"{seen.target}: what came {age * 1000:.0f} ms before the kill is lost")


def _same(kept: Interaction | None, before: Interaction) -> bool:
    return kept == before


def _received(kept: Interaction | None) -> int:
    return len(kept.response.body) if kept is not None and kept.response is not None else 0


def _first_behind(seen: Seen, size: int) -> float | None:
    """When the client had the first byte behind the first `size`."""
    total = 0
    for at, more in seen.pieces:
        total += more
        if total > size:
            return at
    return None


def _held_back(seen: Seen, kept: Interaction | None) -> bool:
    """Whether all that lacks may be the tail that could yet become a secret."""
    tail = seen.received_by(float("inf")) - _received(kept)
    return seen.plan.kind == "key" and kept is not None and tail <= len(KEY)


def _check_ended(seen: Seen, kept: Interaction | None) -> None:
    """A client saw the end: it is all there."""
    if kept is None:
        raise Broken(f"{seen.target}: its end was seen, and it is not on the cassette")
    found = (kept.timeline.ending.kind, kept.lost)
    if found != (seen.end, ""):
        raise Broken(f"{seen.target}: its end was seen ({seen.end}), on the tape is {found}")
    received = sum(size for _, size in seen.pieces)
    if _received(kept) < received or (seen.end != "reset" and _received(kept) != received):
        raise Broken(f"{seen.target}: {_received(kept)} bytes kept, {received} seen")
    if len(kept.request.body) != len(seen.plan.upload):
        raise Broken(f"{seen.target}: the request is not whole")


def _check_bytes(seen: Seen, kept: Interaction) -> None:
    """Never other bytes than those that were sent, but for masks in the place of the key."""
    for what, sent, found in (
        ("request", seen.plan.upload, kept.request.body),
        ("response", seen.plan.body, kept.response.body if kept.response else b""),
    ):
        if not _is_begin_of(found, sent):
            raise Broken(f"{seen.target}: the body of the {what} has other bytes")
    sizes = [chunk.size for chunk in kept.timeline.received]
    if sum(sizes) != _received(kept):
        raise Broken(f"{seen.target}: chunks of {sum(sizes)} bytes for {_received(kept)}")


def _is_begin_of(found: bytes, sent: bytes) -> bool:
    at = sent.find(KEY.encode())
    if at < 0:
        return sent.startswith(found)
    behind = at + len(KEY)
    return sent.startswith(found[:at]) and sent[behind:].startswith(found[behind:])
