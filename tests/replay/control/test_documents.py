"""What the server says of itself: its OpenAPI document and its metrics."""

import subprocess
import sys

import jsonschema_rs
import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.interactions import JSON_HEADERS, make_interaction
from tests.raw_http import fetch
from tests.replay.control.calls import raw_call
from tests.replay.serving import ASKED, Served, serving
from wiretape.replay import Journal, Pace
from wiretape.replay.control.openapi import document
from wiretape.replay.control.routes import PREFIX, ROUTES

INSTANT = Pace(instant=True)


async def metrics(served: Served) -> dict[tuple[str, str, str], float]:
    answer = await raw_call(served.url, "GET", "metrics")
    assert (answer.head.get("content-type") or "").startswith("text/plain")
    return {
        (one.name, one.labels.get("upstream", ""), one.labels.get("outcome", "")): one.value
        for family in text_string_to_metric_families(answer.body.decode())
        for one in family.samples
    }


async def test_the_document_is_served_and_names_every_call() -> None:
    async with serving([make_interaction()]) as served:
        answer = await raw_call(served.url, "GET", "openapi.json")
    told = msgspec.json.decode(answer.body)
    assert told == msgspec.json.decode(msgspec.json.encode(document()))
    assert told["openapi"] == "3.1.0"
    assert {(path, method) for path, calls in told["paths"].items() for method in calls} == {
        (PREFIX + route.path, route.method.lower()) for route in ROUTES
    }
    names = [call["operationId"] for calls in told["paths"].values() for call in calls.values()]
    assert len(names) == len(set(names))


def test_every_schema_of_it_is_one_and_every_reference_leads_somewhere() -> None:
    whole = document()
    for name in whole["components"]["schemas"]:
        schema = {"$ref": f"#/components/schemas/{name}", "components": whole["components"]}
        jsonschema_rs.validator_for(schema)

    def references(value: object) -> set[str]:
        if isinstance(value, dict):
            own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
            return own.union(*map(references, value.values()))
        return set().union(*map(references, value)) if isinstance(value, list | tuple) else set()

    used = {one.removeprefix("#/components/schemas/") for one in references(whole)}
    assert used == set(whole["components"]["schemas"])


async def test_metrics() -> None:
    other = make_interaction(upstream="groq")
    async with serving([make_interaction(), other], pace=INSTANT) as served:
        for target in ("/openai/v1/responses", "/openai/v1/none", "/made-up/v1/x", "/made-up/v1/y"):
            await fetch(served.url, "POST", target, JSON_HEADERS, ASKED)
        served.server.faults.add("rechunk(how=1)")
        await fetch(served.url, "POST", "/groq/v1/responses", JSON_HEADERS, ASKED)
        served.server.loaded.problem = "broken"
        found = await metrics(served)
    requests = "wiretape_replay_requests_total"
    assert {key[1:]: value for key, value in found.items() if key[0] == requests} == {
        ("openai", "matched"): 1,
        ("openai", "unmatched"): 1,
        ("", "refused"): 2,
        ("groq", "faulted"): 1,
    }
    for name, value in {
        "recordings": 2,
        "unplayed": 0,
        "sessions": 1,
        "faults": 1,
        "journal_entries": 5,
        "playing": 0,
        "reload_failed": 1,
    }.items():
        assert found[f"wiretape_replay_{name}", "", ""] == value, name
    assert found["wiretape_replay_writes_total", "", ""] >= 2


async def test_metrics_go_on_where_the_journal_is_empty_or_reset() -> None:
    async with serving([make_interaction()], pace=INSTANT, journal=Journal(entries=0)) as served:
        await fetch(served.url, "POST", "/openai/v1/responses", JSON_HEADERS, ASKED)
        served.server.reset()
        found = await metrics(served)
    assert found["wiretape_replay_requests_total", "openai", "matched"] == 1
    assert found["wiretape_replay_journal_entries", "", ""] == 0


@pytest.mark.parametrize("name", ["prometheus_client", "wiretape.cassettes.dialects.registry"])
def test_what_takes_long_is_imported_for_who_asks(name: str) -> None:
    program = f"import sys, wiretape.replay; sys.exit({name!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_core_is_free_of_any_server() -> None:
    program = (
        "import sys; sys.modules['aiohttp'] = None\n"
        "import types, wiretape\n"
        "room = types.ModuleType('wiretape.replay')\n"
        "room.__path__ = [path + '/replay' for path in wiretape.__path__]\n"
        "sys.modules['wiretape.replay'] = room\n"
        "import wiretape.replay.control.calling\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True)
    assert ran.returncode == 0, ran.stderr
