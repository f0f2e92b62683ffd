"""The same question over the Responses API: what was thought, and what was said.

OPENAI_BASE_URL=http://127.0.0.1:8787/openai/v1 python ask_responses.py
"""

import os
import sys

from openai import OpenAI

question = " ".join(sys.argv[1:]) or "Why is the sky blue?"

stream = OpenAI().responses.create(
    model=os.environ.get("MODEL", "gpt-5-mini"), input=question, stream=True
)
for event in stream:
    if event.type == "response.output_text.delta":
        print(event.delta, end="", flush=True)
    elif event.type == "response.completed":
        print(f"\n({event.response.status})")
