"""Which recording answers, and what is said where none does."""

import pytest

from tests.interactions import JSON_HEADERS, make_interaction, make_request, numbered
from wiretape.cassettes.answering import Answerer, Miss
from wiretape.cassettes.matching import MatchRules, differences
from wiretape.cassettes.model import Interaction, Request
from wiretape.cassettes.redaction import RedactionRules, Redactor
from wiretape.replay import Player
from wiretape.replay import player as player_module


def asking(text: str, target: str = "/v1/responses", method: str = "POST") -> Request:
    return make_request(method, target, f'{{"model":"m","input":"{text}"}}'.encode())


def tape(*requests: Request, upstream: str = "openai") -> tuple[Interaction, ...]:
    return numbered([make_interaction(request=one, upstream=upstream) for one in requests])


def number_of(answer: Interaction | Miss) -> int:
    assert isinstance(answer, Interaction), answer
    return answer.number


def miss_of(answer: Interaction | Miss) -> Miss:
    assert isinstance(answer, Miss), answer
    return answer


def test_it_is_an_answerer() -> None:
    answerer: Answerer = Player(tape(asking("a")))
    assert number_of(answerer.answer("openai", asking("a"))) == 1


def test_each_request_has_its_recording() -> None:
    player = Player(tape(asking("a"), asking("b"), asking("a", "/v1/chat")))
    assert number_of(player.answer("openai", asking("b"))) == 2
    assert number_of(player.answer("openai", asking("a", "/v1/chat"))) == 3
    assert number_of(player.answer("openai", asking("a"))) == 1
    assert player.upstreams == {"openai"}


def test_repeats_play_in_order_and_stay_at_the_last() -> None:
    player = Player(tape(asking("a"), asking("b"), asking("a")))
    assert list(player.unplayed) == [1, 2, 3]
    numbers = [number_of(player.answer("openai", asking("a"))) for _ in range(4)]
    assert numbers == [1, 3, 3, 3]
    assert list(player.unplayed) == [2]
    assert (player.played, player.misses) == (4, 0)


def test_after_the_last_an_error() -> None:
    player = Player(tape(asking("a"), asking("a")), after_last="error")
    assert [number_of(player.answer("openai", asking("a"))) for _ in range(2)] == [1, 2]
    assert miss_of(player.answer("openai", asking("a"))) == Miss("recordings_used_up", 2, ())
    assert (player.played, player.misses) == (2, 1)


def test_upstreams_do_not_answer_for_each_other() -> None:
    player = Player([*tape(asking("a")), *tape(asking("a"), upstream="groq")])
    assert player.upstreams == {"openai", "groq"}
    miss = miss_of(player.answer("mistral", asking("a")))
    assert [difference.where for difference in miss.differences] == ["upstream"]


def test_a_key_that_asks_is_redacted_before_it_is_compared() -> None:
    def with_key(key: str, text: str = "a") -> Request:
        body = f'{{"input":"{text}","tools":[{{"authorization":"{key}"}}]}}'.encode()
        headers = (*JSON_HEADERS, ("Authorization", f"Bearer {key}"))
        return make_request(target=f"/v1/x?key={key}", body=body, headers=headers)

    # What is on a tape has been redacted; the mask has the length of the key.
    recorded = make_request(
        target="/v1/x?key=***",
        body=b'{"input":"a","tools":[{"authorization":"*********************"}]}',
    )
    player = Player(tape(recorded))
    assert number_of(player.answer("openai", with_key("sk-planted-0123456789"))) == 1
    assert number_of(player.answer("openai", with_key("sk-another-of-some-other-length"))) == 1
    miss = miss_of(player.answer("openai", with_key("sk-planted-0123456789", "b")))
    assert "planted" not in repr(miss)


def test_the_rules_are_adjustable() -> None:
    with_beta = make_request(headers=(("openai-beta", "x"),))
    player = Player(tape(make_request()), rules=MatchRules(headers=("openai-beta",)))
    assert miss_of(player.answer("openai", with_beta)).differences[0].where == "header.openai-beta"
    assert number_of(Player(tape(make_request())).answer("openai", with_beta)) == 1


def test_an_empty_tape() -> None:
    assert miss_of(Player([]).answer("", asking("a"))) == Miss("no_recording", None, ())


def test_the_nearest_has_the_fewest_differences() -> None:
    def two(first: str, second: str) -> Request:
        return make_request(body=f'{{"a":"{first}","b":"{second}"}}'.encode())

    player = Player(tape(two("x", "y"), two("1", "y"), two("x", "2")))
    miss = miss_of(player.answer("openai", two("1", "3")))
    assert miss.nearest == 2
    assert [(one.where, one.asked, one.recorded) for one in miss.differences] == [
        ("$.b", '"3"', '"y"')
    ]


@pytest.mark.parametrize(
    ("upstream", "request_", "nearest"),
    [
        ("openai", asking("?", "/v1/chat"), 2),
        ("groq", asking("?", "/v1/chat"), 2),
        ("openai", asking("a", "/v1/nowhere"), 1),
        ("openai", asking("?", "/v1/models", "GET"), 3),
        ("unknown", asking("?", "/v1/nowhere", "PUT"), 1),
    ],
)
def test_the_nearest_has_most_in_common(upstream: str, request_: Request, nearest: int) -> None:
    recorded = tape(asking("a"), asking("a", "/v1/chat"), make_request("GET", "/v1/models", b""))
    assert miss_of(Player(recorded).answer(upstream, request_)).nearest == nearest


def test_a_miss_does_not_compare_with_the_whole_tape(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0

    def counting(*arguments: object) -> object:
        nonlocal compared
        compared += 1
        return differences(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(player_module, "differences", counting)
    player = Player(tape(*(asking("x" * n) for n in range(300))))
    miss = miss_of(player.answer("openai", asking("y" * 150)))
    assert compared <= 16
    assert miss.nearest is not None
    assert abs(miss.nearest - 151) <= 16  # among the bodies of like size


def test_a_miss_compares_with_one_recording_however_large() -> None:
    player = Player(tape(asking("x" * 5_000_000), asking("x" * 5_000_001)))
    assert miss_of(player.answer("openai", asking("y" * 5_000_000))).nearest == 1


def test_a_key_that_came_before_is_masked_in_what_follows() -> None:
    key = "sk-later-1234567890"
    opening = make_request("GET", "/v1/models", b"", (("Authorization", f"Bearer {key}"),))
    following = asking(f"why is {key} refused?")
    recorder = Redactor()
    recorded = tape(recorder.as_recorded(opening), recorder.as_recorded(following))
    assert key.encode() not in recorded[1].request.body
    player = Player(recorded)
    assert number_of(player.answer("openai", opening)) == 1
    assert number_of(player.answer("openai", following)) == 2
    miss = miss_of(player.answer("openai", asking(f"is {key} good?")))
    assert key not in str(miss)


def test_keys_without_end_do_not_slow_it_down() -> None:
    player = Player(tape(asking("a")))
    for number in range(2 * player_module.MOST_SEARCHED_FOR):
        headers = (*JSON_HEADERS, ("Authorization", f"Bearer key-of-its-own-{number:06}"))
        one = make_request(body=asking("a").body, headers=headers)
        assert number_of(player.answer("openai", one)) == 1
        assert player._redactor.searched_for <= player_module.MOST_SEARCHED_FOR + 1


def test_rules_of_a_project_hold_on_both_sides() -> None:
    rules = RedactionRules(body_paths=("**.licence",))
    asked = make_request(body=b'{"licence":"0123456789abcdef"}')
    player = Player(tape(Redactor(rules).as_recorded(asked)), redaction=rules)
    assert number_of(player.answer("openai", make_request(body=b'{"licence":"another-one"}'))) == 1
