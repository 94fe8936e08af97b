"""Long work that is done in short steps, so that whoever does it can see to other things between them."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")

Steps = Generator[None, None, T]


def finished(steps: Steps[T]) -> T:
    """Do all the steps at once, and return what the work comes to.

    >>> def work():
    ...     yield
    ...     return 7
    >>> finished(work())
    7
    """
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
