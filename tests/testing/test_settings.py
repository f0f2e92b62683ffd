"""The words of markers, flags and pyproject.toml."""

import pytest

from wiretape.testing.errors import BadSetting
from wiretape.testing.journal import match_rules
from wiretape.testing.settings import Settings, read_mode, read_speed


def test_nothing_said_is_offline_and_at_once() -> None:
    assert (Settings().mode, Settings().speed) == ("none", "instant")


def test_values_are_laid_over_others_under_either_spelling() -> None:
    read = Settings(speed=2.0).with_values({"after-last": "error", "mode": "once"}, "here")
    assert (read.speed, read.after_last, read.mode) == (2.0, "error", "once")


@pytest.mark.parametrize(
    ("word", "mode"),
    [("replay", "none"), ("record", "all"), ("record-on-miss", "new_episodes"), ("once", "once")],
)
def test_modes_have_the_names_of_other_tools(word: str, mode: str) -> None:
    assert read_mode(word) == mode


@pytest.mark.parametrize("value", [1, 0.5, "2", 1e3])
def test_speeds(value: object) -> None:
    assert read_speed(value) == float(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [0, -1, "fast", "\u0662", "1_0", "inf", "nan", None, True, [1]])
def test_what_is_no_speed(value: object) -> None:
    with pytest.raises(BadSetting, match="is no speed; write instant"):
        read_speed(value)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"modes": "none"}, "here: there is no 'modes'; known are after_last"),
        ({"mode": "some"}, "here: mode: 'some' is no mode; there are none, once"),
        ({"match_on": ["host"]}, "here: match_on: 'host' is nothing to match on"),
        ({"match_on": ["header:"]}, "here: match_on: 'header:' is nothing to match on"),
        ({"upstreams": "local"}, "here: upstreams: a list of texts is wanted"),
        ({"upstreams": ["local"]}, "here: upstreams: 'local' is no upstream; write NAME=URL"),
        ({"rules": 1}, "here: rules: the name of a file is wanted"),
        ({"match_on": "body"}, "here: match_on: a list of texts is wanted"),
        ({"ignore": [1]}, "here: ignore: a list of texts is wanted"),
        ({"after_last": "stop"}, "here: after_last: 'stop' is neither repeat nor error"),
        ({"allow_unplayed": 1}, "here: allow_unplayed: true or false is wanted"),
    ],
)
def test_what_cannot_be_meant(values: dict[str, object], said: str) -> None:
    with pytest.raises(BadSetting) as raised:
        Settings().with_values(values, "here")
    assert str(raised.value).startswith(said)


def test_upstreams_as_a_table_of_toml() -> None:
    settings = Settings().with_values({"upstreams": {"local": "http://127.0.0.1:1"}}, "here")
    assert settings.upstreams == ("local=http://127.0.0.1:1",)


@pytest.mark.parametrize("name", ["Authorization", "x-api-key", "X-Acme-Token"])
def test_a_header_whose_value_is_on_no_tape_compares_nothing(name: str) -> None:
    settings = Settings().with_values({"match_on": [f"header:{name}"]}, "here")
    with pytest.raises(BadSetting, match=f"'header:{name}' compares nothing: its value is redac"):
        match_rules(settings)
