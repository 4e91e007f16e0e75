"""The paper's evaluation: 10,000 images x 100 samples by `predict`, time and peak memory, each in a process of its own.

One of them, as JSON:

    python -m benchmarks.evaluation --network mlp --way moments --images 10000 --samples 100
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.memory import peak_gb
from benchmarks.networks import images, mapped, network
from benchmarks.workloads.effort import Effort
from benchmarks.workloads.rows import Row, Target
from device_models.errors import MappingError

SECONDS = {"mlp": Target(2.0, "value"), "cnn": Target(90.0, "value")}
MOST_GB, GROWTH = Target(1.0, "value"), Target(1.05)
WAYS = ("moments", "device", "ideal, synapse noise", "ideal, neuron noise")


def rows(effort: Effort) -> list[Row]:
    """Both networks, on arrays; the MLP in software and cell by cell, too."""
    count, samples = effort.evaluation
    few, device_samples = effort.device_passes
    found = [row for name in ("mlp", "cnn") for row in _on_arrays(name, count, samples)]
    found += [_row(f"mlp, {way}", in_process("mlp", way, count, samples)) for way in WAYS[2:]]
    device = in_process("mlp", "device", few, device_samples)
    rate = few * device_samples / device["seconds"]
    return [*found, Row("evaluation", "mlp, every cell drawn, paired reads", rate, "passes/s")]


def _on_arrays(name: str, count: int, samples: int) -> list[Row]:
    fewer = in_process(name, "moments", count, max(1, samples // 10))
    if "refused" in fewer:
        return [Row.absent("evaluation", f"{name}, {count:,} x {samples}", fewer["refused"], SECONDS[name])]
    all_samples = in_process(name, "moments", count, samples)
    peak = all_samples["peak_gb"]
    return [
        _row(f"{name}, {count:,} x {samples}", all_samples, SECONDS[name]),
        Row("evaluation", f"{name}, peak memory", peak, "GB", target=MOST_GB,
            note="largest resident set of the whole process, torch and numba included"),
        Row("evaluation", f"{name}, peak memory", peak, "GB", ratio=peak / fewer["peak_gb"], target=GROWTH,
            to=f"{max(1, samples // 10)} samples"),
    ]  # fmt: skip


def _row(what: str, measured: dict[str, Any], target: Target | None = None) -> Row:
    return Row("evaluation", what, measured["seconds"], "s", target=target, note="one run, after compiling")


def in_process(name: str, way: str, count: int, samples: int) -> dict[str, Any]:
    """Seconds and peak memory [GB] of one evaluation in a fresh process; `refused` if it cannot be mapped."""
    arguments = ["--network", name, "--way", way, "--images", str(count), "--samples", str(samples)]
    command = [sys.executable, "-m", "benchmarks.evaluation", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def measure(name: str, way: str, count: int, samples: int) -> dict[str, Any]:
    """In this process: one evaluation after a small one that compiles."""
    try:
        predict = _predictor(name, way)
    except MappingError:
        return {"refused": "this network cannot be mapped"}
    x = images(count)
    predict(x[:2], 2)
    started = time.perf_counter()
    predict(x, samples)
    return {"seconds": time.perf_counter() - started, "peak_gb": peak_gb()}


def _predictor(name: str, way: str) -> Callable[..., Any]:
    if way.startswith("ideal"):
        place = "synapse" if "synapse" in way else "neuron"
        return lambda x, samples: network(name).predict(x, samples, noise=place)
    return mapped(name, "auto" if way == "moments" else way).predict


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", choices=("mlp", "cnn"), default="mlp")
    parser.add_argument("--way", choices=WAYS, default="moments")
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--samples", type=int, default=100)
    given = parser.parse_args()
    print(json.dumps(measure(given.network, given.way, given.images, given.samples)))


if __name__ == "__main__":
    main()
