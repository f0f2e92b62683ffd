"""Which interaction belongs to which."""

from hypothesis import given
from hypothesis import strategies as st

from wiretape.cassettes.diff.pairing import Item, PairBy, pair


def item(number: int, key: str, turn: str = "", file: str = "a.tape.zst") -> Item:
    return Item(file, "one", number, key, key, number, turn)


def numbers(*sides: list[Item], by: PairBy = "prompt") -> list[tuple[int | None, ...]]:
    return [tuple(one.number if one else None for one in group) for group in pair(sides, by)]


def test_by_prompt_then_order() -> None:
    a = [item(1, "x"), item(2, "y"), item(3, "x")]
    b = [item(1, "y"), item(2, "x"), item(3, "x")]
    assert numbers(a, b) == [(1, 2), (2, 1), (3, 3)]


def test_what_one_side_lacks() -> None:
    assert numbers([item(1, "x")], [item(1, "y"), item(2, "x")]) == [(1, 2), (None, 1)]
    assert numbers([item(1, "x")], [], [item(1, "x")]) == [(1, None, 1)]
    assert numbers([], []) == []


def test_what_is_left_over_pairs_by_its_last_turn() -> None:
    a = [item(1, "with system", "hello"), item(2, "x", "bye")]
    b = [item(1, "without", "hello"), item(2, "x", "bye")]
    assert numbers(a, b) == [(1, 1), (2, 2)]
    assert numbers([item(1, "k1")], [item(1, "k2")]) == [(1, None), (None, 1)]


def test_by_order() -> None:
    assert numbers([item(1, "x"), item(2, "y")], [item(1, "y")], by="order") == [(1, 1), (2, None)]


def test_by_name_the_folder_of_a_side_left_out() -> None:
    a = [
        item(1, "x", file="old/test_a/test_one.tape.zst"),
        item(1, "y", file="old/test_b/one.tape.zst"),
    ]
    b = [
        item(7, "z", file="new/test_b/one.tape.zst"),
        item(8, "q", file="new/test_a/test_one.tape.zst"),
    ]
    assert numbers(a, b, by="name") == [(1, 8), (1, 7)]
    one = [item(1, "x", file="/tmp/a/hello.tape.zst"), item(2, "x", file="/tmp/a/hello.tape.zst")]
    assert numbers(one, [item(5, "y", file="hello.tape.zst")], by="name") == [(1, 5), (2, None)]


keys = st.sampled_from(["x", "y", "z"])
sides = st.lists(
    st.lists(st.tuples(keys, st.sampled_from(["", "t", "u"])), max_size=6), min_size=2, max_size=4
)


@given(sides, st.sampled_from(["prompt", "order", "name"]))
def test_every_item_is_in_one_group(drawn: list[list[tuple[str, str]]], by: PairBy) -> None:
    given_items = [
        [item(number, key, turn) for number, (key, turn) in enumerate(side, 1)] for side in drawn
    ]
    groups = pair(given_items, by)
    for place, side in enumerate(given_items):
        found = [group[place] for group in groups if group[place] is not None]
        assert sorted(one.number for one in found if one) == [one.number for one in side]
    assert all(any(group) and len(group) == len(drawn) for group in groups)


@given(st.lists(st.tuples(keys, st.sampled_from(["", "t"])), max_size=6))
def test_a_side_pairs_with_itself(drawn: list[tuple[str, str]]) -> None:
    side = [item(number, key, turn) for number, (key, turn) in enumerate(drawn, 1)]
    assert pair([side, side]) == [(one, one) for one in side]
