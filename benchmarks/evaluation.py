"""Time and peak memory of whole evaluations: ideal network, moments reader, device reader.

    python benchmarks/evaluation.py                       # 10,000 passes-per-sample images x 100 samples, a minute
    python benchmarks/evaluation.py --images 1000 --samples 10 --json

Images are the 5,000 embedded digits, repeated when more are asked for: time does not depend on what they show. The
device reader draws every cell, so it gets `--device-passes` passes only; its figure is passes per second.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable

import numpy as np

import crossbar_nsm as xb

CONFIG = "configs/mnist_mlp_rram.yaml"


def timed(run: Callable[[], object], passes: int) -> dict[str, float]:
    """Seconds, passes per second and the process's peak memory so far."""
    started = time.perf_counter()
    run()
    seconds = time.perf_counter() - started
    unit = 1 if sys.platform == "darwin" else 1024
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9
    return {"seconds": round(seconds, 2), "passes_per_second": round(passes / seconds), "peak_gb": round(peak_gb, 2)}


def measure(images: int, samples: int, device_passes: int) -> dict[str, dict[str, float]]:
    """One entry per way of evaluating; compiled and warmed up before it is timed."""
    x = np.resize(xb.load_dataset("mnist5k")[0], (images, 28, 28))
    net = xb.load_checkpoint("mnist_mlp")
    moments = xb.map_network(net, CONFIG)
    device = xb.map_network(net, xb.load_config(CONFIG, "read.engine=device"))
    few = max(1, device_passes // 10)
    ways: dict[str, tuple[Callable[[np.ndarray, int], object], np.ndarray, int]] = {
        "moments reader": (moments.predict, x, samples),
        "ideal, synapse noise": (lambda x, n: net.predict(x, n, noise="synapse"), x, samples),
        "ideal, neuron noise": (lambda x, n: net.predict(x, n, noise="neuron"), x, samples),
        "device reader": (device.predict, x[:few], 10),
    }
    results = {}
    for name, (predict, shown, count) in ways.items():
        predict(x[:2], 2)
        results[name] = timed(lambda: predict(shown, count), len(shown) * count)  # noqa: B023
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--device-passes", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    results = measure(arguments.images, arguments.samples, arguments.device_passes)
    if arguments.json:
        print(json.dumps(results, indent=2))
        return
    print(f"{arguments.images} images x {arguments.samples} samples, mnist_mlp, rram_illustrative/paired")
    for name, row in results.items():
        print(f"{name:22}{row['seconds']:8.2f} s{row['passes_per_second']:12,} passes/s{row['peak_gb']:8.2f} GB peak")


if __name__ == "__main__":
    main()
