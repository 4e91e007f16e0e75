"""Cost of slow noise in arrays: 1/f noise and selectors, per draw and per pass of the bundled network.

    python benchmarks/slow_noise.py           # about a minute
    python benchmarks/slow_noise.py --json

Layers of 784 x 300, 300 x 300 and 300 x 300 pairs, tiles of 256 rows, 16 vectors at a time; minima over many runs.
Passes count these sources only, not products, comparators or the output layer.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable

import numpy as np
from numba import get_num_threads

from crossbar_nsm.array.config import ReadConfig
from crossbar_nsm.array.slow_noise.flicker_source import FlickerSource
from crossbar_nsm.array.slow_noise.gated_source import GatedSource
from crossbar_nsm.array.vector_reads import VectorReads
from device_models import load_device
from device_models.parts.selector import Selector
from device_models.read_law import FlickerLaw, ReadLaw
from device_models.reads import CellState, start
from device_models.streams import Stream

LAYERS = ((784, 300), (300, 300), (300, 300))
PAIRS = sum(rows * outputs for rows, outputs in LAYERS)
VECTORS, TURNS = 16, 60
READ = ReadConfig()
Maker = Callable[[int, int, int], FlickerSource | GatedSource]


def vector_reads(rows: int, outputs: int, reads: int) -> VectorReads:
    mixing = np.ones((1, reads, outputs), np.float32)
    return VectorReads(np.full((rows, outputs), 1e6), np.arange(0, rows, 256), READ, mixing)


def flicker(rows: int, outputs: int, reads: int) -> FlickerSource:
    """1/f noise of phase-change memory a day after programming, over 15 decades of time."""
    device = load_device("pcm_nandakumar2019")
    assert device.flicker is not None
    g_s = np.random.default_rng(0).uniform(0.0, device.conductance.g_max_s, (2, rows, outputs))
    terms = device.flicker.terms(READ.window_s)
    law = FlickerLaw(device.flicker.amplitude_s(g_s, device.conductance), terms, 86400.0)
    state = CellState({"flicker": np.ones((len(terms.tau_s), *g_s.shape), np.float32)})
    return FlickerSource(law, vector_reads(rows, outputs, reads), np.uint64(0), state)


def gated(selector: Selector, relative_sd: float) -> Maker:
    """Cells of 0.04 to 1.8 uS behind selectors."""

    def make(rows: int, outputs: int, reads: int) -> GatedSource:
        g_s = np.random.default_rng(0).uniform(4e-8, 1.8e-6, (2, rows, outputs))
        law = ReadLaw(g_s, relative_sd * g_s, selector=selector.law(g_s))
        return GatedSource(law, vector_reads(rows, outputs, reads), np.uint64(0), start(law, Stream()))

    return make


def seconds_per_vector(noise: FlickerSource | GatedSource) -> float:
    rows, outputs = noise.layout.rows, noise.layout.outputs
    z = np.sign(np.random.default_rng(1).standard_normal((VECTORS, rows))).astype(np.float32)
    out, best = np.zeros((1, 1, VECTORS, outputs), np.float32), np.inf
    for turn in range(TURNS):
        started = time.perf_counter()
        noise.add(out, z, turn * VECTORS)
        best = min(best, time.perf_counter() - started)
    return best / VECTORS


def cost(make: Maker, reads: int, terms: int = 1) -> dict[str, float]:
    """passes_per_s; ns_per_draw: per pair, term and read, over all threads."""
    first, later = (seconds_per_vector(make(rows, outputs, reads)) for rows, outputs in LAYERS[:2])
    total = first + 2 * later
    return {"ns_per_draw": 1e9 * total / (PAIRS * terms * reads), "passes_per_s": 1 / total}


def measure() -> dict[str, dict[str, float]]:
    fefet = load_device("fefet_selector_illustrative").selector
    assert fefet is not None
    per_cell = fefet.model_copy(update={"per": "cell"})
    terms = len(flicker(4, 1, 1).law.terms.tau_s)
    return {
        "1/f, one read": cost(flicker, 1, terms),
        "1/f, two reads": cost(flicker, 2, terms),
        "selector per pair": cost(gated(fefet, 0.02), 1),
        "selector per pair, no read noise": cost(gated(fefet, 0.0), 1),
        "selector per cell": cost(gated(per_cell, 0.02), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--json", action="store_true")
    results = measure()
    if parser.parse_args().json:
        print(json.dumps({"threads": get_num_threads(), **results}, indent=2))
        return
    print(f"{get_num_threads()} threads{'':28} ns per draw   passes/s")
    for name, row in results.items():
        print(f"{name:38}{row['ns_per_draw']:10.3f}{row['passes_per_s']:11.0f}")


if __name__ == "__main__":
    main()
