"""Cost of the device models: one read and one programming of a million cells, bytes per cell, time to import.

    python benchmarks/devices.py           # half a minute
    python benchmarks/devices.py --json

The device has every effect at once: write-verify, stuck cells, wear, relaxation, drift, retention, fresh noise with
both floors, 1/f noise over 11 decades of time, telegraph noise and a selector with memory. A read is compared with
drawing as many torch normals in the same process, in turns; the numpy reference is measured, not the arrays' compiled
readers.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable

import numpy as np
import torch

from device_models import CellReads, Device, ReadConditions, Stream

CELLS = 1_000_000
TURNS = 9
ALL = {
    "conductance": {"g_min_s": 1e-6, "g_max_s": 1e-4},
    "programming": {
        "set": {"compliance": {"cell_voltage_v": 0.4, "reference_current_a": 1e-4, "relative_sd": 0.075}},
        "reset": {"cycle_sd": 0.5},
        "verify": {"acceptance_s": 1e-6, "acceptance_relative": 0.02, "most_attempts": 10},
    },
    "faults": {"stuck_on": 0.001, "stuck_off": 0.001, "stuck_any": 0.001},
    "endurance": {
        "cycles": 1000,
        "spread": {"reference_cycles": 1e6, "exponent": 0.2},
        "failure": {"scale_cycles": 1e8, "shape": 1.5},
    },
    "relaxation": {"sd_at_1s_s": 1e-7, "sd_per_ln_s": 1e-8},
    "drift": {"reference_time_s": 1.0, "exponent": {"mean": {"at_g_max": 0.01}, "sd": {"at_g_max": 0.002}}},
    "retention": {"loss_per_decade": 0.01, "reference_time_s": 1.0},
    "read_noise": {"relative_sd": 0.01, "window_s": 1e-7, "thermal": True, "shot": True},
    "flicker": {"relative": {"coefficient": 0.005}, "read_time_s": 2.5e-7, "slowest_s": 1e4},
    "telegraph": {
        "resistance_step": {"relative": 0.01, "per_ohm": 1e-7},
        "spread_log_sd": 0.5,
        "cycle_log_sd": 0.2,
        "capture_time_s": {"min_s": 1e-5, "max_s": 10.0},
        "emission_time_s": {"min_s": 1e-5, "max_s": 10.0},
    },
    "selector": {
        "threshold": {"mean_v": 0.5, "sd_v": 0.1, "correlation_time_s": 1e-6},
        "input_v": 0.5,
        "on_conductance_s": 1e-2,
        "off_conductance_s": 1e-9,
        "per": "cell",
    },
}


def seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def in_turns(*ways: Callable[[], object]) -> list[float]:
    """Median seconds of each, measured one after the other again and again."""
    for way in ways:
        way()
    return [float(value) for value in np.median([[seconds(way) for way in ways] for _ in range(TURNS)], axis=0)]


def measure() -> dict[str, float]:
    """Everything; `bytes_per_cell` is what stays allocated while reads go on, `peak_bytes_per_cell` its maximum."""
    torch.set_num_threads(1)
    device, stream = Device.model_validate(ALL), Stream()
    target = np.random.default_rng(0).uniform(1e-6, 1e-4, CELLS).astype(np.float32)
    programming = float(np.median([seconds(lambda: device.program(target, stream, 0)) for _ in range(3)]))
    tracemalloc.start()
    cells = device.program(target, stream)
    law = device.read_law(cells, ReadConditions(age_s=100.0))
    reads = CellReads(law, device.initial_state(law, stream), 1e-6, np.random.Generator(np.random.SFC64(0)))
    reads.read()
    reads.read()
    now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    normals = torch.empty(CELLS)
    read, drawn = in_turns(reads.read, normals.normal_)
    return {
        "read_ms": 1e3 * read,
        "torch_normals_ms": 1e3 * drawn,
        "read_over_normals": read / drawn,
        "programming_s": programming,
        "mean_attempts": float(cells.attempts.mean()) if cells.attempts is not None else 1.0,
        "bytes_per_cell": now / CELLS,
        "peak_bytes_per_cell": peak / CELLS,
        "import_s": import_seconds(),
    }


def import_seconds() -> float:
    """Median seconds that importing the devices takes beyond numpy and scipy, in fresh processes."""

    def fresh(modules: str) -> float:
        code = f"import time; t = time.perf_counter(); import {modules}; print(time.perf_counter() - t)"
        return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)

    both = "numpy, scipy.special, scipy.constants"
    extra = "device_models.device, device_models.catalogue"
    return float(np.median([fresh(f"{both}, {extra}") - fresh(both) for _ in range(5)]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--json", action="store_true")
    results = measure()
    if parser.parse_args().json:
        print(json.dumps(results, indent=2))
        return
    for name, value in results.items():
        print(f"{name:22} {value:10.3f}")


if __name__ == "__main__":
    main()
