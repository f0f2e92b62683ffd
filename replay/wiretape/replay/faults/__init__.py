"""Faults: what goes wrong with a stream, laid over a recording, seeded, the tape untouched.

One small file a fault. Each is a pure function from an Interaction to an Interaction with another
body, other times, another ending or another head. The names here are what the server, the control
API and test suites use.
"""

from wiretape.replay.faults.catalogue import FAULTS, Described, described, fault_text
from wiretape.replay.faults.fault import DoesNotApply, Fault
from wiretape.replay.faults.parsing import parse_fault, parse_faults
from wiretape.replay.faults.plan import Faulted, FaultPlan, Turn

__all__ = [
    "FAULTS",
    "Described",
    "DoesNotApply",
    "Fault",
    "FaultPlan",
    "Faulted",
    "Turn",
    "described",
    "fault_text",
    "parse_fault",
    "parse_faults",
]
