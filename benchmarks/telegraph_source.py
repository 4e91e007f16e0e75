"""Time of telegraph noise against how often traps switch, beside torch's noiseless product of the same shape.

    python benchmarks/telegraph_source.py           # a minute
    python benchmarks/telegraph_source.py --json

One layer of `--size` x `--size` pairs, `--traps` per cell, 256 vectors of +-1; the fastest of many turns, both in one
process with as many threads.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable

import numba
import numpy as np
import torch

from crossbar_nsm.array.config import ReadConfig
from crossbar_nsm.array.telegraph_source import TelegraphSource
from crossbar_nsm.engine.product import one_blas_thread
from device_models.read_law import ReadLaw, TrapLaw
from device_models.telegraph import Traps

VECTORS, TURNS = 256, 60
READ = ReadConfig(window_s=1e-7, interval_s=1e-6)
FLIPS = (1e-6, 1e-5, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)


def fastest_ms(run: Callable[[], object]) -> float:
    times = []
    for _ in range(TURNS):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return 1e3 * min(times)


def source_of(size: int, traps: int, flip: float) -> TelegraphSource:
    """Cells whose traps switch with probability `flip` from vector to vector, captured half of the time."""
    rng, shape = np.random.default_rng(0), (traps, 2, size, size)
    mean_s = np.full(shape, READ.interval_s / flip, np.float32)
    g_s = rng.uniform(1e-6, 1e-4, shape[1:]).astype(np.float32)
    law = ReadLaw(g_s, np.zeros_like(g_s), TrapLaw(Traps(mean_s, mean_s), np.full(shape, 0.1, np.float32)))
    mixing = np.ones((1, 1, size), np.float32)
    source = TelegraphSource(law, np.full((size, size), 1e4), [0], READ, mixing, np.uint64(1))
    source.reset(rng.integers(0, 2, shape, dtype=np.uint8))
    return source


def measure(size: int, traps: int) -> dict[str, object]:
    """Milliseconds of 256 vectors, per flip probability."""
    torch.set_num_threads(numba.get_num_threads())
    z = np.random.default_rng(1).choice(np.array([-1, 1], np.float32), (VECTORS, size))
    shown, matrix = torch.from_numpy(z), torch.randn(size, size)
    product = fastest_ms(lambda: shown @ matrix)
    rows = []
    for flip in FLIPS:
        started = time.perf_counter()
        source, first = source_of(size, traps, flip), 0
        setup = time.perf_counter() - started
        out = np.zeros((1, 1, VECTORS, size), np.float32)

        def run(source: TelegraphSource = source, out: np.ndarray = out) -> None:
            nonlocal first
            source.add(out, z, first)
            first += VECTORS

        with one_blas_thread():
            ms = fastest_ms(run)
        product = min(product, fastest_ms(lambda: shown @ matrix))
        reads = 2 * size * size * traps * VECTORS
        rows.append({"flip": flip, "ms": ms, "ns_per_trap_and_vector": 1e6 * ms / reads, "setup_s": setup})
    for row in rows:
        row["ratio_to_product"] = row["ms"] / product
    return {"size": size, "traps": traps, "threads": numba.get_num_threads(), "product_ms": product, "rows": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--traps", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    result = measure(arguments.size, arguments.traps)
    if arguments.json:
        print(json.dumps(result, indent=2))
        return
    print(f"product {result['product_ms']:.2f} ms, {result['threads']} threads")
    for row in result["rows"]:  # type: ignore[attr-defined]
        print(
            f"flip {row['flip']:.0e}{row['ms']:9.2f} ms {row['ratio_to_product']:7.1f} x product"
            f"{row['ns_per_trap_and_vector']:9.4f} ns per trap and vector   setup {row['setup_s']:.2f} s"
        )


if __name__ == "__main__":
    main()
