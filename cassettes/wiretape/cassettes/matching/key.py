"""The key under which a recording is found: equal keys, equal requests.

Knows the canonical form and how to hash it.
"""

import hashlib

import msgspec

from wiretape.cassettes.matching.canonical import canonical
from wiretape.cassettes.matching.rules import DEFAULT_RULES, MatchRules, compiled
from wiretape.cassettes.model import Request

_encoder = msgspec.json.Encoder()


def request_key(upstream: str, request: Request, rules: MatchRules = DEFAULT_RULES) -> str:
    """SHA-256 in hex over upstream, method, path, query, opt-in headers and body.

    The request is one from a tape, or `as_recorded(request)` of one that asks: only then
    does a key of the provider at recording match another one in a test. Raises nothing,
    whatever the bytes of the request; ValueError where the rules hold what is no path.
    """
    form = canonical(upstream, request, compiled(rules))
    return hashlib.sha256(_encoder.encode(form)).hexdigest()
