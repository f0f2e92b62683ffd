"""Fifty conversations of three turns and two tools, each from its tape."""

import pytest
from agent import fahrenheit, run, weather

CITIES = (
    *("Accra", "Algiers", "Amsterdam", "Athens", "Baku", "Bangkok", "Berlin", "Bogotá", "Bonn"),
    *("Cairo", "Chur", "Dakar", "Delhi", "Dublin", "Essen", "Florence", "Ghent", "Graz", "Hanoi"),
    *("Havana", "Kyiv", "Kyoto", "La Paz", "Lagos", "Lima", "Linz", "Lisbon", "London", "Lyon"),
    *("Madrid", "Manila", "Milan", "Nairobi", "Oslo", "Paris", "Porto", "Prague", "Quito"),
    *("Riga", "Rome", "Seoul", "Sofia", "Split", "Tokyo", "Tunis", "Turin", "Vienna", "Vilnius"),
    *("Warsaw", "Zürich"),
)


@pytest.mark.parametrize("city", CITIES)
def test_three_turns_and_two_tools(wiretape, city: str) -> None:
    celsius = weather(city)
    warm = f"It is {celsius} °C in {city}, or {fahrenheit(int(celsius))} °F."
    assert run(f"How warm is it in {city}?").strip() == warm
    assert [len(asked.json()["messages"]) for asked in wiretape.requests] == [1, 3, 5]
