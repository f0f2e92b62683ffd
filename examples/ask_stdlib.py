"""The same again without any SDK: a server-sent event is a line that begins with `data:`.

OPENAI_BASE_URL=http://127.0.0.1:8787/openai/v1 python ask_stdlib.py
"""

import json
import os
import sys
import urllib.request

question = " ".join(sys.argv[1:]) or "Why is the sky blue?"

request = urllib.request.Request(
    os.environ["OPENAI_BASE_URL"] + "/chat/completions",
    data=json.dumps(
        {
            "messages": [{"role": "user", "content": question}],
            "model": os.environ.get("MODEL", "gpt-5-mini"),
            "stream": True,
        }
    ).encode(),
    headers={
        "Authorization": "Bearer " + os.environ["OPENAI_API_KEY"],
        "Content-Type": "application/json",
    },
)
with urllib.request.urlopen(request) as response:
    for line in response:
        data = line.removeprefix(b"data:").strip()
        if not line.startswith(b"data:") or data == b"[DONE]":
            continue
        for choice in json.loads(data)["choices"]:
            print(choice["delta"].get("content") or "", end="", flush=True)
print()
