"""Matching: which recording is of the request that asks, and if none, why not.

Pure functions over the model and what redaction leaves. No file, no socket, no clock.
"""

from wiretape.cassettes.matching.differences import differences
from wiretape.cassettes.matching.key import request_key
from wiretape.cassettes.matching.minted import MintedIds, agreement, minted_ids
from wiretape.cassettes.matching.rules import DEFAULT_RULES, OPT_IN_HEADERS, MatchRules

__all__ = [
    "DEFAULT_RULES",
    "OPT_IN_HEADERS",
    "MatchRules",
    "MintedIds",
    "agreement",
    "differences",
    "minted_ids",
    "request_key",
]
