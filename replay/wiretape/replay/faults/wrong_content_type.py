"""`wrong_content_type(to="text/html")`: the head says the body is something else."""

import random
import re

from msgspec.structs import replace

from wiretape.cassettes.http1 import header
from wiretape.cassettes.model import Interaction
from wiretape.replay.faults.fault import Aim
from wiretape.replay.faults.runs import answered

_VALUE = re.compile(r"[\t -~\x80-\xff]*")
"""RFC 9110 section 5.5: whatever else would be a head of its own, or none."""


class WrongContentType(Aim, frozen=True, kw_only=True):
    """Gives the response another Content-Type, its body untouched."""

    to: str = "text/html"
    """What the header says."""

    def __post_init__(self) -> None:
        if not _VALUE.fullmatch(self.to):
            raise ValueError("to is one line of what a header may hold")

    def applied(self, interaction: Interaction, rng: random.Random) -> Interaction:
        response = answered(interaction)
        if header(response.headers, "content-type") is None:
            headers = (*response.headers, ("content-type", self.to))
        else:
            headers = tuple(
                (name, self.to if name.lower() == "content-type" else value)
                for name, value in response.headers
            )
        return replace(interaction, response=replace(response, headers=headers))
