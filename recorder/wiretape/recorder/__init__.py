"""Records traffic between clients and providers: the only room that talks to providers.

The public names of this room; everything else in it is its own business.
"""

from wiretape.recorder.answering_from_tape import TapeAnswerer
from wiretape.recorder.environment import client_environment
from wiretape.recorder.errors import (
    BadUpstream,
    OpenToNetwork,
    PortTaken,
    RecorderError,
    UnknownUpstream,
    UnusableFolder,
    UpstreamFailed,
)
from wiretape.recorder.kept import Kept
from wiretape.recorder.limits import Limits
from wiretape.recorder.proxy import RecordingProxy
from wiretape.recorder.rewriting import Rewriting, rewriting
from wiretape.recorder.upstreams import BUILT_IN, Upstream, parse_upstream

__all__ = [
    "BUILT_IN",
    "BadUpstream",
    "Kept",
    "Limits",
    "OpenToNetwork",
    "PortTaken",
    "RecorderError",
    "RecordingProxy",
    "Rewriting",
    "TapeAnswerer",
    "UnknownUpstream",
    "UnusableFolder",
    "Upstream",
    "UpstreamFailed",
    "client_environment",
    "parse_upstream",
    "rewriting",
]
