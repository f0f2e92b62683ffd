"""What was played, kept apart by session."""

from urllib.parse import quote

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.interactions import make_interaction, make_request, numbered
from tests.raw_http import fetch
from tests.replay.serving import ASKED, serving
from wiretape.cassettes.answering import Miss
from wiretape.cassettes.matching import MatchRules
from wiretape.cassettes.model import Interaction, Request
from wiretape.cassettes.session_names import LONGEST_NAME
from wiretape.replay import Pace, Player
from wiretape.replay.asking import session_of
from wiretape.replay.errors import BadSession
from wiretape.replay.sessions import Sessions

INSTANT = Pace(instant=True)


def asking(text: str) -> Request:
    return make_request(body=f'{{"input":"{text}"}}'.encode())


def player_of(*texts: str, **options: object) -> Player:
    tape = [make_interaction(request=asking(text)) for text in texts]
    return Player(numbered(tape), **options)  # type: ignore[arg-type]


def number(answer: Interaction | Miss) -> int:
    assert isinstance(answer, Interaction), answer
    return answer.number


def test_each_session_begins_at_the_first_recording() -> None:
    player = player_of("a", "a", "b")

    def asked(*sessions: str) -> list[int]:
        return [number(player.answer("openai", asking("a"), one)) for one in sessions]

    assert asked("x", "y", "x", "", "y", "x") == [1, 1, 2, 1, 2, 2]
    assert isinstance(player.answer("openai", asking("c"), "y"), Miss)
    x, y, none = (player.session(name) for name in ("x", "y", ""))
    assert (x.played, x.misses, x.unplayed) == (3, 0, (3,))
    assert (y.played, y.misses, y.unplayed) == (2, 1, (3,))
    assert (none.played, none.misses, none.unplayed) == (1, 0, (2, 3))
    assert (player.played, player.misses, player.unplayed) == (6, 1, (3,))
    assert player.sessions == ("", "x", "y")


@given(st.lists(st.tuples(st.sampled_from(["", "x", "y"]), st.sampled_from("abc"))))
def test_what_a_session_is_given_depends_on_no_other(asked: list[tuple[str, str]]) -> None:
    texts = "abaacab"
    together = player_of(*texts)
    alone = {session: player_of(*texts) for session in ("", "x", "y")}
    for session, text in asked:
        expected = alone[session].answer("openai", asking(text))
        assert number(together.answer("openai", asking(text), session)) == number(expected)
    for session, one in alone.items():
        assert together.session(session).unplayed == one.unplayed
        assert together.session(session).played == one.played


def test_one_is_reset_and_the_others_go_on() -> None:
    player = player_of("a", "a")
    for session in ("x", "y", ""):
        player.answer("openai", asking("a"), session)
    player.session("x").reset()
    assert player.session("x").unplayed == (1, 2)
    assert number(player.answer("openai", asking("a"), "x")) == 1
    assert number(player.answer("openai", asking("a"), "y")) == 2
    player.session().reset()
    assert number(player.answer("openai", asking("a"))) == 1
    assert not player.unplayed
    player.reset()
    assert list(player.unplayed) == [1, 2]
    assert player.played == len(player.sessions) == 0


def test_to_look_at_a_session_makes_none() -> None:
    player = player_of("a")
    view = player.session("x")
    assert (view.played, view.misses, view.unplayed) == (0, 0, (1,))
    assert player.sessions == ()
    player.answer("openai", asking("a"), "x")
    assert (view.played, view.unplayed) == (1, ())


def test_used_up_in_one_session_only() -> None:
    player = player_of("a", after_last="error")
    assert number(player.answer("openai", asking("a"), "x")) == 1
    assert isinstance(player.answer("openai", asking("a"), "x"), Miss)
    assert number(player.answer("openai", asking("a"), "y")) == 1


def test_the_one_that_asked_longest_ago_is_forgotten() -> None:
    player = player_of("a", "a", most_sessions=2)
    gone: list[str] = []
    player.when_forgotten(gone.append)
    for session in ("", "x", "y", "x", "z", "x"):
        player.answer("openai", asking("a"), session)
    assert gone == ["y"]
    assert player.sessions == ("", "z", "x")
    assert number(player.answer("openai", asking("a"), "")) == 2
    assert number(player.answer("openai", asking("a"), "y")) == 1


def test_many_recordings_of_one_request_are_found_without_looking_at_all() -> None:
    plays = Sessions().asking("x")

    class Counted(list[int]):
        looked = 0

        def __getitem__(self, index):  # type: ignore[no-untyped-def]
            self.looked += 1
            return super().__getitem__(index)

    places = Counted(range(500))
    for expected in range(500):
        found = plays.first_left("key", places)
        assert found == expected
        plays.give("key", found)
    assert plays.first_left("key", places) is None
    assert places.looked < 4 * 500


@pytest.mark.parametrize(
    ("target", "headers", "session", "rest"),
    [
        ("/openai/v1/x", (), "", "/openai/v1/x"),
        ("/openai/v1/x", (("X-WireTape-session", " one "),), "one", "/openai/v1/x"),
        ("/__session/one/openai/v1/x?a=/b", (), "one", "/openai/v1/x?a=/b"),
        ("/__session/one/openai", (("x-wiretape-session", "one"),), "one", "/openai"),
        ("/__session/one", (), "one", "/"),
        ("/__session/a%2Fb%5B%C3%A9%5D/x", (), "a/b[é]", "/x"),
        ("/__session/é/x", (), "é", "/x"),
        ("/__session/" + "é".encode().decode("latin-1") + "/x", (), "é", "/x"),
        ("/x", (("x-wiretape-session", "é".encode().decode("latin-1")),), "é", "/x"),
        ("/x", (("x-wiretape-session", ""),), "", "/x"),
        ("/__sessions/one", (), "", "/__sessions/one"),
    ],
)
def test_the_session_of_a_request(
    target: str, headers: tuple[tuple[str, str], ...], session: str, rest: str
) -> None:
    found, request = session_of(make_request(target=target, headers=headers))
    assert (found, request.target) == (session, rest)


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/__session//x", ()),
        ("/__session/", ()),
        ("/__session/a%00b/x", ()),
        (f"/__session/{'x' * (LONGEST_NAME + 1)}/x", ()),
        ("/x", (("x-wiretape-session", "x" * (LONGEST_NAME + 1)),)),
        ("/x", (("x-wiretape-session", "a"), ("x-wiretape-session", "b"))),
        ("/__session/a/x", (("x-wiretape-session", "b"),)),
    ],
)
def test_no_session(target: str, headers: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(BadSession):
        session_of(make_request(target=target, headers=headers))


def test_the_header_counts_for_nothing() -> None:
    with_session = make_request(headers=(("X-Wiretape-Session", "x"),))
    player = Player([make_interaction(request=with_session)], rules=MatchRules())
    assert number(player.answer("openai", make_request())) == 1


async def test_over_sockets() -> None:
    first = make_interaction([(1, b"data: 1\n\n")])
    second = make_interaction([(1, b"data: 2\n\n")])
    async with serving([first, second], pace=INSTANT) as served:

        async def ask(prefix: str = "", *headers: tuple[str, str]) -> bytes:
            target = f"{prefix}/openai/v1/responses"
            return (await fetch(served.url, "POST", target, headers, ASKED)).body

        name = "tests/test_a.py::test_b[1-é]"
        assert await ask(f"/__session/{quote(name, safe='')}") == b"data: 1\n\n"
        assert await ask("", ("X-Wiretape-Session", "b")) == b"data: 1\n\n"
        assert await ask("/__session/b") == b"data: 2\n\n"
        assert await ask() == b"data: 1\n\n"
        assert served.player.sessions == ("", name, "b")
        assert served.player.session(name).unplayed == (2,)
        long = await fetch(served.url, "GET", f"/__session/{'x' * 300}/openai/v1")
        assert long.status == 400
        assert b"bad_session" in long.body
        health = await fetch(served.url, "GET", "/__session/b/__wiretape/health")
        assert health.status == 200


async def test_a_session_that_is_forgotten_owes_its_faults_nothing() -> None:
    async with serving([make_interaction()], pace=INSTANT) as served:
        served.player._sessions._most = 1
        served.server.faults.add("status(code=500, nth=1)")
        for name, status in (("a", 500), ("a", 200), ("b", 500), ("a", 500)):
            answer = await fetch(
                served.url, "POST", f"/__session/{name}/openai/v1/responses", (), ASKED
            )
            assert answer.status == status


async def test_identical_requests_in_the_order_in_which_they_were_whole() -> None:
    tape = [make_interaction([(10, b"data: %d\n\n" % place)]) for place in range(5)]
    async with serving(tape) as served:
        clients = []
        for place in range(5):
            clients.append(await served.ask())
            await served.playing(place + 1)
        await served.advance(10)
        bodies = [(await client.read_response()).body for client in reversed(clients)]
        assert bodies == [b"data: %d\n\n" % place for place in reversed(range(5))]
        for client in clients:
            client.close()


async def test_a_client_that_sends_a_header() -> None:
    headers = (("Content-Type", "application/json"), ("Transfer-Encoding", "chunked"))
    listing = make_request("GET", "/v1/models", b"", ())
    tape = [
        make_interaction([(1, b'{"n":%d}' % n)], request=listing, headers=headers) for n in (1, 2)
    ]
    async with serving(tape, pace=INSTANT) as served:
        for session, expected in (("one", 1), ("two", 1), ("one", 2)):
            async with openai.AsyncOpenAI(
                base_url=f"{served.url}/openai/v1",
                api_key="any",
                default_headers={"X-Wiretape-Session": session},
            ) as client:
                assert await client.get("/models", cast_to=object) == {"n": expected}
