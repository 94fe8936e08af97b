"""`make fuzz SECONDS=300`: each decoder in a process of its own, for so long."""

from __future__ import annotations

import argparse
import multiprocessing
import secrets
import sys

from tests.fuzz.decoders import DECODERS
from tests.fuzz.run import MOST_MB, one


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--only", choices=DECODERS, action="append")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 32))
    wanted = parser.parse_args()
    print(f"seed {wanted.seed}, {wanted.seconds:g} s each")
    print(f"{'decoder':<14} {'inputs':>10} {'refused':>8} {'slowest ms':>11} {'memory MB':>10}", flush=True)
    failed = False
    for name in wanted.only or DECODERS:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            report = pool.apply_async(one, (name, wanted.seed, wanted.seconds)).get(wanted.seconds + 60)
        if isinstance(report, str):
            print(report, flush=True)
            failed = True
            continue
        share = report.refused / max(report.inputs, 1)
        slowest = report.slowest_s * 1000
        print(
            f"{name:<14} {report.inputs:>10,} {share:>8.0%} {slowest:>11.1f} {report.memory_mb:>10}",
            flush=True,
        )
        failed |= report.memory_mb > MOST_MB
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
