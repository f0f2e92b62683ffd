"""The same question, asked in every API's own way, has one key."""

import base64
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialect_reading import json_values
from tests.interactions import make_request
from wiretape.cassettes.dialects.detection import api_of_path
from wiretape.cassettes.diff.prompt_blocks import result_text
from wiretape.cassettes.diff.prompts import Prompt, prompt_of

Json = Any


def asked(body: Json, target: str = "/v1/chat/completions") -> Prompt:
    request = make_request(target=target, body=msgspec.json.encode(body))
    return prompt_of(api_of_path(target), request)


SYSTEM, USER, RESULT = "Be brief.", "How warm\nis it?", '{"degrees": 15, "wind": 10}'
VALUE = {"wind": 10, "degrees": 15}
FUNCTION = {"name": "weather", "parameters": {"type": "object"}}
CALL = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}

TURNS: dict[str, tuple[str, Json]] = {
    "chat": (
        "/v1/chat/completions",
        {
            "model": "m",
            "temperature": 0.5,
            "messages": [
                {"role": "developer", "content": SYSTEM},
                {"role": "user", "content": USER},
                {"role": "assistant", "content": "Let me see.", "tool_calls": [CALL]},
                {"role": "tool", "tool_call_id": "c1", "content": RESULT},
            ],
            "tools": [{"type": "function", "function": FUNCTION}],
        },
    ),
    "responses": (
        "/v1/responses",
        {
            "instructions": SYSTEM,
            "input": [
                {"role": "user", "content": [{"type": "input_text", "text": USER}]},
                {"type": "reasoning", "id": "rs_1", "summary": []},
                {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": "{}"},
                {"type": "function_call_output", "call_id": "c1", "output": RESULT},
            ],
            "tools": [{"type": "function", **FUNCTION}],
        },
    ),
    "messages": (
        "/v1/messages",
        {
            "system": [{"type": "text", "text": SYSTEM, "cache_control": {"type": "ephemeral"}}],
            "messages": [
                {"role": "user", "content": USER},
                {
                    "role": "assistant",
                    "content": [{"type": "tool_use", "id": "t", "name": "weather"}],
                },
                {
                    "role": "user",
                    "content": [
                        {
                            "type": "tool_result",
                            "tool_use_id": "t",
                            "content": [{"type": "text", "text": RESULT}],
                        }
                    ],
                },
            ],
            "tools": [{"name": "weather", "input_schema": {}}],
        },
    ),
    "gemini": (
        "/v1beta/models/m:streamGenerateContent",
        {
            "systemInstruction": {"parts": [{"text": SYSTEM}]},
            "contents": [
                {"role": "user", "parts": [{"text": USER}]},
                {"role": "model", "parts": [{"functionCall": {"name": "weather", "args": {}}}]},
                {
                    "role": "user",
                    "parts": [
                        {"functionResponse": {"name": "weather", "response": {"result": VALUE}}}
                    ],
                },
            ],
            "tools": [{"functionDeclarations": [FUNCTION]}],
        },
    ),
    "converse": (
        "/model/m/converse-stream",
        {
            "system": [{"text": SYSTEM}],
            "messages": [
                {"role": "user", "content": [{"text": USER}]},
                {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t"}}]},
                {
                    "role": "user",
                    "content": [{"toolResult": {"toolUseId": "t", "content": [{"json": VALUE}]}}],
                },
            ],
            "toolConfig": {"tools": [{"toolSpec": {"name": "weather"}}]},
        },
    ),
    "ollama": (
        "/api/chat",
        {
            "messages": [
                {"role": "system", "content": SYSTEM},
                {"role": "user", "content": USER},
                {"role": "assistant", "content": "", "tool_calls": [CALL]},
                {"role": "tool", "content": RESULT, "tool_name": "weather"},
            ],
            "tools": [{"type": "function", "function": FUNCTION}],
        },
    ),
    "cohere": (
        "/v2/chat",
        {
            "messages": [
                {"role": "system", "content": SYSTEM},
                {"role": "user", "content": USER},
                {"role": "assistant", "tool_plan": "I will look.", "tool_calls": [CALL]},
                {
                    "role": "tool",
                    "tool_call_id": "c1",
                    "content": [{"type": "document", "document": {"data": RESULT}}],
                },
            ],
            "tools": [{"type": "function", "function": FUNCTION}],
        },
    ),
}


@pytest.mark.parametrize("name", TURNS)
def test_a_second_turn_in_every_api(name: str) -> None:
    target, body = TURNS[name]
    prompt, first = asked(body, target), asked(*TURNS["chat"][::-1])
    assert (prompt.system, prompt.turns, prompt.tools) == (first.system, first.turns, first.tools)
    assert prompt.key == first.key
    assert prompt.turn == first.turn
    assert prompt.shown == "How warm is it?"
    assert [turn.role for turn in prompt.turns] == ["user", "assistant", "tool"]


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("/v1/responses", {"input": "Hi"}),
        (
            "/v1/messages",
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]},
        ),
        ("/v1beta/models/m:generateContent", {"contents": {"parts": [{"text": "Hi"}]}}),
        ("/v1/completions", {"prompt": "Hi"}),
        ("/api/generate", {"prompt": " Hi\n", "model": "m"}),
        ("/v1/chat", {"message": "Hi", "preamble": ""}),
        ("/model/m/invoke", {"inputText": "Hi"}),
        ("/v1/conversations", {"inputs": "Hi"}),
        ("/else", {"messages": [{"role": "USER", "message": "Hi"}]}),
        ("/a2a", {"jsonrpc": "2.0", "id": 1, "params": {"message": {"parts": [{"text": "Hi"}]}}}),
    ],
)
def test_one_turn_in_every_api(target: str, body: Json) -> None:
    assert asked(body, target).key == asked({"messages": [{"role": "user", "content": "Hi"}]}).key


@pytest.mark.parametrize(
    "change",
    [
        {"messages": [{"role": "user", "content": "Ho"}]},
        {"messages": [{"role": "user", "content": "Hi"}, {"role": "user", "content": "there"}]},
        {"system": "Be long."},
        {"tools": [{"type": "web_search"}]},
    ],
)
def test_another_question_has_another_key(change: Json) -> None:
    plain = {"messages": [{"role": "user", "content": "Hi"}]}
    assert asked({**plain, **change}).key != asked(plain).key
    assert asked({**plain, "top_k": 3, "seed": 7, "model": "x"}).key == asked(plain).key


def test_an_accent_is_the_same_however_unicode_writes_it() -> None:
    composed, decomposed = (
        prompt_of("", make_request(body=msgspec.json.encode({"prompt": text})))
        for text in ("Where is the caf\u00e9?", "Where is the cafe\u0301?")
    )
    assert composed.key == decomposed.key


def test_results_of_calls_made_at_one_time_come_in_any_order() -> None:
    def of(*results: str) -> str:
        told = [{"role": "tool", "tool_call_id": one, "content": one} for one in results]
        turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "tool_calls": [CALL]}]
        return asked({"messages": [*turns, *told]}).key

    assert of("15", "16") == of("16", "15") != of("15", "17")


def test_the_same_picture_by_url_of_data_and_bare() -> None:
    data = "aGVsbG8gd29ybGQ="
    chat = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
    messages = {"type": "image", "source": {"type": "base64", "data": data}}
    keys = {
        asked({"messages": [{"role": "user", "content": [one]}]}).key for one in (chat, messages)
    }
    assert len(keys) == 1


PICTURE = base64.b64encode(bytes(range(200, 256)) + b"picture!").decode()
URL_SAFE = PICTURE.replace("+", "-").replace("/", "_").rstrip("=")
LOOK = "What is it?"
IMAGE_URL = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}}


@pytest.mark.parametrize(
    ("target", "content"),
    [
        ("/v1/chat/completions", {"content": [{"type": "text", "text": LOOK}, IMAGE_URL]}),
        ("/v1/chat/completions", {"content": [IMAGE_URL, {"type": "text", "text": LOOK}]}),
        (
            "/v1/responses",
            {
                "content": [
                    {"type": "input_text", "text": LOOK},
                    {"type": "input_image", "image_url": f"data:image/png;base64,{PICTURE}"},
                ]
            },
        ),
        (
            "/v1/messages",
            {
                "content": [
                    {
                        "type": "image",
                        "source": {"type": "base64", "media_type": "image/png", "data": PICTURE},
                    },
                    {"type": "text", "text": LOOK},
                ]
            },
        ),
        (
            "/v1beta/models/g:generateContent",
            {
                "parts": [
                    {"inlineData": {"mimeType": "image/png", "data": URL_SAFE}},
                    {"text": LOOK},
                ]
            },
        ),
        (
            "/model/x/converse",
            {
                "content": [
                    {"text": LOOK},
                    {"image": {"format": "png", "source": {"bytes": PICTURE}}},
                ]
            },
        ),
        ("/api/chat", {"content": LOOK, "images": [PICTURE]}),
    ],
)
def test_a_picture_in_every_api(target: str, content: dict[str, Json]) -> None:
    message = {"role": "user", **content}
    found = asked({"contents" if "parts" in content else "messages": [message]}, target)
    expected = asked({"messages": [{"role": "user", "content": LOOK, "images": [URL_SAFE]}]})
    assert (found.key, found.turn, found.shown) == (expected.key, expected.turn, LOOK)
    without = asked({"messages": [{"role": "user", "content": LOOK}]})
    assert found.key != without.key
    assert found.turn != without.turn


def test_pictures_beside_a_bare_prompt() -> None:
    generate = asked({"prompt": LOOK, "images": [PICTURE]}, "/api/generate")
    chat = asked({"messages": [{"role": "user", "content": LOOK, "images": [PICTURE]}]})
    assert generate.key == chat.key
    other = asked({"prompt": LOOK, "images": [PICTURE, "AAAA"]}, "/api/generate")
    assert generate.key != other.key
    alone = asked({"messages": [{"role": "user", "images": ["AAAA"]}]})
    assert alone.shown.startswith("[media ")


def test_texts_keep_their_order_around_a_picture() -> None:
    a, b = ({"type": "text", "text": one} for one in "ab")
    keys = [
        asked({"messages": [{"role": "user", "content": blocks}]}).key
        for blocks in ([a, IMAGE_URL, b], [a, b, IMAGE_URL], [b, IMAGE_URL, a])
    ]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize(
    ("one", "other"),
    [("15", "15.0"), ("sunny", '"sunny"'), ('{"t":15}', '{"t":15.0}'), ("[1,2.0]", "[1.0, 2]")],
)
def test_results_are_equal_by_value(one: str, other: str) -> None:
    assert result_text(one) == result_text(other)
    assert result_text("15") == result_text(15) != result_text("15.5")


def test_other_bodies_are_told_apart() -> None:
    def of(body: bytes, target: str = "/v1/files") -> str:
        return prompt_of("", make_request(target=target, body=body)).key

    assert of(b"one") == of(b"one") != of(b"two")
    assert of(b'{"quality":"high"}') != of(b'{"quality":"low"}')
    assert prompt_of("", make_request("GET", "/v1/models", b"")).shown == "/v1/models"


@given(json_values | st.dictionaries(st.sampled_from(["messages", "input", "tools"]), json_values))
def test_any_json_is_a_prompt(body: Json) -> None:
    assert asked(body).key == asked(body).key


@given(st.binary(max_size=80))
def test_any_bytes_are_a_prompt(body: bytes) -> None:
    assert prompt_of("", make_request(body=body)).shown
