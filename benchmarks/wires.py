"""Time and accuracy of arrays with wires: one vector, the whole transfer matrix, a tile with its noise.

    python benchmarks/wires.py                      # a minute; on an idle machine
    python benchmarks/wires.py --sizes 256 --repeats 20 --json

Cells lie evenly between 2 and 100 uS, r per segment is 1e-5 (mild) or 1e-4 (harsh) of the smallest cell resistance, in
rows and columns. A vector includes making the array ready for it. The error of a vector is its distance from the
matrix, over the largest current.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable

import numpy as np

from crossbar_nsm.array import column_currents, transfer_matrix
from crossbar_nsm.array.wires.effective import relative_drop, seen_through_wires
from crossbar_nsm.array.wires.parameters import Wires

G_MAX_S = 1e-4
SHARES = {"mild": 1e-5, "harsh": 1e-4}


def milliseconds(run: Callable[[], object], repeats: int) -> dict[str, float]:
    """Median and best of some runs, after one that warms up."""
    run()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - started))
    return {"median_ms": round(statistics.median(times), 2), "best_ms": round(min(times), 2)}


def measure(rows: int, cols: int, share: float, repeats: int) -> dict[str, object]:
    rng = np.random.default_rng(0)
    g_s, v = rng.uniform(2e-6, G_MAX_S, (rows, cols)), rng.choice([-1.0, 1.0], (1, rows))
    r_ohm = share / G_MAX_S
    transfer = transfer_matrix(g_s, r_ohm, r_ohm)
    expected, found = v @ transfer, column_currents(v, g_s, r_ohm, r_ohm)
    few = max(1, repeats // 5)
    return {
        "rows": rows,
        "cols": cols,
        "r_over_smallest_cell": share,
        "relative_drop": round(relative_drop(transfer, g_s), 4),
        "vector": milliseconds(lambda: column_currents(v, g_s, r_ohm, r_ohm), repeats),
        "matrix": milliseconds(lambda: transfer_matrix(g_s, r_ohm, r_ohm), few),
        "matrix_and_noise": milliseconds(lambda: seen_through_wires(g_s, Wires(r_ohm, r_ohm)), few),
        "vector_error": float(np.abs(found - expected).max() / np.abs(expected).max()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 128, 256, 512])
    parser.add_argument("--repeats", type=int, default=25)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    results = [
        {"wires": name} | measure(size, size, share, arguments.repeats)
        for size in arguments.sizes
        for name, share in SHARES.items()
    ]
    if arguments.json:
        print(json.dumps(results, indent=2))
        return
    print("median (best) ms      drop        vector            matrix      matrix and noise    error of a vector")
    for row in results:
        times = "".join(
            f"{row[name]['median_ms']:10.2f} ({row[name]['best_ms']:.2f})"  # type: ignore[index]
            for name in ("vector", "matrix", "matrix_and_noise")
        )
        print(f"{row['rows']:4} {row['wires']:6}{row['relative_drop']:16.1%}{times}{row['vector_error']:14.1e}")


if __name__ == "__main__":
    main()
