"""The control API: what a server was asked, what it played, what is to go wrong.

The same in two ways: JSON over HTTP under `/__wiretape/`, and the objects of a server in Python.
What each call does is in `operations`, free of HTTP; `routes` is the table they are dispatched and
documented from; only `serving` knows aiohttp.
"""

from wiretape.replay.control.cassettes import Loaded, LoadedCassette, loaded_cassette
from wiretape.replay.control.entry import Entry, Place
from wiretape.replay.control.filtering import Filter, Wanted
from wiretape.replay.control.journal import Journal

__all__ = [
    "Entry",
    "Filter",
    "Journal",
    "Loaded",
    "LoadedCassette",
    "Place",
    "Wanted",
    "loaded_cassette",
]
