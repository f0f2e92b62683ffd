"""The clients of the APIs, and what they choke on in the framing of a stream.

What a client does is tried on the client itself in the tests. Knows names of rules; no frame.
"""

from functools import lru_cache
from typing import Final

OPENAI: Final = "openai-python"

CLIENTS: Final = {
    "openai.chat": OPENAI,
    "openai.completions": OPENAI,
    "openai.responses": OPENAI,
    "openai.assistants": OPENAI,
    "openai.images": OPENAI,
    "openai.speech": OPENAI,
    "openai.transcription": OPENAI,
    "anthropic.messages": "anthropic",
    "gemini.generate": "google-genai",
    "mistral.conversations": "mistralai",
    "cohere.v2": "cohere",
    "ollama.chat": "ollama",
    "ollama.generate": "ollama",
}
"""APIs, and the official Python client of each."""

OTHER_CLIENTS: Final = {"openai.chat": "huggingface_hub"}
"""APIs, and a client beside the official one that is widely used and reads in its own way."""

_JSON_ERROR: Final = "raises JSONDecodeError"
_GENAI_ERROR: Final = "raises UnknownApiResponseError"
_MISTRAL_ERROR: Final = "raises ResponseValidationError"

CHOKES: Final[dict[str, dict[str, str]]] = {
    "sse.bom": {
        OPENAI: "loses the first event",
        "anthropic": "loses the first event",
        "google-genai": _GENAI_ERROR,
    },
    "sse.event-without-data": {
        OPENAI: _JSON_ERROR,
        "google-genai": _GENAI_ERROR,
        "mistralai": _MISTRAL_ERROR,
    },
    "sse.id-makes-empty-events": {OPENAI: _JSON_ERROR},
    "sse.data-without-space": {"google-genai": _GENAI_ERROR},
    "sse.other-lines": {"google-genai": _GENAI_ERROR},
    "sse.no-event-name": {"anthropic": "ignores the event"},
    "sse.not-json": {
        OPENAI: _JSON_ERROR,
        "anthropic": _JSON_ERROR,
        "google-genai": _GENAI_ERROR,
        "mistralai": _MISTRAL_ERROR,
        "cohere": "gives an empty message-start",
    },
    "sse.done-not-exact": {OPENAI: _JSON_ERROR},
    "sse.line-by-line": {"huggingface_hub": _JSON_ERROR},
    "sse.long-line": {"cohere": "raises SSEError"},
    "sse.error-key": {OPENAI: "raises APIError"},
    "sse.error-unseen": {OPENAI: "takes it for a chunk"},
    "ndjson.bom": {"ollama": _JSON_ERROR},
    "ndjson.blank-line": {"ollama": _JSON_ERROR},
    "ndjson.line-separator": {"ollama": _JSON_ERROR},
}
"""Rules, the clients that cannot take what the rule finds, and what they do."""

Chokes = dict[str, tuple[tuple[str, str], ...]]
"""Of the clients of one API: rules, and which clients cannot take what they find, and what they
do."""


@lru_cache(maxsize=64)
def chokes_of(api: str) -> Chokes:
    """What the clients of an API choke on."""
    clients = [client for client in (CLIENTS.get(api), OTHER_CLIENTS.get(api)) if client]
    found = {
        rule: tuple((client, does[client]) for client in clients if client in does)
        for rule, does in CHOKES.items()
    }
    return {rule: told for rule, told in found.items() if told}
