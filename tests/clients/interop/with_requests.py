"""Record with VCR.py under requests, which keeps bodies decoded, or play: `with_requests.py URL
FILE [MODE]`. Prints the digests of the bodies.
"""

import hashlib
import json
import sys

import requests
import vcr
from questions import CHAT, FILE, HEADERS, MODELS, SENT

if __name__ == "__main__":
    url, cassette, mode = (*sys.argv[1:], "once")[:3]
    kind = "json" if cassette.endswith(".json") else "yaml"
    with vcr.use_cassette(cassette, serializer=kind, record_mode=mode):
        answers = [requests.post(url + CHAT, data=SENT, headers=HEADERS, timeout=20)]
        # VCR.py refuses to write bytes to JSON.
        paths = (MODELS,) if kind == "json" else (MODELS, FILE)
        answers += [requests.get(url + path, timeout=20) for path in paths]
    print(json.dumps([hashlib.sha256(answer.content).hexdigest() for answer in answers]))
