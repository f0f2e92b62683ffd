"""The grammar rules over recorded streams: those of official hosts are good, and how others
differ is known."""

import json
from collections import Counter

import pytest

from tests.cassettes.conformance.exchanges import exchange
from tests.corpus import Stream, streams
from tests.interactions import make_request
from wiretape.cassettes.conformance.checking import check
from wiretape.cassettes.conformance.rule import PROFILES, Exchange
from wiretape.cassettes.dialects.detection import api_of, api_of_path, framing_of
from wiretape.cassettes.framing.decoding import frames_in
from wiretape.cassettes.framing.frame import Frame

pytestmark = pytest.mark.corpus

OFFICIAL = {
    ("anthropic.messages", "api.anthropic.com"): 36,
    ("bedrock.converse", "bedrock-runtime.<AWS_REGION>.amazonaws.com"): 13,
    ("bedrock.converse", "bedrock-runtime.us-east-1.amazonaws.com"): 5,
    ("bedrock.invoke", "bedrock-runtime.us-east-1.amazonaws.com"): 4,
    ("gemini.generate", "aiplatform.googleapis.com"): 11,
    ("gemini.generate", "generativelanguage.googleapis.com"): 12,
    ("ollama.chat", "127.0.0.1:11434"): 2,
    ("ollama.generate", "127.0.0.1:11434"): 3,
    ("openai.chat", "api.openai.com"): 69,
    ("openai.chat", "rubyllm.services.ai.azure.com"): 6,
    ("openai.chat", "traceloop-stg.openai.azure.com"): 20,
}
"""APIs and hosts of those who made them, and how many streams there are of each."""

OF_OFFICIAL = {"openai.chat rubyllm.services.ai.azure.com": {"chat.created-changes": 2}}
"""What is found in their streams: no error, and nearly nothing else."""

OF_OTHERS = {
    "<GPUSTACK_API_BASE>": {
        "chat.created-changes": 2,
        "chat.done-missing": 2,
        "chat.error-not-data": 1,
        "chat.role-missing": 2,
        "chat.usage-with-choices": 1,
    },
    "<OLLAMA_API_BASE>": {"chat.created-changes": 10, "chat.role-again": 10},
    "api.deepseek.com": {"chat.usage-with-choices": 14},
    "api.mistral.ai": {"chat.content-not-a-string": 2, "chat.usage-with-choices": 13},
    # Its last chunk is named `chat.completion.done`, and it alone has the `finish_reason`.
    "api.perplexity.ai": {
        "chat.created-changes": 2,
        "chat.done-missing": 3,
        "chat.finish-missing": 3,
        "chat.object-wrong": 3,
        "chat.role-again": 3,
        "chat.usage-with-choices": 3,
    },
    "api.writer.com": {
        "chat.done-missing": 5,
        "chat.role-again": 5,
        "chat.tool-type-null": 2,
    },
    "localhost:5002": {"chat.role-again": 1, "chat.usage-with-choices": 1},
    "ollama.com": {"chat.created-changes": 7},
    "openrouter.ai": {
        "chat.finish-again": 13,
        "chat.role-again": 13,
        "chat.usage-with-choices": 13,
    },
}
"""Hosts of Chat Completions, and in how many of their streams a rule finds something."""

APIS = frozenset(api for api, _ in OFFICIAL)


def recorded(stream: Stream) -> Exchange:
    framing = framing_of(stream.content_type, stream.body).framing
    target = "/" + stream.url.partition("://")[2].partition("/")[2]
    frames = (frame for frame in frames_in(framing, [(stream.body, 0)]) if isinstance(frame, Frame))
    asked = stream.request_body
    return exchange(
        stream.body,
        api=api_of(api_of_path(target), frames).api,
        framing=framing,
        content_type=stream.content_type,
        status=stream.status,
        request=make_request(
            target=target,
            body=asked.encode() if isinstance(asked, str) else json.dumps(asked).encode(),
        ),
    )


def rules_found(made: Exchange) -> set[str]:
    return {finding.rule for finding in check(made)}


def test_official_streams_have_no_error() -> None:
    counts: Counter[tuple[str, str]] = Counter()
    found: dict[str, Counter[str]] = {}
    for stream in streams():
        made = recorded(stream)
        key = (made.api, stream.provider_host)
        if key not in OFFICIAL:
            continue
        counts[key] += 1
        for profile in PROFILES:
            errors = [one for one in check(made, profile=profile) if one.severity == "error"]
            assert errors == [], stream.url
        if rules := rules_found(made):
            found.setdefault(" ".join(key), Counter()).update(rules)
    assert counts == OFFICIAL
    assert found == OF_OFFICIAL


def test_how_others_differ() -> None:
    found: dict[str, Counter[str]] = {}
    for stream in streams():
        made = recorded(stream)
        if made.api not in APIS or (made.api, stream.provider_host) in OFFICIAL:
            continue
        if rules := rules_found(made):
            found.setdefault(stream.provider_host, Counter()).update(rules)
    assert found == OF_OTHERS
