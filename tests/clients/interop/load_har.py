"""What haralyzer makes of a HAR: `load_har.py HAR`. Prints the digests of the bodies."""

import base64
import hashlib
import json
import sys
from pathlib import Path

from haralyzer import HarParser

if __name__ == "__main__":
    entries = HarParser(json.loads(Path(sys.argv[1]).read_text("utf-8"))).har_data["entries"]
    bodies = []
    for entry in entries:
        content = entry["response"]["content"]
        text = content["text"].encode()
        bodies.append(base64.b64decode(text) if content.get("encoding") == "base64" else text)
    print(json.dumps([hashlib.sha256(body).hexdigest() for body in bodies]))
