"""Ask a question and print the answer as it streams in.

OPENAI_BASE_URL=http://127.0.0.1:8787/openai/v1 python ask.py "Why is the sky blue?"
"""

import os
import sys

from openai import OpenAI

question = " ".join(sys.argv[1:]) or "Why is the sky blue?"

stream = OpenAI().chat.completions.create(
    model=os.environ.get("MODEL", "gpt-5-mini"),
    messages=[{"role": "user", "content": question}],
    stream=True,
)
for chunk in stream:
    for choice in chunk.choices:
        print(choice.delta.content or "", end="", flush=True)
print()
