"""`wrong_content_type(to="text/html")`: the head says the body is something else."""

import random

from msgspec.structs import replace

from wiretape.cassettes.http1 import header
from wiretape.cassettes.model import Interaction
from wiretape.replay.faults.fault import Aim
from wiretape.replay.faults.runs import answered


class WrongContentType(Aim, frozen=True, kw_only=True):
    """Gives the response another Content-Type, its body untouched."""

    to: str = "text/html"
    """What the header says."""

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
