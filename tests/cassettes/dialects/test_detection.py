"""Which API, and which framing."""

import zlib

import pytest

from wiretape.cassettes.dialects.detection import api_of, api_of_path, framing_of
from wiretape.cassettes.framing.frame import Frame

PATHS = {
    "/v1/responses": "openai.responses",
    "/v1/responses?x=1": "openai.responses",
    "/v1/responses/resp_1?stream=true&starting_after=3": "openai.responses",
    "/openai/deployments/d/chat/completions?api-version=1": "openai.chat",
    "/v1/fim/completions": "openai.chat",
    "/v1/completions": "openai.completions",
    "/v1/threads/runs": "openai.assistants",
    "/v1/threads/t/runs": "openai.assistants",
    "/v1/threads/t/runs/r/submit_tool_outputs": "openai.assistants",
    "/v1/threads/t/messages": "",
    "/v1/audio/speech": "openai.speech",
    "/v1/audio/transcriptions": "openai.transcription",
    "/v1/images/edits": "openai.images",
    "/v1/messages": "anthropic.messages",
    "/v1/messages/batches/b/results": "anthropic.messages",
    "/v1beta/models/m:streamGenerateContent?alt=sse": "gemini.generate",
    "/v1beta/models/m:generateContent": "gemini.generate",
    "/v1beta/interactions/i?stream=true": "gemini.interactions",
    "/model/a.b%3A0/converse-stream": "bedrock.converse",
    "/model/m/invoke-with-response-stream": "bedrock.invoke",
    "/api/chat": "ollama.chat",
    "/api/generate": "ollama.generate",
    "/v2/chat": "cohere.v2",
    "/v1/conversations/c/restart": "mistral.conversations",
    "/mcp": "mcp.http",
    "/message:stream": "a2a",
    "/v1/models": "",
}


@pytest.mark.parametrize("target", PATHS)
def test_a_path_names_its_api(target: str) -> None:
    assert api_of_path(target) == PATHS[target]


FIRST_FRAMES = {
    '{"type":"response.created"}': "openai.responses",
    '{"type":"message_start"}': "anthropic.messages",
    '{"type":"message-start"}': "cohere.v2",
    '{"event_type":"text-generation","is_finished":false}': "cohere.v1",
    '{"event_type":"interaction.created"}': "gemini.interactions",
    '{"candidates":[]}': "gemini.generate",
    '{"object":"chat.completion.chunk"}': "openai.chat",
    '{"choices":[{"text":"a"}]}': "openai.completions",
    '{"choices":[]}': "openai.chat",
    '{"done":false,"message":{}}': "ollama.chat",
    '{"done":false,"response":""}': "ollama.generate",
    '{"jsonrpc":"2.0"}': "mcp.http",
    '{"jsonrpc":"2.0","result":{"content":[]}}': "mcp.http",
    '{"jsonrpc":"2.0","result":{"statusUpdate":{}}}': "a2a",
    '{"jsonrpc":"2.0","result":{"kind":"artifact-update"}}': "a2a",
    '{"x":1}': "",
    "[1]": "",
    "no json": "",
}


def frame(data: str, name: str = "", headers: dict[str, str] | None = None) -> Frame:
    raw = data.encode()
    return Frame(1, "data", name, raw, raw, 0, 0, 0, headers or {})


@pytest.mark.parametrize("data", FIRST_FRAMES)
def test_a_frame_tells_its_api(data: str) -> None:
    assert api_of("", [frame(data)]).api == FIRST_FRAMES[data]


def test_eventstream_and_assistants_are_told_by_the_name_of_the_frame() -> None:
    headers = {":event-type": "chunk"}
    assert api_of("", [frame("{}", "chunk", headers)]).api == "bedrock.invoke"
    assert api_of("", [frame("{}", "messageStart", headers)]).api == "bedrock.converse"
    assert api_of("", [frame('{"id":"t"}', "thread.created")]).api == "openai.assistants"


def test_the_path_is_believed_unless_the_body_names_itself() -> None:
    odd = frame('{"choices":[{"text":"a"}]}')
    assert api_of("openai.chat", [odd]).api == "openai.chat"
    spoken = api_of("openai.chat", [frame('{"type":"message_start"}')])
    assert spoken.api == "anthropic.messages"
    assert spoken.remark == "the path is that of openai.chat, the body speaks anthropic.messages"


PRELUDE = b"\x00\x00\x00\x10\x00\x00\x00\x00"
EVENTSTREAM = PRELUDE + zlib.crc32(PRELUDE).to_bytes(4, "big") + bytes(4)
ONLY_LENGTHS = PRELUDE + bytes(8)

FRAMINGS = [
    ("text/event-stream; charset=utf-8", b"data: 1\n\n", "sse", False),
    ("text/event-stream", b"\xef\xbb\xbfdata: 1\n\n", "sse", False),
    ("text/event-stream", b"anything", "sse", False),
    ("text/event-stream", b'{"error":{"message":"no"}}', "json", True),
    ("application/json", b"data: 1\n\n", "sse", True),
    ("text/plain", b": hello\n\n", "sse", True),
    ("application/json", b'{"a":1}', "json", False),
    ("application/json", b'{"a":1}\n', "json", False),
    ("application/json", b'[{"a":1}]', "json_array", False),
    ("application/json", b'{"a":1}\n{"a":2}\n', "ndjson", True),
    ("application/x-ndjson", b'{"a":1}\n', "ndjson", False),
    ("application/json", b'{\n "a": 1\n}', "json", False),
    ("application/vnd.amazon.eventstream", EVENTSTREAM, "eventstream", False),
    ("application/octet-stream", EVENTSTREAM, "eventstream", True),
    ("application/octet-stream", ONLY_LENGTHS, "json", False),
    ("application/vnd.amazon.eventstream", ONLY_LENGTHS, "eventstream", False),
    ("audio/pcm", EVENTSTREAM, "json", False),
    ("audio/pcm", b"data: 1\n\n", "json", False),
    ("video/mp4", b"[" + bytes(20), "json", False),
    ("image/png", b"\x89PNG\r\n\x1a\n" + bytes(20), "json", False),
    ("", b"", "json", False),
]


@pytest.mark.parametrize(("content_type", "body", "framing", "lies"), FRAMINGS)
def test_the_content_type_is_believed_unless_the_body_shows_another(
    content_type: str, body: bytes, framing: str, lies: bool
) -> None:
    framed = framing_of(content_type, body)
    assert (framed.framing, bool(framed.remark)) == (framing, lies)


@pytest.mark.parametrize("api", ["openai.speech", "openai.transcription"])
@pytest.mark.parametrize(
    ("content_type", "body", "framing"),
    [
        ("text/plain", b": he said, and left\n", "json"),
        ("text/plain", b"data: they are many", "json"),
        ("application/octet-stream", b"data:" + b"\xff" * 20, "json"),
        ("text/plain", b'data: {"type":"transcript.text.delta","delta":"he"}\n\n', "sse"),
        ("text/plain", b': ping\n\ndata: {"type":"speech.audio.done"}\n\n', "sse"),
        ("text/event-stream", b": he said", "sse"),
    ],
)
def test_bare_text_is_no_stream_because_of_how_it_begins(
    api: str, content_type: str, body: bytes, framing: str
) -> None:
    assert framing_of(content_type, body, api).framing == framing
