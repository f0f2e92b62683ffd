"""The environment while a view is open: clients and subprocesses find the view, and a dummy key.

The environment is one for the whole process. Views that are open at once lay theirs over one
another and take them off in any order; what was there before the first stands again after the
last. Knows the variables that clients read, and `os.environ`.
"""

import os
import threading
from collections.abc import Container, Iterable, Mapping

from wiretape.cassettes.client_variables import client_variables

DUMMY_KEY = "wiretape-dummy-key"

_KEYS = {
    "OPENAI_API_KEY": "openai",
    "ANTHROPIC_API_KEY": "anthropic",
    "GEMINI_API_KEY": "gemini",
    "GROQ_API_KEY": "groq",
    "CO_API_KEY": "cohere",
    "TOGETHER_API_KEY": "together",
    "MISTRAL_API_KEY": "mistral",
    "DEEPSEEK_API_KEY": "deepseek",
    "XAI_API_KEY": "xai",
    "OPENROUTER_API_KEY": "openrouter",
    "AZURE_OPENAI_API_KEY": "azure",
    "HF_TOKEN": "hf",
    "AWS_ACCESS_KEY_ID": "bedrock",
    "AWS_SECRET_ACCESS_KEY": "bedrock",
    "AWS_BEARER_TOKEN_BEDROCK": "bedrock",
}
"""SDKs refuse to start without one. A real one has no business with a tape."""

_IF_SET = ("GOOGLE_API_KEY", "AWS_SESSION_TOKEN", "OPENAI_ADMIN_KEY", "ANTHROPIC_AUTH_TOKEN")
"""Replaced where they are set: with one more key some SDKs warn, or take another way."""

_HERE = "127.0.0.1,localhost"


def replay_variables(url: str) -> dict[str, str]:
    """What sends the usual clients to a view that replays, keys included.

    All providers lead there, also those that are not on the tape: their clients are told so by
    the view, and ask no provider.
    """
    variables = client_variables(url)
    # Not where a view records: a signed request is for its host, and cannot be passed on.
    variables["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] = f"{url}/bedrock"
    keys = [*_KEYS, *(name for name in _IF_SET if name in os.environ)]
    variables |= dict.fromkeys(keys, DUMMY_KEY)
    if not os.environ.get("AWS_DEFAULT_REGION"):
        variables["AWS_DEFAULT_REGION"] = "us-east-1"
    return {**variables, **_past_proxies()}


def record_variables(
    url: str, upstreams: Iterable[str], keyless: Container[str] = ()
) -> dict[str, str]:
    """What sends the usual clients to a view that records. Keys are the real ones; `keyless` are
    upstreams that want none, so that a dummy does where there is no other."""
    keys = {
        name: DUMMY_KEY
        for name, upstream in _KEYS.items()
        if upstream in keyless and name not in os.environ
    }
    return {**client_variables(url, set(upstreams)), **keys, **_past_proxies()}


def _past_proxies() -> dict[str, str]:
    """A proxy for HTTP that the environment names is not on the way to this machine itself."""
    named = (os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or "").strip(",")
    value = f"{named},{_HERE}" if named else _HERE
    return {"NO_PROXY": value, "no_proxy": value}


def providers_before() -> tuple[str, ...]:
    """Where clients that were made before any view lead: what the variables said then."""
    with _lock:
        values = [_before.get(name, os.environ.get(name)) for name in client_variables("")]
    return tuple(value for value in values if value)


class Overlay:
    """Variables that are set from `lay` to `lift`."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = dict(variables)

    def lay(self) -> None:
        with _lock:
            for name in self._variables:
                _before.setdefault(name, os.environ.get(name))
            _laid.append(self)
            os.environ.update(self._variables)

    def lift(self) -> None:
        with _lock:
            _laid.remove(self)
            for name in self._variables:
                above = [one._variables[name] for one in _laid if name in one._variables]
                value = above[-1] if above else _before.pop(name)
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


_lock = threading.Lock()
_laid: list[Overlay] = []
_before: dict[str, str | None] = {}
"""What the first overlay found."""
