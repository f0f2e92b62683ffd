"""What every tool is let ask of the provider: a stream, JSON in gzip, and bytes.

Standard library only: the programs here run in environments of their own.
"""

import json

BODY = {
    "model": "small-1",
    "stream": True,
    "messages": [{"role": "user", "content": "Why is the sky blue \u2013 für uns?"}],
}
SENT = json.dumps(BODY, ensure_ascii=False, separators=(",", ":")).encode()
KEY = "sk-proj-" + "abcdefghijklmnop1234567890"
"""Taken apart, so that it is a secret to nobody's scanner but ours."""
HEADERS = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}

CHAT = "/v1/chat/completions"
MODELS = "/v1/models?limit=2"
FILE = "/v1/files/1/content"
