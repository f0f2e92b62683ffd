"""A client that is careful with streams: half an answer is never taken for one.

Nothing in it knows that Wiretape exists: OPENAI_BASE_URL is all there is to it.
"""

import httpx
import openai
from openai import OpenAI

PATIENCE = 10.0
"""Seconds without a byte."""


class StreamBroken(Exception):
    """The answer did not come to its end."""


def ask(question: str, patience: float = PATIENCE) -> str:
    """The whole answer. Raises StreamBroken."""
    client = OpenAI(timeout=patience, max_retries=2)
    messages = [{"role": "user", "content": question}]
    text, finished = "", None
    try:
        stream = client.chat.completions.create(model="gpt-5-mini", messages=messages, stream=True)
        for chunk in stream:
            for choice in chunk.choices:
                text += choice.delta.content or ""
                finished = choice.finish_reason or finished
    except (httpx.HTTPError, openai.APIError, ValueError) as error:
        raise StreamBroken(f"after {len(text)} characters: {error}") from error
    if finished is None:
        raise StreamBroken(f"after {len(text)} characters, without a reason to stop")
    return text.strip()
