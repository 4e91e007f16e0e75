"""A network trained for a device beside the one that was only mapped, on the same chips and images.

    crossbar-nsm train configs/train_mnist_mlp_for_rram_replica.yaml --data DIR
    python -m benchmarks.device_training configs/train_mnist_mlp_for_rram_replica.yaml --data DIR

The network that training started from and the best one that it gave are programmed on chips with the same draws;
differences of error and NLL are paired, image by image (mean over chips, 95 % normal interval over images) and chip by
chip (mean over images, 95 % Student interval over chips). --tune N tunes gains and thresholds of every chip of both
networks on N training images.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from crossbar_nsm.datasets.dataset import Dataset
from crossbar_nsm.experiment.config.load import load_train_config
from crossbar_nsm.experiment.config.training import TrainConfig
from crossbar_nsm.experiment.images.training import final_test_images, training_split
from crossbar_nsm.mapping.learning.chip_tuning import tune_chip
from crossbar_nsm.mapping.learning.tuning_config import TuningConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from crossbar_nsm.nsm.network import Network
from crossbar_nsm.statistics.difference import scores
from crossbar_nsm.statistics.intervals import over_images
from crossbar_nsm.statistics.over_chips import OverChips

Losses = dict[str, np.ndarray]  # error and NLL of every chip and image, (chips, images)


def losses(probability: np.ndarray, labels: np.ndarray) -> Losses:
    """probability (chips, images, classes), labels (images)."""
    of_images = scores(probability, labels)
    return {"error": of_images.wrong.astype(float), "nll": of_images.nll}


def on_chips(
    net: Network, config: TrainConfig, test: Dataset, chips: int, samples: int, tuning: Dataset | None
) -> Losses:
    """Of `net` on chips 0, 1, ... of seed 0, tuned on the images `tuning` if there are any."""
    assert config.hardware is not None
    results = []
    for chip in range(chips):
        mapped = MappedNetwork(net, config.hardware, 0, chip, config.hardware.age_s)
        if tuning is not None:
            tune_chip(mapped, tuning.images, tuning.labels, TuningConfig())
            mapped.reset()
        results.append(mapped.predict(test.images, samples).numpy())
    return losses(np.stack(results), test.labels)


def difference(after: np.ndarray, before: np.ndarray) -> dict[str, float | list[float]]:
    """Mean and 95 % intervals of paired differences (chips, images)."""
    delta = after - before
    intervals = {"over_images": over_images(delta), "over_chips": OverChips(delta.mean(axis=1)).interval()}
    known = {name: list(interval) for name, interval in intervals.items() if interval is not None}
    return {"mean": float(delta.mean()), **known}


def main() -> None:
    """Print the comparison, with --json as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path)
    parser.add_argument("--data")
    parser.add_argument("--trained", type=Path, help="checkpoint (default: the best one in the run's output folder)")
    parser.add_argument("--chips", type=int, default=5)
    parser.add_argument("--images", type=int)
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--tune", type=int, metavar="N", help="also tune every chip on N training images")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    torch.set_num_threads(1)
    config = load_train_config(given.config, *([f"dataset.root={json.dumps(given.data)}"] if given.data else []))
    if config.hardware is None or config.training.start_from is None:
        parser.error(f"{given.config}: needs hardware and training.start_from")
    test = final_test_images(config)
    assert test is not None
    test = test.first(given.images)
    nets = {
        "mapped": load_checkpoint(config.training.start_from),
        "trained": load_checkpoint(given.trained or Path(config.output) / "best.safetensors"),
    }
    ideal = nets["mapped"].predict(test.images, given.samples).numpy()[None]
    found = {"ideal software": losses(ideal, test.labels)}
    tuning = training_split(config)[1].first(given.tune) if given.tune else None
    for name, net in nets.items():
        found[name] = on_chips(net, config, test, given.chips, given.samples, None)
        if tuning is not None:
            found[f"{name}, tuned"] = on_chips(net, config, test, given.chips, given.samples, tuning)
    pairs = [("trained", "mapped")]
    if tuning is not None:
        pairs += [("mapped, tuned", "mapped"), ("trained, tuned", "trained")]
    result = {
        "images": len(test),
        "samples": given.samples,
        "chips": given.chips,
        "means": {name: {key: float(values.mean()) for key, values in of.items()} for name, of in found.items()},
        "differences": {
            f"{after} - {before}": {key: difference(found[after][key], found[before][key]) for key in ("error", "nll")}
            for after, before in pairs
        },
    }
    print(json.dumps(result, indent=1) if given.json else text(result))


def text(result: dict) -> str:  # type: ignore[type-arg]
    """The comparison in lines; errors in per cent."""
    lines = [f"{result['images']} images x {result['samples']} samples, {result['chips']} chips"]
    lines += [
        f"{name:16}  error {100 * of['error']:6.2f} %  NLL {of['nll']:.4f}" for name, of in result["means"].items()
    ]
    for name, of in result["differences"].items():
        for key, unit, factor in (("error", " points", 100), ("nll", " nats", 1)):
            ends = [f"{where.replace('_', ' ')} [{factor * of[key][where][0]:+.4g}, {factor * of[key][where][1]:+.4g}]"
                    for where in of[key] if where != "mean"]  # fmt: skip
            lines.append(f"{name}: {key} {factor * of[key]['mean']:+.4g}{unit}, 95 % {', '.join(ends)}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
