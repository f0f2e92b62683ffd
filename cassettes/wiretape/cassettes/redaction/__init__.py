"""Redaction: secrets are gone before a byte is kept.

Headers, queries and the JSON of requests by rule, the session's own credentials everywhere.
Knows the model; no file, no socket, no clock.
"""

from wiretape.cassettes.redaction.redactor import Redactor, as_recorded, folded_body
from wiretape.cassettes.redaction.stream import BodyRedactor

__all__ = ["BodyRedactor", "Redactor", "as_recorded", "folded_body"]
