"""Record with VCR.py under requests, which keeps bodies decoded: `with_requests.py URL FILE`."""

import sys

import requests
import vcr
from questions import CHAT, FILE, HEADERS, MODELS, SENT

if __name__ == "__main__":
    url, cassette = sys.argv[1:]
    with vcr.use_cassette(cassette, serializer="json" if cassette.endswith(".json") else "yaml"):
        requests.post(url + CHAT, data=SENT, headers=HEADERS, timeout=20)
        # VCR.py refuses to write bytes to JSON.
        for path in (MODELS,) if cassette.endswith(".json") else (MODELS, FILE):
            requests.get(url + path, timeout=20)
