"""What each call of the control API answers and does."""

import gzip
import zlib
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]  # it has no annotations of its own
import msgspec
import pytest
import zstandard

from tests.interactions import JSON_HEADERS, make_interaction, make_request
from tests.raw_http import fetch
from tests.replay.control.calls import call, raw_call
from tests.replay.serving import ASKED, Served, serving
from wiretape.cassettes.model import Interaction, Notes
from wiretape.replay import Exchange, FaultPlan, Journal, Pace, Player, Wanted, loaded_cassette
from wiretape.replay.control.entry import LONGEST_BODY
from wiretape.replay.control.operations import MOST_FAULTS

INSTANT = Pace(instant=True)
RESPONSES = "/openai/v1/responses"
STATUS = "status(code=500, times=0)"
ONE = ("X-Wiretape-Session", "one")
KEY = "sk-proj-a-key-that-must-not-be-told-1234567890"


def tape() -> list[Interaction]:
    named = make_interaction()
    other = make_request(target="/v1/messages", body=b'{"model":"claude"}')
    return [
        msgspec.structs.replace(named, notes=Notes(model_asked="m")),
        make_interaction(((1, b"data: again\n\n"),)),
        make_interaction(upstream="anthropic", request=other, status=201),
    ]


async def ask(
    served: Served, body: bytes = ASKED, *headers: tuple[str, str], target: str = RESPONSES
) -> int:
    return (await fetch(served.url, "POST", target, (*JSON_HEADERS, *headers), body)).status


async def numbers(served: Served, query: str) -> list[int]:
    page = await call(served.url, "GET", f"journal?{query}")
    return [entry["number"] for entry in page["entries"]]


async def test_health() -> None:
    async with serving(tape(), pace=INSTANT) as served:
        await ask(served)
        health = await call(served.url, "GET", "health")
        assert health["status"] == "ok"
        assert health["upstreams"] == ["anthropic", "openai"]
        assert (health["played"], health["misses"], health["unplayed"]) == (1, 0, 2)
        head = await fetch(served.url, "HEAD", "/__wiretape/health")
        assert (head.status, head.body) == (200, b"")


async def test_cassettes() -> None:
    recordings = tape()
    cassettes = [loaded_cassette("a", 1, recordings[:1]), loaded_cassette("b", 2, recordings[1:])]
    async with serving(recordings, pace=INSTANT, cassettes=cassettes, watched=True) as served:
        told = await call(served.url, "GET", "cassettes")
        assert told["recordings"] == 3
        assert (told["watched"], told["problem"]) == (True, "")
        a, b = told["cassettes"]
        assert (a["path"], a["first"], a["recordings"], a["models"]) == ("a", 1, 1, ["m"])
        assert (b["path"], b["first"], b["upstreams"]) == ("b", 2, ["anthropic", "openai"])
        await ask(served, b'{"model":"claude"}', target="/anthropic/v1/messages")
        entry = await call(served.url, "GET", "journal/1")
        assert entry["recording"] == {"number": 3, "cassette": "b", "place": 2}
        left = await call(served.url, "GET", "unplayed")
        assert [(one["cassette"], one["place"]) for one in left["recordings"]] == [
            ("a", 1),
            ("b", 1),
        ]


async def test_an_entry_says_what_was_asked_and_what_answered() -> None:
    async with serving(tape(), pace=INSTANT) as served:
        await ask(served, ASKED, ONE, target=f"{RESPONSES}?x=1")
        await ask(served, ASKED.replace(b"hi", b"ho"))
        missed, matched = (await call(served.url, "GET", "journal?order=newest"))["entries"]
        assert (matched["number"], matched["session"], matched["upstream"]) == (1, "one", "openai")
        assert (matched["method"], matched["path"], matched["query"]) == (
            "POST",
            "/v1/responses",
            "x=1",
        )
        assert (matched["model"], matched["body"]) == ("m", ASKED.decode())
        assert (matched["outcome"], matched["status"]) == ("unmatched", 503)
        assert [one["where"] for one in matched["miss"]["differences"]] == ["query.x"]
        assert {"name": "Content-Type", "value": "application/json"} in matched["headers"]
        assert (missed["outcome"], missed["status"], missed["recording"]) == (
            "unmatched",
            503,
            None,
        )
        assert missed["miss"] == {
            "code": "no_recording",
            "nearest": 1,
            "differences": [{"where": "$.input", "asked": '"ho"', "recorded": '"hi"'}],
        }


async def test_what_never_came_to_be_matched_is_an_entry_too() -> None:
    async with serving(tape(), pace=INSTANT) as served:
        await ask(served, ASKED, target="/v1/responses")
        await ask(served, ASKED, ("X-Wiretape-Fault", "nonsense"))
        await ask(served, ASKED, ("Origin", "http://evil.test"))
        page = await call(served.url, "GET", "journal?outcome=refused")
        assert [(one["status"], one["code"]) for one in page["entries"]] == [
            (404, "unknown_upstream"),
            (400, "bad_fault"),
            (403, "cross_origin"),
        ]
        assert page["entries"][0]["body"] == ASKED.decode()
        assert "there is no fault" in page["entries"][1]["refusal"]


async def test_no_entry_holds_a_credential() -> None:
    token = "a-token-of-24-characters"
    async with serving(tape(), pace=INSTANT, token=token) as served:
        ours = ("X-Wiretape-Token", token)
        said = b'{"model":"m","input":"my key is %b"}' % KEY.encode()
        target = f"{RESPONSES}?api_key={KEY}"
        for keys in ((ours, ("Authorization", f"Bearer {KEY}")), (("X-Wiretape-Token", KEY),)):
            await ask(served, said, *keys, target=target)
        answer = await raw_call(served.url, "GET", "journal", headers=(ours,))
        page = msgspec.json.decode(answer.body)
        assert [one["outcome"] for one in page["entries"]] == ["unmatched", "refused"]
        assert KEY.encode() not in answer.body
        assert token.encode() not in answer.body
        assert b"my key is " in answer.body
        wanted = {"request": {"contains": KEY, "outcome": "unmatched"}, "exactly": 0}
        assert (await call(served.url, "POST", "verify", wanted, (ours,)))["verified"]


LEAKS: dict[str, tuple[str, tuple[tuple[str, str], ...], str]] = {
    "no upstream": (f"/unknown/{KEY}", (), "unknown_upstream"),
    "path": (f"/openai/v1/{KEY}/x", (), "no_recording"),
    "fault": (RESPONSES, (("X-Wiretape-Fault", KEY),), "bad_fault"),
    "within a fault": (RESPONSES, (("X-Wiretape-Fault", f'no_done(path="/{KEY}")'),), ""),
    "session": (RESPONSES, (("X-Wiretape-Session", KEY),), "bad_session"),
    "session in the path": (f"/__session/{KEY}{RESPONSES}", (), "bad_session"),
    "name of a header": (RESPONSES, ((KEY, "x"),), ""),
    "origin": (RESPONSES, (("Origin", f"http://{KEY}.test"),), "cross_origin"),
    "host": (RESPONSES, (("Host", f"{KEY}.test"),), "wrong_host"),
}


@pytest.mark.parametrize("name", LEAKS)
async def test_a_key_in_a_place_for_none(name: str) -> None:
    target, headers, code = LEAKS[name]
    async with serving(tape(), pace=INSTANT) as served:
        answer = await fetch(served.url, "POST", target, (*JSON_HEADERS, *headers), ASKED)
        kept = [answer.body]
        paths = ("journal", "sessions", "faults", "metrics")
        kept += [(await raw_call(served.url, "GET", path)).body for path in paths]
        wanted = {"exactly": 5}
        kept.append((await raw_call(served.url, "POST", "verify", wanted)).body)
        (entry,) = (await call(served.url, "GET", "journal"))["entries"]
    assert entry["code"] == code
    assert not [text for text in kept if KEY[8:20].encode() in text]


@pytest.mark.parametrize("session", ["", f"?session={KEY}"])
async def test_no_fault_and_no_session_of_one_is_a_key(session: str) -> None:
    fault = "no_done" if session else f'no_done(path="/{KEY}")'
    async with serving(tape()) as served:
        answer = await raw_call(served.url, "POST", f"faults{session}", {"fault": fault})
        told = msgspec.json.decode(answer.body)
        assert (answer.status, told["code"]) == (400, "bad_fault")
        assert KEY.encode() not in answer.body
        assert not served.server.faults.list()


async def test_filters() -> None:
    async with serving(tape(), pace=INSTANT) as served:
        served.server.faults.add("status(code=429)")
        await ask(served)
        served.server.faults.clear()
        await ask(served, ASKED, ONE, ("X-Wiretape-Fault", "cut(after=1)"))
        await ask(served, b'{"model":"claude"}', target="/anthropic/v1/messages")
        await ask(served, b"{}", target="/anthropic/v1/messages")
        await ask(served, target="/nowhere")
        for query, expected in {
            "": [1, 2, 3, 4, 5],
            "session=one": [2],
            "session=": [1, 3, 4, 5],
            "method=post&upstream=anthropic": [3, 4],
            "method=GET": [],
            "path=*/messages": [3, 4],
            "path=/openai/*": [1, 2],
            "path=/v1/responses": [1, 2],
            "model=claude": [3],
            "status=201": [3],
            "outcome=matched": [3],
            "outcome=faulted": [1, 2],
            "outcome=unmatched": [4],
            "outcome=refused": [5],
            "after=3": [4, 5],
            "since=2000-01-01T00:00:00Z": [1, 2, 3, 4, 5],
            "since=9000-01-01T00:00:00%2B01:00": [],
            "limit=2&offset=1": [2, 3],
            "limit=2&order=newest": [5, 4],
            "limit=0": [],
        }.items():
            assert await numbers(served, query) == expected, query
        page = await call(served.url, "GET", "journal?outcome=faulted&limit=1&offset=1")
        assert (page["total"], page["limit"], page["offset"], page["dropped"]) == (2, 1, 1, 0)
        assert page["entries"][0]["faults"] == ["cut(after=1)"]
        first = await call(served.url, "GET", "journal/1")
        assert (first["status"], first["recording"]["number"]) == (429, 1)


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({}, 3),
        ({"request": {"path": "*/responses", "model": "m"}, "exactly": 2}, 2),
        ({"request": {"json": {"model": "m"}}, "at_least": 2, "at_most": 2}, 2),
        ({"request": {"json": {"input": ["x", {"a": 1}]}}}, 1),
        ({"request": {"json": {"input": ["x"]}}, "exactly": 0}, 0),
        ({"request": {"json": {"stream": 1}}, "exactly": 0}, 0),
        ({"request": {"contains": '"hi"'}, "exactly": 1.0}, 1),
        ({"request": {"session": "one", "method": "post"}}, 1),
        ({"request": {"outcome": "matched"}, "at_most": 5}, 1),
    ],
)
async def test_verified(wanted: dict[str, object], count: int) -> None:
    async with serving(tape(), pace=INSTANT) as served:
        await ask(served)
        await ask(served, b'{"model":"m","input":["x",{"a":1,"b":2}]}', ONE)
        await ask(served, b"no JSON", target="/anthropic/v1/messages")
        answer = await raw_call(served.url, "POST", "verify", wanted)
        assert answer.status == 200, answer.body
        assert msgspec.json.decode(answer.body)["count"] == count


@pytest.mark.parametrize(
    ("wanted", "detail", "requests"),
    [
        (
            {"request": {"path": "*/messages"}},
            "expected at least 1, since nothing else was said of these requests, the journal has 0",
            [1, 2],
        ),
        ({"exactly": 1}, "expected exactly 1 of these requests, the journal has 2", [1, 2]),
        (
            {"request": {"contains": "ho"}, "at_least": 2, "at_most": 3},
            "expected at least 2 and at most 3 of these requests, the journal has 1",
            [2],
        ),
    ],
)
async def test_not_verified(wanted: object, detail: str, requests: list[int]) -> None:
    async with serving(tape(), pace=INSTANT) as served:
        await ask(served)
        await ask(served, ASKED.replace(b"hi", b"ho"))
        answer = await raw_call(served.url, "POST", "verify", wanted)
        assert answer.status == 409
        told = await call(served.url, "POST", "verify", wanted)
        assert (told["code"], told["detail"]) == ("not_verified", detail)
        assert [one["number"] for one in told["requests"]] == requests


async def test_what_was_forgotten_is_not_taken_for_not_asked() -> None:
    async with serving(tape(), pace=INSTANT, journal=Journal(entries=2)) as served:
        for _ in range(3):
            await ask(served)
        assert (await call(served.url, "POST", "verify", {"at_least": 2}))["verified"]
        for wanted in ({"exactly": 2}, {"at_most": 2}, {"at_least": 3}):
            told = await call(served.url, "POST", "verify", wanted)
            assert told["code"] == "journal_has_forgotten"
            assert "has forgotten 1 older ones" in told["detail"]
        assert (await call(served.url, "GET", "journal/1"))["code"] == "no_such_entry"
        assert await numbers(served, "") == [2, 3]


CODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


@pytest.mark.parametrize("coding", CODERS)
async def test_a_body_is_looked_into_behind_its_coding(coding: str) -> None:
    async with serving(tape(), pace=INSTANT) as served:
        await ask(served, CODERS[coding](ASKED), ("Content-Encoding", coding))
        for request in ({"json": {"model": "m"}}, {"contains": '"hi"'}, {"model": "m"}):
            told = await call(served.url, "POST", "verify", {"request": request, "exactly": 1})
            assert told.get("verified"), told
        entry = await call(served.url, "GET", "journal/1")
        assert (entry["body"], entry["body_encoding"]) == (ASKED.decode(), "utf-8")
        assert (entry["body_bytes"], entry["body_cut"], entry["body_coded"]) == (
            len(ASKED),
            False,
            False,
        )


BIG = b'{"input":"%b","model":"m"}' % (b"x" * LONGEST_BODY)
UNCLEAR: dict[str, tuple[bytes, tuple[tuple[str, str], ...], str]] = {
    "cut": (BIG, (), "was not kept whole"),
    "cut when decoded": (gzip.compress(BIG), (("Content-Encoding", "gzip"),), "was not kept whole"),
    "a bomb": (
        gzip.compress(bytes(17 << 20)),
        (("Content-Encoding", "gzip"),),
        "has a coding that could not be read",
    ),
    "no such coding": (ASKED, (("Content-Encoding", "compress"),), "was not kept whole"),
    "half": (
        gzip.compress(ASKED)[:-9],
        (("Content-Encoding", "gzip"),),
        "has a coding that could not be read",
    ),
    "unread": (ASKED, (("Origin", "http://evil.test"),), "was not kept whole"),
}


@pytest.mark.parametrize("name", UNCLEAR)
@pytest.mark.parametrize("looked_for", [{"json": {"model": "m"}}, {"contains": '"model":"m"'}])
async def test_what_cannot_be_looked_into_is_neither_asked_nor_not(
    name: str, looked_for: dict[str, object]
) -> None:
    body, headers, why = UNCLEAR[name]
    async with serving(tape(), pace=INSTANT) as served:
        await ask(served)
        await ask(served, body, *headers)
        for number in ({"exactly": 1}, {"exactly": 2}, {"at_most": 1}, {"at_least": 2}):
            told = await call(served.url, "POST", "verify", {"request": looked_for, **number})
            assert (told["code"], told["count"]) == ("journal_cannot_tell", 1)
            assert f"cannot tell of entry 2, whose body {why}: ask by path" in told["detail"]
            assert [one["number"] for one in told["requests"]] == [2]
        for number in ({"at_least": 1}, {"at_most": 2}):
            told = await call(served.url, "POST", "verify", {"request": looked_for, **number})
            assert told["verified"]
        for more in ({"exactly": 3}, {"request": {"path": "/none", **looked_for}}):
            told = await call(served.url, "POST", "verify", {"request": looked_for, **more})
            assert told["code"] == "not_verified"
        elsewhere = {"request": {"path": "/none", **looked_for}, "exactly": 0}
        assert (await call(served.url, "POST", "verify", elsewhere))["verified"]
        assert (await call(served.url, "POST", "verify", {"exactly": 2}))["verified"]
        entry = await call(served.url, "GET", "journal/2")
        assert entry["body_cut"] or entry["body_coded"]
        unclear = served.server.journal.unclear(Wanted(**looked_for))  # type: ignore[arg-type]
        assert [one.number for one in unclear] == [2]


async def test_what_stands_in_the_beginning_of_a_body_was_asked() -> None:
    async with serving(tape(), pace=INSTANT) as served:
        await ask(served, BIG)
        wanted = {"request": {"contains": '{"input"', "model": "m"}, "exactly": 1}
        assert (await call(served.url, "POST", "verify", wanted))["verified"]


async def test_a_long_path_is_looked_at_whole() -> None:
    async with serving(tape(), pace=INSTANT) as served:
        await ask(served, target=f"/openai/{'x' * 5000}/end")
        wanted = {"request": {"path": "*/end"}, "exactly": 1}
        assert (await call(served.url, "POST", "verify", wanted))["verified"]


@pytest.mark.parametrize(
    ("numbers_", "words"),
    [
        ({"at_least": 3, "at_most": 1}, "no number is at least 3 and at most 1"),
        ({"exactly": 1, "at_least": 2}, "no number is at least 2 and exactly 1"),
        ({"exactly": 1, "at_most": 0}, "no number is at most 0 and exactly 1"),
    ],
)
async def test_numbers_that_contradict_one_another(numbers_: dict[str, int], words: str) -> None:
    async with serving(tape(), pace=INSTANT) as served:
        answer = await raw_call(served.url, "POST", "verify", numbers_)
        told = msgspec.json.decode(answer.body)
        assert (answer.status, told["code"], told["detail"]) == (409, "contradiction", words)


async def test_unplayed() -> None:
    async with serving(tape(), pace=INSTANT) as served:
        await ask(served, ASKED, ONE)
        left = await call(served.url, "GET", "unplayed?limit=1&offset=1")
        assert (left["total"], left["recordings"]) == (
            2,
            [
                {
                    "number": 3,
                    "cassette": "",
                    "place": 3,
                    "upstream": "anthropic",
                    "method": "POST",
                    "path": "/v1/messages",
                    "model": "",
                    "status": 201,
                }
            ],
        )
        for query, total in (("session=one", 2), ("session=two", 3), ("session=", 3)):
            assert (await call(served.url, "GET", f"unplayed?{query}"))["total"] == total


async def test_a_request_that_names_a_session_asks_for_that() -> None:
    async with serving(tape(), pace=INSTANT) as served:
        named = ONE
        await ask(served, ASKED, named)
        await ask(served, ASKED)
        for headers, before in (((named,), ""), ((), "/__session/one")):
            page = await call(served.url, "GET", "journal", None, headers, before=before)
            assert [one["session"] for one in page["entries"]] == ["one"]
            wanted = {"request": {"path": "*"}, "exactly": 1}
            told = await call(served.url, "POST", "verify", wanted, headers, before=before)
            assert told["verified"]
            left = await call(served.url, "GET", "unplayed", None, headers, before=before)
            assert left["total"] == 2
            for path in ("journal?session=two", "reset?session="):
                method = "GET" if path.startswith("journal") else "POST"
                other = await call(served.url, method, path, None, headers, before=before)
                assert other["code"] == "bad_session"
            two = {"request": {"session": "two"}}
            other = await call(served.url, "POST", "verify", two, headers, before=before)
            assert other["code"] == "bad_session"
            assert (await call(served.url, "GET", "health", None, headers, before=before))["played"]
        reset = await call(served.url, "POST", "reset", before="/__session/one")
        assert reset == {"reset": ["plays", "faults", "journal"], "session": "one"}
        assert await numbers(served, "") == [2]
        assert [one["name"] for one in (await call(served.url, "GET", "sessions"))["sessions"]] == [
            ""
        ]


async def test_reset_begins_everything_anew() -> None:
    plan = FaultPlan(["status(code=500, nth=1)"])
    async with serving(tape(), pace=INSTANT, faults=plan) as served:
        for _ in range(2):
            await call(served.url, "POST", "faults", {"fault": "rechunk(how=1)"})
            assert [await ask(served) for _ in range(2)] == [500, 200]
            assert await call(served.url, "POST", "reset") == {
                "reset": ["plays", "faults", "journal"],
                "session": None,
            }
            assert (served.player.played, served.player.left) == (0, 3)
            laid = (await call(served.url, "GET", "faults"))["faults"]
            assert [one["fault"] for one in laid] == ["status(code=500, nth=1)"]
            assert (await call(served.url, "GET", "journal"))["total"] == 0
        await ask(served)
        assert await numbers(served, "") == [5]


@pytest.mark.parametrize("only", ["plays", "faults", "journal"])
async def test_reset_of_one_thing(only: str) -> None:
    async with serving(tape(), pace=INSTANT) as served:
        served.server.faults.add('drop(n=1, path="/none")')
        await ask(served)
        await call(served.url, "POST", f"reset?only={only}")
        assert (served.player.played == 0) == (only == "plays")
        assert (served.server.faults.list() == {}) == (only == "faults")
        assert (len(served.server.journal) == 0) == (only == "journal")


async def test_reset_of_a_session_leaves_the_others() -> None:
    async with serving(tape(), pace=INSTANT) as served:
        served.server.faults.add("status(code=500, nth=1)")
        one, two = (("X-Wiretape-Session", name) for name in ("one", "two"))
        for named in (one, two):
            assert await ask(served, ASKED, named) == 500
        await call(served.url, "POST", "reset?session=one")
        assert await ask(served, ASKED, one) == 500
        assert await ask(served, ASKED, two) == 200
        assert await numbers(served, "session=one") == [3]
        assert await numbers(served, "session=two") == [2, 4]


async def test_faults() -> None:
    async with serving(tape(), pace=INSTANT) as served:
        said = {"fault": "cut(after=1); status(code=503, nth=2)"}
        added = await raw_call(served.url, "POST", "faults", said)
        assert added.status == 201
        assert msgspec.json.decode(added.body)["faults"] == [
            {"id": 1, "fault": "cut(after=1)", "session": None},
            {"id": 2, "fault": "status(code=503, nth=2)", "session": None},
        ]
        answer = await fetch(served.url, "POST", RESPONSES, JSON_HEADERS, ASKED)
        assert (answer.body, answer.complete) == (b"data: one\n\n", False)
        assert await call(served.url, "DELETE", "faults/1") == {"removed": 1}
        assert (await call(served.url, "DELETE", "faults/1"))["code"] == "no_such_fault"
        assert [one["id"] for one in (await call(served.url, "GET", "faults"))["faults"]] == [2]
        assert await call(served.url, "DELETE", "faults") == {"removed": 1}
        assert await ask(served) == 200
        bad = await call(served.url, "POST", "faults", {"fault": "cut(afer=1)"})
        assert bad["code"] == "bad_fault"
        assert "\n" not in bad["detail"]


async def test_faults_of_a_session() -> None:
    async with serving(tape(), pace=INSTANT) as served:
        for fault, before in (
            (STATUS, "/__session/one"),
            ("rechunk(how=1)", ""),
        ):
            await call(served.url, "POST", "faults", {"fault": fault}, before=before)
        laid = await call(served.url, "GET", "faults", before="/__session/one")
        assert laid["faults"] == [{"id": 1, "fault": STATUS, "session": "one"}]
        assert [one["session"] for one in (await call(served.url, "GET", "faults"))["faults"]] == [
            "one",
            None,
        ]
        assert (await ask(served, ASKED, ONE), await ask(served)) == (500, 200)
        await call(served.url, "POST", "reset?session=two")
        assert await ask(served, ASKED, ONE) == 500
        await call(served.url, "POST", "reset?session=one")
        assert await ask(served, ASKED, ONE) == 200
        assert await call(served.url, "DELETE", "faults?session=one") == {"removed": 0}
        assert await call(served.url, "DELETE", "faults") == {"removed": 1}


async def test_as_many_faults_as_may_be() -> None:
    async with serving(tape()) as served:
        for _ in range(MOST_FAULTS):
            served.server.faults.add("no_done")
        told = await call(served.url, "POST", "faults", {"fault": "no_done"})
        assert (told["status"], told["code"]) == (409, "too_many_faults")


async def test_sessions() -> None:
    async with serving(tape(), pace=INSTANT) as served:
        await ask(served)
        for name in ("a", "b", "a"):
            await ask(served, ASKED, ("X-Wiretape-Session", name))
        await ask(served, b"{}", ("X-Wiretape-Session", "b"))
        page = await call(served.url, "GET", "sessions?offset=1")
        assert page["total"] == 3
        assert page["sessions"] == [
            {"name": "a", "played": 2, "misses": 0, "unplayed": 1},
            {"name": "b", "played": 1, "misses": 1, "unplayed": 2},
        ]


async def test_calls_leave_no_trace() -> None:
    async with serving(tape()) as served:
        for path in ("health", "journal", "nope", "sessions"):
            await call(served.url, "GET", path)
        assert len(served.server.journal) == served.player.misses == 0
        assert served.player.sessions == ()


async def test_who_watches_is_told_of_each_exchange() -> None:
    seen: list[Exchange] = []
    async with serving(tape(), pace=INSTANT, watch=seen.append) as served:
        await ask(served, ASKED, ("Authorization", f"Bearer {KEY}"))
        await ask(served, b"{}")
        await ask(served, ASKED, target="/nowhere")
        await ask(served, ASKED, ("X-Wiretape-Fault", "status(code=429)"))
    assert [one.outcome for one in seen] == ["matched", "unmatched", "refused", "faulted"]
    assert [one.status for one in seen] == [200, 503, 404, 429]
    assert ("Authorization", f"Bearer {KEY}") in seen[0].request.headers
    assert seen[0].played is not None
    assert seen[0].played.number == 1


async def test_another_tape() -> None:
    async with serving(tape()) as served:
        served.server.faults.add("rechunk(how=1)")
        served.server.faults.add("status(code=500, nth=2)")
        playing = await served.ask()
        await served.playing(1)
        other = make_interaction(((0, b"data: other\n\n"),), number=1)
        player = Player([other])
        served.server.change_tape(player, [loaded_cassette("new", 1, [other])])
        later = await served.ask()
        await served.playing(2)
        await served.advance(1000)
        assert (await playing.read_response()).body == b"data: one\n\ndata: two\n\n"
        assert (await later.read_response()).body == b"data: other\n\n"
        assert player.played == 1
        assert (await call(served.url, "GET", "cassettes"))["cassettes"][0]["path"] == "new"
        entries = (await call(served.url, "GET", "journal"))["entries"]
        assert [one["recording"]["cassette"] for one in entries] == ["", "new"]
        assert len(served.server.faults.list()) == 2
        playing.close()
        later.close()
