"""A client of the standard library that is as careful, or as careless, as its argument says.

careful    notices a stream without its end, errors and statuses; waits as Retry-After says
careless   takes what it gets; asks again at once
chatty     takes what it gets, and says so at length
silent     ends with 3 and no word, whatever goes wrong
stumbling  lets the decoder's error through
"""

import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request

KIND = sys.argv[1]
ASKED = json.dumps({"model": "m", "input": "hi", "stream": True}).encode()


class BrokenStream(Exception):
    """What a careful client says."""


def ask() -> None:
    request = urllib.request.Request(
        os.environ["OPENAI_BASE_URL"] + "/responses",
        data=ASKED,
        headers={
            "Content-Type": "application/json",
            "Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}",
        },
    )
    for _ in range(5):
        try:
            with urllib.request.urlopen(request) as response:
                return read(response)
        except urllib.error.HTTPError as error:
            if error.code not in (429, 503):
                raise
            if KIND == "careful":
                time.sleep(float(error.headers.get("retry-after", 0)))
    raise BrokenStream("too many requests")


def read(response: http.client.HTTPResponse) -> None:
    done = False
    for line in response:
        if not line.startswith(b"data:"):
            continue
        data = line[5:].strip()
        if data == b"[DONE]":
            done = True
        elif KIND == "careless":
            print(data.decode("utf-8", "replace"))
        else:
            print(json.loads(data)["text"], flush=True)
    if not done and KIND == "careful":
        raise BrokenStream("the stream ended without [DONE]")


try:
    ask()
except Exception:
    if KIND == "silent":
        os._exit(3)
    if KIND == "chatty":
        print("the answer ended a little early, which is nothing to be worried about at all")
    elif KIND != "careless":
        raise
