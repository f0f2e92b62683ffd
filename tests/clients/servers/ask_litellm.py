"""Asks litellm, which has an environment of its own, and prints what came.

Reads questions from its standard input, a line each; prints the chunks of each answer as a line of
JSON. Knows litellm, nothing of wiretape and of these tests.

    LITELLM_LOCAL_MODEL_COST_MAP=True python ask_litellm.py openai/m http://127.0.0.1:8787/openai/v1
"""

import asyncio
import json
import sys

import litellm

litellm.telemetry = False
# What it prints itself is no answer.
answers, sys.stdout = sys.stdout, sys.stderr
MODEL, BASE = sys.argv[1:]


async def ask(question: str, *, block: bool) -> list[object]:
    asked = {
        "model": MODEL,
        "api_base": BASE,
        "api_key": "any",
        "messages": [{"role": "user", "content": question}],
        "max_tokens": 40,
        "stream": True,
        "stream_options": {"include_usage": True},
        "timeout": 30,
        "num_retries": 0,
    }
    if block:
        chunks = list(litellm.completion(**asked))
    else:
        chunks = [chunk async for chunk in await litellm.acompletion(**asked)]
    return [chunk.model_dump(mode="json", exclude_none=True) for chunk in chunks]


async def main() -> None:
    block = False
    for line in sys.stdin:
        block = not block
        print(json.dumps(await ask(line.strip(), block=block)), file=answers, flush=True)


asyncio.run(main())
