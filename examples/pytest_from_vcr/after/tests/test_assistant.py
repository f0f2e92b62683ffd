import pytest
from assistant import ask


@pytest.mark.wiretape
def test_answer():
    assert ask("How warm is it in Oslo?") == "It is warm in Oslo, about 20 °C."
