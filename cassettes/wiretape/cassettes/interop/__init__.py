"""Files of other tools: read into interactions, and written from them.

    errors, model ← exchange ← fields, yaml_text, tnetstring ← vcr_layout, one module a format
                  ← recognising ← building, pacing ← importing; har_export, vcr_export

A reader of a format gives exchanges and knows nothing else of Wiretape; what it cannot read it
leaves, and says why. No file, no clock, no socket.
"""

from wiretape.cassettes.interop.exchange import Left, Unreadable
from wiretape.cassettes.interop.importing import Asked, Imported, by_cause, import_bytes
from wiretape.cassettes.interop.pacing import BadPace, GivenPace, parse_pace
from wiretape.cassettes.interop.recognising import MOST_BYTES, SOURCES, Source

__all__ = [
    "MOST_BYTES",
    "SOURCES",
    "Asked",
    "BadPace",
    "GivenPace",
    "Imported",
    "Left",
    "Source",
    "Unreadable",
    "by_cause",
    "import_bytes",
    "parse_pace",
]
