"""Golden files of contracts: `SIAGA_REWRITE_GOLDEN=1` writes them anew, and the diff is read."""

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden" / "contracts"


def golden(name: str, present: str) -> str:
    """Return what a golden file says; written from the present text first when a rewrite is asked for."""
    path = FOLDER / name
    if os.environ.get("SIAGA_REWRITE_GOLDEN") == "1":
        path.write_text(present, encoding="utf-8")
    return path.read_text(encoding="utf-8")
