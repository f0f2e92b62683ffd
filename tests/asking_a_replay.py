"""Starts `wiretape replay` under the hook of `tests.offline`, asks it what it can be asked, and
prints the statuses; 0 where there was none.

    python -m tests.asking_a_replay SEEN.json TOKEN ARGUMENTS...
"""

import http.client
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from tests.offline import raise_loopback, watched

BODY = '{"model":"m","input":"hi","stream":true}'
OTHER = '{"model":"m","input":"other","stream":true}'
ASKED: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("POST", "/openai/v1/responses", BODY, {}),
    ("POST", "/openai/v1/responses", OTHER, {}),
    ("POST", "/openai/v1/responses", BODY, {"X-Wiretape-Session": "one"}),
    ("POST", "/__session/two/openai/v1/responses", BODY, {"X-Wiretape-Fault": "reset(after=0)"}),
    ("POST", "/openai/v1/responses", BODY, {"X-Wiretape-Fault": "status(code=429, times=1)"}),
    ("POST", "/openai/v1/responses", BODY, {"X-Wiretape-Fault": "no such fault"}),
    ("POST", "/anthropic/v1/messages", BODY, {}),
    ("GET", "/v1/realtime", "", {"Upgrade": "websocket", "Connection": "Upgrade"}),
    ("GET", "http://api.openai.com/v1/models", "", {}),
    ("GET", "/__wiretape/health", "", {}),
    ("GET", "/__wiretape/journal", "", {}),
    ("POST", "/__wiretape/reset", "", {}),
)


def status_of(url: str, method: str, target: str, body: str, headers: dict[str, str]) -> int:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=20)
    try:
        connection.request(method, target, body.encode() or None, headers)
        response = connection.getresponse()
        response.read()
    except (http.client.HTTPException, OSError):
        return 0
    finally:
        connection.close()
    return response.status


def main() -> None:
    raise_loopback()
    seen, token, *arguments = sys.argv[1:]
    command = watched(Path(seen), "wiretape.cli", "replay", *arguments)
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    url = ""
    for line in process.stderr:
        if found := re.search(r"http://\S+", line):
            url = found[0]
            break
    known = {"X-Wiretape-Token": token, "Content-Type": "application/json"}
    print(*(status_of(url, method, target, body, {**known, **more})
            for method, target, body, more in ASKED))  # fmt: skip
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)


if __name__ == "__main__":
    main()
