"""Record what `ask.py` asks with cassetter, or play it: `with_cassetter.py URL CASSETTE MODE`."""

import json
import sys

import cassetter
from ask import ask

if __name__ == "__main__":
    url, cassette, mode = sys.argv[1:]
    with cassetter.use_cassette(cassette, record_mode=mode):
        print(json.dumps(ask(url)))
