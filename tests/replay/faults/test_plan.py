"""Which faults meet which requests: counting, sessions, paths, and what is owed."""

import random
from typing import Any

import msgspec
import pytest

from tests.interactions import make_interaction, make_request
from wiretape.cassettes.model import Interaction, Request
from wiretape.replay.errors import BadFault
from wiretape.replay.faults import Faulted, FaultPlan, Turn, fault_text, parse_fault, parse_faults
from wiretape.replay.faults.cut import Cut

TAPE = make_interaction(tuple((n, b"data: %d\n\n" % n) for n in range(1, 9)))
ASKED = make_request()


def ask(plan: FaultPlan, asked: Request = ASKED, session: str = "", own: str = "") -> Faulted:
    """What a request gets of TAPE."""
    turn = plan.turn("openai", asked, session, parse_faults(own) if own else ())
    return plan.faulted(turn, TAPE, turn.owed or TAPE)


def met(plan: FaultPlan, asked: Request = ASKED, session: str = "") -> bool:
    return bool(ask(plan, asked, session).applied)


def test_faults_are_laid_on_and_taken_off() -> None:
    plan = FaultPlan(["cut(after=7)"])
    first, second = plan.add("no_done; rechunk(how=1)")
    assert [fault_text(fault) for fault in plan.list().values()] == [
        "cut(after=7)",
        "no_done",
        "rechunk(how=1)",
    ]
    assert plan.remove(first)
    assert not plan.remove(first)
    assert second in plan.list()
    plan.clear()
    assert plan.list() == {}
    assert not met(plan)
    with pytest.raises(BadFault):
        plan.add("cutt")


def test_in_their_order() -> None:
    done = ask(FaultPlan(["drop(n=1)", "cut(after=1)"]))
    assert done.interaction.response is not None
    assert done.interaction.response.body == b"data: 2\n\n"


def test_nth_is_counted_in_a_session() -> None:
    plan = FaultPlan(["drop(nth=2)"])
    assert [met(plan), met(plan), met(plan)] == [False, True, False]
    assert [met(plan, session="b"), met(plan, session="b")] == [False, True]


@pytest.mark.parametrize(
    ("path", "meets"),
    [
        ("*/responses", True),
        ("/v1/*", True),
        ("/openai/v1/responses", True),
        ("/openai/*", True),
        ("*/messages", False),
        ("responses", False),
    ],
)
def test_a_path(path: str, meets: bool) -> None:
    plan = FaultPlan([f'drop(path="{path}", nth=1)'])
    assert met(plan, make_request(target="/v1/responses?x=1")) == meets


def test_times_are_those_of_one_request_in_one_session() -> None:
    plan = FaultPlan(["status(times=2)"])
    other = make_request(body=b'{"input":"another"}')
    assert [met(plan), met(plan), met(plan)] == [True, True, False]
    assert met(plan, other)
    assert met(plan, session="b")
    retried = msgspec.structs.replace(ASKED, headers=(("x-stainless-retry-count", "1"),))
    assert not met(plan, retried)


def test_times_are_spent_where_the_fault_applied() -> None:
    plan = FaultPlan(["status(times=1)", "cut(after=3, times=1)"])
    done = [ask(plan) for _ in range(3)]
    assert [[fault_text(fault) for fault in one.applied] for one in done] == [
        ["status"],
        ["cut(after=3, times=1)"],
        [],
    ]
    assert done[2].interaction == TAPE


def test_what_stands_behind_a_status_waits_for_the_tape() -> None:
    plan = FaultPlan()
    done = [ask(plan, own="status(times=1); cut(after=2, times=2)") for _ in range(4)]
    assert [one.broken_promise for one in done] == ["", "", "", ""]
    sizes = [len(one.interaction.response.body) for one in done if one.interaction.response]
    assert sizes[1:] == [18, 18, 72]
    late = [ask(FaultPlan(), own="drop(n=1); cut(after=8)").broken_promise]
    assert late == ["the stream has 7 events, not 8"]


def test_a_promise_that_was_broken_is_not_counted() -> None:
    plan = FaultPlan()
    own = "drop(n=1, times=1); cut(after=8)"
    assert [bool(ask(plan, own=own).broken_promise) for _ in range(2)] == [True, True]


def test_the_recording_is_owed_until_the_fault_is_done_with() -> None:
    plan = FaultPlan(["status(times=2)"])
    owed: list[Interaction | None] = []
    for _ in range(4):
        turn = plan.turn("openai", ASKED)
        owed.append(turn.owed)
        if turn.faults:
            plan.faulted(turn, TAPE, TAPE)
    assert owed == [None, TAPE, TAPE, None]


def test_resetting() -> None:
    plan = FaultPlan(["status", "drop(nth=1)"])
    for session in ("", "b"):
        assert met(plan, session=session)
    plan.reset("b")
    assert not plan.turn("openai", ASKED, "").faults
    turn = plan.turn("openai", ASKED, "b")
    assert (turn.number, len(turn.faults), turn.owed) == (1, 2, None)
    plan.reset()
    assert plan.turn("openai", ASKED, "").number == 1


def test_the_same_seed_and_number_the_same_choice() -> None:
    def bodies(seed: int) -> list[bytes]:
        plan = FaultPlan(["drop(count=2)"], seed=seed)
        found = [ask(plan).interaction.response for _ in range(10)]
        return [response.body for response in found if response]

    assert bodies(1) == bodies(1)
    assert bodies(1) != bodies(2)
    assert len(set(bodies(1))) > 1


def test_what_does_not_apply_is_told() -> None:
    told: list[tuple[Turn, Faulted]] = []
    plan = FaultPlan(
        ["cut(after=9)", "no_done"], watch=lambda turn, done: told.append((turn, done))
    )
    done = ask(plan)
    assert done.interaction == TAPE
    assert [reason for _, reason in done.refused] == [
        "the stream has 8 events, not 9",
        "nothing in the stream says that it is over",
    ]
    assert told[0][1] is done
    assert done.broken_promise == ""
    assert ask(FaultPlan(), own="cut(after=9)").broken_promise == "the stream has 8 events, not 9"


def test_a_fault_of_ones_own() -> None:
    class Backwards:
        """Any class will do that has these."""

        path = ""
        nth = times = 0

        def applied(self, interaction: Interaction, rng: random.Random) -> Interaction:
            response = interaction.response
            assert response is not None
            turned = msgspec.structs.replace(response, body=response.body[::-1])
            return msgspec.structs.replace(interaction, response=turned)

    plan = FaultPlan([Backwards()])
    done = ask(plan)
    assert done.interaction.response is not None
    assert done.interaction.response.body.endswith(b"atad")
    assert fault_text(done.applied[0]) == "Backwards"
    assert parse_fault("drop") != done.applied[0]


@pytest.mark.parametrize("fault", [5, None, ["cut(after=1)"], Cut, b"no_done"])
def test_what_is_no_fault_is_refused_at_once(fault: Any) -> None:
    plan = FaultPlan()
    for lay in (plan.add, lambda one: FaultPlan([one])):
        with pytest.raises(TypeError, match=r"a fault is a text such as 'cut\(after=7\)' or an"):
            lay(fault)
    assert plan.list() == {}
