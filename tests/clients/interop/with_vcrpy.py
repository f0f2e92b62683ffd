"""Record what `ask.py` asks with VCR.py, or play it: `with_vcrpy.py URL CASSETTE MODE`."""

import json
import sys

import vcr
from ask import ask

if __name__ == "__main__":
    url, cassette, mode = sys.argv[1:]
    with vcr.use_cassette(cassette, record_mode=mode):
        print(json.dumps(ask(url)))
