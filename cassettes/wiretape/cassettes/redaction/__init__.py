"""Redaction: secrets are gone before a byte is kept.

Headers, queries and the JSON of requests by rule; the session's own credentials, and what
looks like a secret, everywhere. Knows the model; no socket, no clock.
"""

from wiretape.cassettes.redaction.redactor import Redactor, as_recorded, folded_body
from wiretape.cassettes.redaction.rewriting import redact_interaction
from wiretape.cassettes.redaction.rules_file import load_rules, read_rules
from wiretape.cassettes.redaction.ruleset import DEFAULT_RULES, RedactionRules
from wiretape.cassettes.redaction.scanning import Suspicion, scan_interaction
from wiretape.cassettes.redaction.stream import BodyRedactor, BodyStream
from wiretape.cassettes.redaction.value_patterns import ValuePattern

__all__ = [
    "DEFAULT_RULES",
    "BodyRedactor",
    "BodyStream",
    "RedactionRules",
    "Redactor",
    "Suspicion",
    "ValuePattern",
    "as_recorded",
    "folded_body",
    "load_rules",
    "read_rules",
    "redact_interaction",
    "scan_interaction",
]
