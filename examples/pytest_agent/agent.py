"""An agent that answers with the help of two tools: it asks a model until that calls no more.

Nothing in it knows that Wiretape exists: OPENAI_BASE_URL is all there is to it.
"""

import json
from collections.abc import Callable

from openai import OpenAI

MOST_TURNS = 8

WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
CELSIUS = {"type": "object", "properties": {"value": {"type": "number"}}, "required": ["value"]}


def weather(city: str) -> str:
    """The temperature of a place, in degrees Celsius."""
    return str(sum(map(ord, city)) % 40)


def fahrenheit(value: float) -> str:
    """Degrees Celsius in Fahrenheit."""
    return str(round(value * 9 / 5 + 32))


TOOLS: dict[str, Callable[..., str]] = {"weather": weather, "fahrenheit": fahrenheit}
DESCRIBED = [
    {"type": "function", "function": {"name": name, "parameters": parameters}}
    for name, parameters in (("weather", WEATHER), ("fahrenheit", CELSIUS))
]


def run(question: str) -> str:
    """The answer to a question."""
    client = OpenAI()
    messages: list[dict] = [{"role": "user", "content": question}]
    for _ in range(MOST_TURNS):
        text, calls = turn(client, messages)
        if not calls:
            return text
        messages.append({"role": "assistant", "content": text or None, "tool_calls": calls})
        for call in calls:
            arguments = json.loads(call["function"]["arguments"])
            said = TOOLS[call["function"]["name"]](**arguments)
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": said})
    raise RuntimeError(f"no answer after {MOST_TURNS} turns")


def turn(client: OpenAI, messages: list[dict]) -> tuple[str, list[dict]]:
    """What the model says, and the tools it wants called; read as it streams in."""
    text, calls = "", {}
    stream = client.chat.completions.create(
        model="gpt-5-mini", messages=messages, tools=DESCRIBED, stream=True
    )
    for chunk in stream:
        for choice in chunk.choices:
            text += choice.delta.content or ""
            for part in choice.delta.tool_calls or ():
                empty = {"id": "", "type": "function", "function": {"name": "", "arguments": ""}}
                call = calls.setdefault(part.index, empty)
                call["id"] += part.id or ""
                call["function"]["name"] += part.function.name or ""
                call["function"]["arguments"] += part.function.arguments or ""
    return text, list(calls.values())
