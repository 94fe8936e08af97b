"""Tries one decoder for some time, and keeps account: inputs, the slowest one, memory."""

from __future__ import annotations

import faulthandler
import time
from pathlib import Path
from typing import NamedTuple

from tests.fuzz.decoders import DECODERS
from tests.fuzz.mutate import Mutator

SLOWEST_S = 1.0
MOST_MB = 300


class Report(NamedTuple):
    """What came of it; `slowest_s` is CPU time, so that a busy machine is no fault."""

    name: str
    inputs: int
    refused: int
    slowest_s: float
    memory_mb: int


class Fault(Exception):
    """An input that a decoder did not take as it should."""


def fuzz(name: str, seed: int, seconds: float = float("inf"), inputs: float = float("inf")) -> Report:
    """Try a decoder until the time or the number of inputs is reached.

    Raises
    ------
    Fault
        At the first input that is answered wrongly, or takes a second. It is kept in a file.
    """
    decoder = DECODERS[name]
    mutator = Mutator(decoder.seeds, decoder.words, seed)
    tried, refused, slowest, end = 0, 0, 0.0, time.monotonic() + seconds
    while tried < inputs and time.monotonic() < end:
        data = mutator.next()
        begun = time.process_time()
        try:
            decoder.read(data)
        except decoder.answers:
            refused += 1
        except BaseException as error:
            raise Fault(f"{name}: {type(error).__name__}: {error}; input: {keep(name, data)}") from error
        took = time.process_time() - begun
        if took > SLOWEST_S:
            raise Fault(f"{name}: took {took:.2f} s; input: {keep(name, data)}")
        slowest, tried = max(slowest, took), tried + 1
    return Report(name, tried, refused, slowest, resident_mb())


def one(name: str, seed: int, seconds: float) -> Report | str:
    """Run in a process of its own; what stands still for 30 s is ended with a traceback."""
    faulthandler.dump_traceback_later(seconds + 30, exit=True)
    try:
        return fuzz(name, seed, seconds)
    except Fault as fault:
        return str(fault)


def keep(name: str, data: bytes) -> Path:
    """Write an input where it can be looked at."""
    folder = Path("build/fuzz")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{len(data)}-{hash(data) & 0xFFFFFF:06x}"
    path.write_bytes(data)
    return path


def resident_mb() -> int:
    """The most memory that this process had."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024
