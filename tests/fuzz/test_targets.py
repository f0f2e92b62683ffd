"""Every target on any bytes, and on good input made bad."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.mutations import mutated
from tests.fuzz.seeds import WORDS, seeds
from tests.fuzz.targets import TARGETS

EXAMPLES = 150

QUICK = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes(name: str) -> None:
    QUICK(given(st.binary(max_size=300))(TARGETS[name]))()


@pytest.mark.parametrize("name", TARGETS)
def test_good_input_made_bad(name: str) -> None:
    QUICK(given(mutated(seeds(name), WORDS))(TARGETS[name]))()


@pytest.mark.parametrize("name", TARGETS)
def test_good_input(name: str) -> None:
    for seed in seeds(name):
        TARGETS[name](seed)


@pytest.mark.parametrize("name", TARGETS)
def test_each_word_in_each_place(name: str) -> None:
    """What surprises a parser, at a few places of the first seed, alone and in between."""
    seed = seeds(name)[0]
    for word in WORDS:
        for place in range(0, len(seed), max(1, len(seed) // 7)):
            TARGETS[name](seed[:place] + word + seed[place:])
        TARGETS[name](word)
