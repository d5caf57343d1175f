"""While something is judged, nothing outside may be asked: no file, no network, no process, no clock, no chance.

Two ears listen. The interpreter's audit events tell of files, sockets and processes, however they are reached; the
profiler's events tell of calls of the clock, of the environment and of random numbers, which are no audit events.
"""

import gc
import os
import random
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from types import FrameType
from typing import Any

__all__ = ["Noise", "listening"]

_EVENTS = ("open", "socket.", "subprocess.", "os.", "shutil.", "urllib.", "http.", "ftplib.", "sqlite3.", "glob.")
_TIME = ("time", "time_ns", "localtime", "gmtime", "monotonic", "perf_counter", "process_time", "ctime", "strftime")
_ENVIRONMENT = type(os.environ).__getitem__.__code__


class Noise(list[str]):
    """What was asked of the world outside, in order."""


_active: dict[int, Noise] = {}
"""Thread → what is noted for it."""


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    noise = _active.get(threading.get_ident()) if _active else None
    if noise is not None and event.startswith(_EVENTS):
        noise.append(f"{event}{arguments[:1]!r}")


_installed: list[bool] = []


def _call(frame: FrameType, event: str, called: Any) -> None:
    noise = _active.get(threading.get_ident())
    if noise is None:
        return
    if event == "call" and frame.f_code is _ENVIRONMENT:
        noise.append(f"os.environ[{frame.f_locals.get('key')!r}]")
    elif event == "c_call" and (said := _asked(called)):
        noise.append(said)


def _asked(called: Any) -> str:
    """What a built-in function asks of the world; ``""`` if nothing."""
    name, module = getattr(called, "__name__", ""), getattr(called, "__module__", None)
    owner = getattr(called, "__self__", None)
    if module == "time" and name in _TIME:
        return f"time.{name}()"
    if isinstance(owner, type) and issubclass(owner, date) and name in ("now", "today", "utcnow"):
        return f"{owner.__name__}.{name}()"
    if module in ("posix", "nt") and name in ("urandom", "getrandom"):
        return f"os.{name}()"
    if isinstance(owner, random.Random) and name in ("random", "getrandbits", "seed"):
        return f"random.{name}()"
    return ""


@contextmanager
def listening() -> Iterator[Noise]:
    """Note what this thread asks of the world outside while the block runs."""
    if not _installed:
        sys.addaudithook(_audit)
        _installed.append(True)
    noise, before, collecting = Noise(), sys.getprofile(), gc.isenabled()
    gc.disable()  # whoever listens to the collector of memory (hypothesis does) asks the clock in this thread
    _active[threading.get_ident()] = noise
    sys.setprofile(_call)
    try:
        yield noise
    finally:
        sys.setprofile(before)
        del _active[threading.get_ident()]
        if collecting:
            gc.enable()
