"""Which entries of the journal are meant: the fields that a query or a verification names.

Knows entries; nothing of how many there are, nor of HTTP.
"""

from datetime import datetime
from fnmatch import fnmatchcase
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from wiretape.replay.control.entry import Entry
from wiretape.replay.exchange import Outcome

LONGEST_GLOB = 1024

Session = Annotated[
    str,
    Meta(
        description="Of this session alone; empty for the one without a name. That which the "
        "request itself belongs to, where it names one.",
        max_length=256,
    ),
]
Time = Annotated[datetime, Meta(tz=True, description="Not before this time, RFC 3339.")]


class Filter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is not said does not matter."""

    session: Session | UnsetType = UNSET
    method: Annotated[str, Meta(description="In any case: `post`.")] | UnsetType = UNSET
    path: (
        Annotated[
            str,
            Meta(
                description="A glob over the path, with or without the upstream's name: "
                "`*/responses`.",
                max_length=LONGEST_GLOB,
            ),
        ]
        | UnsetType
    ) = UNSET
    upstream: Annotated[str, Meta(description="Its name.")] | UnsetType = UNSET
    model: Annotated[str, Meta(description="The model asked for.")] | UnsetType = UNSET
    status: (
        Annotated[int, Meta(description="Of what was answered.", ge=100, le=599)] | UnsetType
    ) = UNSET
    outcome: Outcome | UnsetType = UNSET
    since: Time | UnsetType = UNSET
    after: (
        Annotated[int, Meta(description="Only entries of a higher number.", ge=0, le=10**15)]
        | UnsetType
    ) = UNSET

    def holds(self, entry: Entry) -> bool:
        """Whether an entry is meant."""
        return (
            _same(self.session, entry.session)
            and (self.method is UNSET or self.method.upper() == entry.request.method.upper())
            and (self.path is UNSET or _on_path(self.path, entry))
            and _same(self.upstream, entry.upstream)
            and _same(self.model, entry.model)
            and _same(self.status, entry.status)
            and _same(self.outcome, entry.outcome)
            and (self.since is UNSET or entry.time >= self.since)
            and (self.after is UNSET or entry.number > self.after)
        )

    def may_hold(self, entry: Entry) -> bool:
        """Whether an entry is meant, for all that is known of it."""
        return self.holds(entry)


class Wanted(Filter, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A filter that looks into bodies as well."""

    contains: (
        Annotated[str, Meta(description="Text that stands in the body, credentials redacted.")]
        | UnsetType
    ) = UNSET
    json: Annotated[
        Any,
        Meta(
            description="JSON that the body holds: of objects the members named here, of lists "
            "all elements."
        ),
    ] = UNSET

    def holds(self, entry: Entry) -> bool:
        return (
            Filter.holds(self, entry)
            and (self.contains is UNSET or self.contains.encode() in entry.request.body)
            and (self.json is UNSET or _body_holds(self.json, entry.request.body))
        )

    def may_hold(self, entry: Entry) -> bool:
        if self.contains is UNSET and self.json is UNSET:
            return self.holds(entry)
        return Filter.holds(self, entry) and (not entry.body_known or self.holds(entry))


def within(wanted: object, found: object) -> bool:
    """Whether JSON holds what is wanted of it. `true` is not 1."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(
            name in found and within(value, found[name]) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(found, list)
            and len(wanted) == len(found)
            and all(map(within, wanted, found))
        )
    return isinstance(wanted, bool) == isinstance(found, bool) and wanted == found


def _body_holds(wanted: object, body: bytes) -> bool:
    try:
        return within(wanted, msgspec.json.decode(body))
    except (ValueError, RecursionError):
        return False


def _same(wanted: object, found: object) -> bool:
    return wanted is UNSET or wanted == found


def _on_path(glob: str, entry: Entry) -> bool:
    full = f"/{entry.upstream}{entry.path}"
    return fnmatchcase(entry.path, glob) or fnmatchcase(full, glob)
