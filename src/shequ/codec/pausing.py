"""Making very many records without Python's cyclic garbage collector."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["bulk"]


@contextmanager
def bulk() -> Iterator[None]:
    """Make very many records: until the block ends, Python's cyclic garbage collector pauses.

    Records refer to nothing that could refer back, so they are freed without it, while each of its rounds visits all
    of them again. It goes on afterwards however the block ends, if it was on before; blocks may be nested, and the
    outermost one decides. Work that itself makes cycles should not stay in a block for long.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
