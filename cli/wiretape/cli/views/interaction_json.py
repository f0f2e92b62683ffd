"""One interaction for programs: one JSON object. Pure."""

import base64
from typing import Any

import msgspec

from wiretape.cassettes.model import Interaction, Session
from wiretape.cli.units import rfc3339, wall_clock
from wiretape.cli.views.body import as_text


def interaction_json(interaction: Interaction, session: Session | None) -> str:
    """The model's names, times in nanoseconds, chunks as [at_ns, size]. A body is `body` where
    it is text, `body_base64` where it is not."""
    value: dict[str, Any] = msgspec.to_builtins(interaction)
    for side, message in (("request", interaction.request), ("response", interaction.response)):
        if message is not None:
            del value[side]["body"]
            value[side].update(_body(message.body))
    if session is not None:
        value["started"] = rfc3339(wall_clock(session.started, interaction.start_ns))
    return msgspec.json.encode(value).decode() + "\n"


def _body(body: bytes) -> dict[str, str]:
    text = as_text(body)
    if text is None:
        return {"body_base64": base64.b64encode(body).decode()}
    return {"body": text}
