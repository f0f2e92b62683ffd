"""Ways to break a good stream of JSON objects, whatever its API: each takes the objects, and
changes the one that stands at a place (from 0; -1 is the last).

A string in the place of an object stands for data that is no JSON: `[DONE]`.
"""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any, NamedTuple

from tests.cassettes.conformance.exchanges import exchange
from tests.cassettes.conformance.mutations import Mutation
from tests.interactions import make_request
from tests.wire_bodies import eventstream_message
from wiretape.cassettes.conformance.rule import Exchange
from wiretape.cassettes.framing.frame import Framing

Objects = list[Any]
Break = Callable[[Objects], Any]


def data_lines(objects: Objects) -> bytes:
    """Server-sent events without names."""
    return b"".join(b"data: %b\n\n" % text(one) for one in objects)


def named_events(objects: Objects) -> bytes:
    """Server-sent events, named after their `type`; a pair is a name and an object."""
    return b"".join(_named(*one) if isinstance(one, tuple) else _named("", one) for one in objects)


def _named(name: str, one: Any) -> bytes:
    kind = name or (isinstance(one, dict) and one.get("type"))
    return b"%bdata: %b\n\n" % (f"event: {kind}\n".encode() if kind else b"", text(one))


def json_lines(objects: Objects) -> bytes:
    """One a line."""
    return b"".join(text(one) + b"\n" for one in objects)


def messages(objects: Objects) -> bytes:
    """AWS eventstream messages, each of one key: the event type, and its payload. A type that
    ends in `Exception` is one."""
    return b"".join(_message(name, payload) for one in objects for name, payload in one.items())


def _message(name: str, payload: Any) -> bytes:
    kind = "exception" if name.endswith("Exception") else "event"
    headers = {
        f":{kind}-type": name,
        ":content-type": "application/json",
        ":message-type": kind,
    }
    return eventstream_message(headers, text(payload))


def text(one: Any) -> bytes:
    """As it stands on the wire."""
    return (one if isinstance(one, str) else json.dumps(one, ensure_ascii=False)).encode()


class Form(NamedTuple):
    """How an API's streams are made."""

    api: str
    framing: Framing
    encode: Callable[[Objects], bytes]

    def made(
        self,
        good: Callable[[], Objects],
        *changes: Break,
        asked: dict[str, Any] | None = None,
        **more: Any,
    ) -> Callable[[], Exchange]:
        """A good stream, changed; `asked` is what the request has."""

        def exchanged() -> Exchange:
            objects = deepcopy(good())
            for change in changes:
                change(objects)
            request = make_request(target="/", body=json.dumps(asked or {}).encode())
            body = self.encode(objects)
            return exchange(body, api=self.api, framing=self.framing, request=request, **more)

        return exchanged

    def broken(
        self,
        words: str,
        good: Callable[[], Objects],
        *changes: Break,
        frame: int | None = None,
        **more: Any,
    ) -> Mutation:
        """One way to break it."""
        return Mutation(words, self.made(good, *changes, **more), frame)


def _target(objects: Objects, place: int, path: str) -> tuple[Any, Any]:
    *before, last = path.split(".")
    target: Any = objects[place]
    for step in before:
        target = target[int(step) if step.isdecimal() else step]
    return target, int(last) if last.isdecimal() else last


def put(place: int, path: str, value: Any) -> Break:
    """Set a member: `choices.0.delta.content`."""

    def change(objects: Objects) -> None:
        target, key = _target(objects, place, path)
        target[key] = value

    return change


def without(place: int, path: str) -> Break:
    """Leave a member out."""

    def change(objects: Objects) -> None:
        target, key = _target(objects, place, path)
        del target[key]

    return change


def drop(place: int) -> Break:
    """Leave an object out."""
    return lambda objects: objects.pop(place)


def again(place: int) -> Break:
    """Say an object twice."""
    return lambda objects: objects.insert(place, deepcopy(objects[place]))


def insert(place: int, one: Any) -> Break:
    """Say one more, before the one at that place."""
    return lambda objects: objects.insert(place, deepcopy(one))


def add(*more: Any) -> Break:
    """Say more, at the end."""
    return lambda objects: objects.extend(deepcopy(list(more)))


def move(place: int, to: int) -> Break:
    """Say an object earlier or later."""
    return lambda objects: objects.insert(to, objects.pop(place))


def replace(place: int, one: Any) -> Break:
    """Say something else in its place."""

    def change(objects: Objects) -> None:
        objects[place] = deepcopy(one)

    return change


def everywhere(path: str, value: Any) -> Break:
    """Set a member of all objects."""

    def change(objects: Objects) -> None:
        for place, one in enumerate(objects):
            if isinstance(one, dict):
                put(place, path, value)(objects)

    return change
