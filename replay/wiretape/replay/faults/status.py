"""`status(code=429, retry_after=1)`: the request is turned away, and then it is not."""

import random

from msgspec.structs import replace

from wiretape.cassettes.dialects.detection import api_of_path
from wiretape.cassettes.model import Chunk, Ending, Headers, Interaction, Response
from wiretape.replay.faults.error_bodies import error_body, error_headers, reason_of
from wiretape.replay.faults.fault import Aim, Duration


class Status(Aim, frozen=True, kw_only=True):
    """Answers with an error status and the provider's own error body, and then with the tape."""

    code: int = 429
    """The status: 429, 500, 503, 529, or any other from 400 to 599."""
    retry_after: Duration = Duration(0)
    """The Retry-After header, in whole seconds; none where it is 0."""
    times: int = 1
    """How often one and the same request gets it in a session; 0 is always."""

    def __post_init__(self) -> None:
        if not 400 <= self.code <= 599:
            raise ValueError("code is a status from 400 to 599")

    def applied(self, interaction: Interaction, rng: random.Random) -> Interaction:
        api = api_of_path(interaction.request.target)
        body = error_body(api, self.code)
        headers: Headers = (
            ("content-type", "application/json"),
            ("content-length", str(len(body))),
            *error_headers(api, self.code),
        )
        if self.retry_after.ns:
            headers = (*headers, ("retry-after", str(-(-self.retry_after.ns // 1_000_000_000))))
        return replace(
            interaction,
            response=Response("1.1", self.code, reason_of(self.code), headers, body),
            timeline=replace(
                interaction.timeline,
                head_ns=0,
                received=(Chunk(0, len(body)),),
                ending=Ending("complete", 0, len(body)),
            ),
        )
