"""Golden files of contracts: `SIAGA_REWRITE_GOLDEN=1` writes them anew, and the diff is read.

Saved states are what installations have: they are written once and never again.
"""

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden" / "contracts"


def golden(name: str, present: str) -> str:
    """Return what a golden file says; written from the present text first when a rewrite is asked for."""
    path = FOLDER / name
    kept = name.startswith("state_format_") and path.exists()
    if os.environ.get("SIAGA_REWRITE_GOLDEN") == "1" and not kept:
        path.write_text(present, encoding="utf-8")
    return path.read_text(encoding="utf-8")
