"""A Linux timerfd: one alarm on the monotonic clock, as a file descriptor a loop can watch.

asyncio rounds the timeout of its selector up to a whole millisecond; this fires within some
50 microseconds. In the standard library only from Python 3.13, before that through ctypes.
Knows the C library, nothing of loops. `timerfd_create(2)` has the semantics.
"""

import contextlib
import ctypes
import os
import sys
from typing import Protocol

_CLOCK_MONOTONIC = 1
_TFD_TIMER_ABSTIME = 1
_NS = 1_000_000_000


class Alarm(Protocol):
    """Becomes readable once, when the monotonic clock reaches what it was set to."""

    @property
    def fd(self) -> int: ...

    def set(self, deadline_ns: int) -> None:
        """Ring at `deadline_ns` of `time.monotonic_ns()`, in place of what was set before."""
        ...

    def acknowledge(self) -> None:
        """Make the descriptor unreadable again."""
        ...

    def close(self) -> None: ...


def open_alarm() -> Alarm | None:
    """An alarm, or None where the system has none."""
    if sys.platform != "linux":
        return None
    try:
        return _open()
    except (OSError, AttributeError):
        # AttributeError: a C library without the symbols.
        return None


class _Descriptor:
    def __init__(self, fd: int) -> None:
        self.fd = fd

    def acknowledge(self) -> None:
        # It would block where it was set anew between the ringing and the reading.
        with contextlib.suppress(BlockingIOError):
            os.read(self.fd, 8)

    def close(self) -> None:
        os.close(self.fd)


if sys.platform == "linux" and sys.version_info >= (3, 13):

    class _StandardAlarm(_Descriptor):
        def set(self, deadline_ns: int) -> None:
            # 0 would disarm it, and the past rings at once.
            os.timerfd_settime_ns(self.fd, flags=os.TFD_TIMER_ABSTIME, initial=max(1, deadline_ns))

    def _open() -> Alarm:
        return _StandardAlarm(
            os.timerfd_create(_CLOCK_MONOTONIC, flags=os.TFD_NONBLOCK | os.TFD_CLOEXEC)
        )

else:

    class _Timespec(ctypes.Structure):
        _fields_ = (("tv_sec", ctypes.c_long), ("tv_nsec", ctypes.c_long))

    class _Itimerspec(ctypes.Structure):
        _fields_ = (("it_interval", _Timespec), ("it_value", _Timespec))

    class _LibcAlarm(_Descriptor):
        def __init__(self, libc: ctypes.CDLL, fd: int) -> None:
            super().__init__(fd)
            self._settime = libc.timerfd_settime
            self._spec = _Itimerspec()
            self._value = self._spec.it_value
            self._address = ctypes.byref(self._spec)

        def set(self, deadline_ns: int) -> None:
            # 0 would disarm it, and the past rings at once.
            self._value.tv_sec, self._value.tv_nsec = divmod(max(1, deadline_ns), _NS)
            if self._settime(self.fd, _TFD_TIMER_ABSTIME, self._address, None):
                raise OSError(ctypes.get_errno(), "timerfd_settime failed")

    def _open() -> Alarm:
        libc = ctypes.CDLL(None, use_errno=True)
        fd = libc.timerfd_create(_CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create failed")
        return _LibcAlarm(libc, fd)
