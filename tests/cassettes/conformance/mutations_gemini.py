"""Good answers of Gemini's generateContent, and each broken in the one way that a rule is about."""

from typing import Any, Final

from tests.cassettes.conformance.breaking_objects import (
    Form,
    Objects,
    data_lines,
    drop,
    insert,
    put,
    text,
    without,
)
from tests.cassettes.conformance.mutations import Mutation


def _array(objects: Objects) -> bytes:
    return b"[" + b"\n,\r\n".join(map(text, objects)) + b"\n]\n"


def _one(objects: Objects) -> bytes:
    (one,) = objects
    return text(one)


GEMINI: Final = Form("gemini.generate", "sse", data_lines)
ARRAY: Final = Form("gemini.generate", "json_array", _array)
WHOLE: Final = Form("gemini.generate", "json", _one)

ERROR: Final = {"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}}
PARTS: Final = "candidates.0.content.parts"
FINISH: Final = "candidates.0.finishReason"


def chunk(*candidates: dict[str, Any], said: int = 0, **more: Any) -> dict[str, Any]:
    usage = {"promptTokenCount": 3, "candidatesTokenCount": said, "totalTokenCount": 3 + said}
    return {
        **({"candidates": list(candidates)} if candidates else {}),
        "usageMetadata": usage,
        "modelVersion": "m",
        "responseId": "r",
        **more,
    }


def candidate(*parts: dict[str, Any], finish: str = "", index: int = 0) -> dict[str, Any]:
    ended = {"finishReason": finish} if finish else {}
    return {"content": {"parts": list(parts), "role": "model"}, **ended, "index": index}


def called(**call: Any) -> dict[str, Any]:
    return {"functionCall": call}


def hello() -> Objects:
    """A thought, and two texts."""
    return [
        chunk(candidate({"text": "Hm.", "thought": True})),
        chunk(candidate({"text": "Hello"}), said=1),
        chunk(candidate({"text": " world", "thoughtSignature": "c2ln"}, finish="STOP"), said=2),
    ]


def tools() -> Objects:
    """A call, whole, and one in pieces."""
    piece = {"jsonPath": "$.city", "stringValue": "Par", "willContinue": True}
    return [
        chunk(candidate(called(name="time", args={}))),
        chunk(candidate(called(name="weather", willContinue=True))),
        chunk(candidate(called(partialArgs=[piece], willContinue=True)), said=1),
        chunk(candidate(called()), said=2),
        chunk(candidate({"text": ""}, finish="STOP"), said=2),
    ]


def two() -> Objects:
    return [
        chunk(candidate({"text": "A"}), candidate({"text": "B"}, index=1)),
        chunk(candidate(finish="STOP"), candidate(finish="MAX_TOKENS", index=1)),
    ]


def vertex() -> Objects:
    """Without an index, and without counts before the end."""
    objects = hello()
    for one in objects:
        del one["candidates"][0]["index"]
        one["createTime"] = "2026-01-01T00:00:00Z"
    for one in objects[:-1]:
        one["usageMetadata"] = {"trafficType": "ON_DEMAND"}
    return objects


def blocked() -> Objects:
    return [chunk(promptFeedback={"blockReason": "SAFETY"})]


def asked(limit: int) -> dict[str, Any]:
    return {"generationConfig": {"maxOutputTokens": limit}}


GOOD = {
    "openai: Gemini, text": GEMINI.made(hello),
    "openai: Gemini, an array": ARRAY.made(hello),
    "openai: Gemini, whole": WHOLE.made(lambda: hello()[-1:]),
    "openai: Gemini, calls": GEMINI.made(tools),
    "openai: Gemini, two candidates": GEMINI.made(two),
    "openai: Gemini, Vertex AI": GEMINI.made(vertex),
    "openai: Gemini, a prompt that is blocked": GEMINI.made(blocked),
    "openai: Gemini, cut off": GEMINI.made(hello, drop(-1), ending="cut"),
    "openai: Gemini, below the limit": GEMINI.made(hello, asked=asked(3)),
    "openai: Gemini, at the limit": GEMINI.made(
        hello, put(-1, FINISH, "MAX_TOKENS"), asked=asked(2)
    ),
}

_b = GEMINI.broken

MUTATIONS: dict[str, tuple[Mutation, ...]] = {
    "gemini.not-an-object": (
        _b("an array", hello, insert(1, "[1]"), frame=2),
        WHOLE.broken("a string", lambda: ['"no"'], frame=1),
    ),
    "gemini.key-missing": (
        _b("no id", hello, without(1, "responseId"), frame=2),
        _b("no version", hello, without(1, "modelVersion"), frame=2),
    ),
    "gemini.response-id-changes": (_b("in the second", hello, put(1, "responseId", "s"), frame=2),),
    "gemini.model-version-changes": (
        _b("in the second", hello, put(1, "modelVersion", "n"), frame=2),
    ),
    "gemini.blocked-with-candidates": (
        _b("text", hello, put(0, "promptFeedback", {"blockReason": "SAFETY"}), frame=1),
    ),
    "gemini.usage-missing": (
        _b("missing", hello, without(2, "usageMetadata"), frame=3),
        _b("without a total", hello, put(2, "usageMetadata", {}), frame=3),
    ),
    "gemini.usage-falls": (
        _b("the total", hello, put(2, "usageMetadata.totalTokenCount", 1), frame=3),
        _b("the prompt's", hello, put(2, "usageMetadata.promptTokenCount", 0), frame=3),
    ),
    "gemini.limit-not-told": (_b("all used up", hello, asked=asked(2), frame=3),),
    "gemini.error-in-stream": (
        _b("in the place of the end", hello, drop(2), insert(2, ERROR), frame=3),
        ARRAY.broken("in an array", hello, drop(2), insert(2, ERROR)),
    ),
    "gemini.error-unseen": (
        _b("not first", hello, drop(2), insert(2, {"responseId": "r", **ERROR}), frame=3),
    ),
    "gemini.after-error": (_b("the rest", hello, insert(1, ERROR), frame=4),),
    "gemini.index-again": (
        _b(
            "0 twice",
            hello,
            put(1, "candidates", [candidate({"text": "A"}), candidate({"text": "B"})]),
            frame=2,
        ),
    ),
    "gemini.role-wrong": (
        _b("another's", hello, put(1, "candidates.0.content.role", "assistant"), frame=2),
        _b("missing", hello, without(1, "candidates.0.content.role"), frame=2),
    ),
    "gemini.part-unknown": (_b("a new one", hello, put(1, PARTS, [{"weather": {}}]), frame=2),),
    "gemini.part-mixed": (
        _b("text and a call", hello, put(1, PARTS, [{"text": "x", **called(name="a")}]), frame=2),
    ),
    "gemini.call-name-missing": (
        _b("missing", tools, without(0, f"{PARTS}.0.functionCall.name"), frame=1),
        _b("an end without a beginning", tools, drop(1), drop(1), frame=2),
    ),
    "gemini.finish-missing": (
        _b("missing", hello, without(2, FINISH), frame=0),
        _b("of one of two", two, without(1, FINISH), frame=0),
        _b("no candidate", lambda: [chunk()], frame=0),
        WHOLE.broken("of a whole answer", lambda: [chunk(candidate({"text": "x"}))], frame=0),
    ),
    "gemini.finish-again": (
        _b("twice", hello, insert(3, chunk(candidate(finish="STOP"), said=2)), frame=4),
    ),
    "gemini.finish-unknown": (_b("another's", hello, put(2, FINISH, "WEATHER"), frame=3),),
    "gemini.after-finish": (
        _b("text", hello, without(2, FINISH), put(0, FINISH, "STOP"), frame=2),
    ),
    "gemini.wrong-type": (
        _b("text", hello, put(1, f"{PARTS}.0.text", 1), frame=2),
        _b("parts", hello, put(1, PARTS, "Hello"), frame=2),
        _b("an index", hello, put(1, "candidates.0.index", "x"), frame=2),
        _b("candidates", hello, put(1, "candidates", None), frame=2),
        _b("a count", hello, put(1, "usageMetadata.promptTokenCount", "x"), frame=2),
        _b("a reason", hello, insert(2, chunk({"index": 0, "finishReason": 1}, said=1)), frame=3),
        _b("a role", hello, put(1, "candidates.0.content.role", 1), frame=2),
        _b("a fraction", hello, put(1, "usageMetadata.promptTokenCount", 3.5), frame=2),
    ),
    "gemini.args-not-an-object": (
        _b("a string", tools, put(0, f"{PARTS}.0.functionCall.args", "{}"), frame=1),
        _b("an array", tools, put(0, f"{PARTS}.0.functionCall.args", []), frame=1),
    ),
    "gemini.not-base64": (
        _b("a signature", hello, put(2, f"{PARTS}.0.thoughtSignature", "!"), frame=3),
        _b(
            "an image",
            hello,
            put(1, PARTS, [{"inlineData": {"mimeType": "image/png", "data": "@"}}]),
            frame=2,
        ),
    ),
}
