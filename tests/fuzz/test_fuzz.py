"""A short form of `make fuzz`; and the fuzzer itself finds what it is there for."""

import time

import pytest

from tests.fuzz import run
from tests.fuzz.decoders import DECODERS, Decoder
from tests.fuzz.mutate import Mutator

# About half a second of CPU each; the configuration is made anew for each input.
INPUTS = {"configuration": 75, "values": 75, "state keys": 100, "labels": 3_000, "incidents": 3_000}


@pytest.mark.parametrize("name", DECODERS)
def test_broken_input_is_answered(name):
    report = run.fuzz(name, seed=1, inputs=INPUTS.get(name, 1_500))
    assert report.inputs > 0


@pytest.mark.parametrize("name", [name for name, decoder in DECODERS.items() if decoder.answers])
def test_good_input_is_taken_and_most_of_the_broken_is_refused(name):
    decoder = DECODERS[name]
    for seed in decoder.seeds[:3]:
        decoder.read(seed)
    assert run.fuzz(name, seed=2, inputs=20).refused > 0


def broken(error):
    def read(data: bytes) -> None:
        if len(data) > 5:
            raise error

    return Decoder(read, (ValueError,), [b"abcdef"], [b"x"])


@pytest.mark.parametrize(
    "error", [KeyError("x"), RecursionError(), AssertionError(), MemoryError()], ids=repr
)
def test_a_wrong_answer_is_a_fault(monkeypatch, tmp_path, error):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(run.DECODERS, "x", broken(error))
    with pytest.raises(run.Fault, match=f"x: {type(error).__name__}"):
        run.fuzz("x", seed=1, inputs=100)
    (kept,) = (tmp_path / "build/fuzz").iterdir()
    assert len(kept.read_bytes()) > 5


def test_standing_still_is_a_fault(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run, "SLOWEST_S", 0.02)

    def read(_data: bytes) -> None:
        end = time.process_time() + 0.05
        while time.process_time() < end:
            pass

    monkeypatch.setitem(run.DECODERS, "x", Decoder(read, (), [b"a"], [b"x"]))
    with pytest.raises(run.Fault, match="took"):
        run.fuzz("x", seed=1, inputs=5)


def test_the_same_seed_gives_the_same_input():
    one, two = (Mutator([b"abc", b"{}"], [b"x"], 7) for _ in range(2))
    made = [one.next() for _ in range(200)]
    assert made == [two.next() for _ in range(200)]
    assert len(set(made)) > 100
