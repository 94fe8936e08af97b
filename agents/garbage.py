"""When Python looks for garbage: seldom, and not among what lives as long as the process."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# New objects that are worth a look. A slab makes thousands that go by themselves, hardly any in a cycle;
# Python's default of 700 looks through them all the time.
_YOUNG = 50_000


def look_seldom() -> None:
    """Look for garbage after `_YOUNG` new objects; at most some megabytes of it wait so long."""
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])


def leave_alone() -> None:
    """Look no more at what there is now: code, word lists and the restored state stay."""
    gc.freeze()


@contextmanager
def paused() -> Iterator[None]:
    """Look for no garbage meanwhile."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
