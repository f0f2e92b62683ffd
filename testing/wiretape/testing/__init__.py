"""For test suites: a provider on tape behind the code under test.

The public names of this room; everything else in it is its own business. pytest loads the
plugin from here in every run where Wiretape is installed, so that nothing is imported before it
is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wiretape.testing.errors import (
        BadSetting,
        CannotRecord,
        MissingCassette,
        NetworkBlocked,
        NotAsRecorded,
        NotReplaying,
        TestingError,
    )
    from wiretape.testing.journal import Asked
    from wiretape.testing.taping import recording, replaying
    from wiretape.testing.view import View

__all__ = [
    "Asked",
    "BadSetting",
    "CannotRecord",
    "MissingCassette",
    "NetworkBlocked",
    "NotAsRecorded",
    "NotReplaying",
    "TestingError",
    "View",
    "recording",
    "replaying",
]

_MODULES = {"Asked": "journal", "View": "view", "recording": "taping", "replaying": "taping"}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES.get(name, 'errors')}"), name)
