"""Answers from a tape, at the right moment.

The public names of this room; everything else in it is its own business.
"""

from wiretape.replay.clock import Clock, ManualClock, MonotonicClock, Timer
from wiretape.replay.control import Entry, Filter, Journal, LoadedCassette, Wanted, loaded_cassette
from wiretape.replay.errors import (
    BadFault,
    BadPace,
    CannotListen,
    OpenToNetwork,
    PortTaken,
    ReplayError,
)
from wiretape.replay.exchange import Exchange, Watch
from wiretape.replay.faults import Fault, FaultPlan, parse_fault
from wiretape.replay.pacing import Pace
from wiretape.replay.player import Player
from wiretape.replay.schedule import Punctuality
from wiretape.replay.server import ReplayServer
from wiretape.replay.tape_answers import TapeAnswers

__all__ = [
    "BadFault",
    "BadPace",
    "CannotListen",
    "Clock",
    "Entry",
    "Exchange",
    "Fault",
    "FaultPlan",
    "Filter",
    "Journal",
    "LoadedCassette",
    "ManualClock",
    "MonotonicClock",
    "OpenToNetwork",
    "Pace",
    "Player",
    "PortTaken",
    "Punctuality",
    "ReplayError",
    "ReplayServer",
    "TapeAnswers",
    "Timer",
    "Wanted",
    "Watch",
    "loaded_cassette",
    "parse_fault",
]
