"""The control API is what its OpenAPI document says: schemathesis tries, in good faith and in bad.

What it sends is derived from the document alone, and a real server answers. Heavy for what imports
it: its pytest plugin costs each run half a second.
"""

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis

from tests.interactions import make_interaction, numbered
from wiretape.replay import Pace, Player, ReplayServer
from wiretape.replay.control.openapi import document
from wiretape.testing.serving import ServingThread

pytestmark = pytest.mark.clients

schema = schemathesis.openapi.from_dict(document())


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    serving = ServingThread()
    serving.hold()
    server = ReplayServer(
        Player(numbered([make_interaction()] * 3)), pace=Pace(instant=True), port=0
    )
    serving.run(server.start())
    yield server.url
    serving.run(server.close())
    serving.release()


@schema.parametrize()  # type: ignore[untyped-decorator]
@hypothesis.settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)
def test_it_keeps_its_word(case: Any, url: str) -> None:
    case.call_and_validate(base_url=url)
