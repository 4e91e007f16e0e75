"""Time of a training epoch of NSMs beside the same network with plain tanh units, in one process.

    python benchmarks/training.py                          # the MLP of Table 1, about four minutes
    python benchmarks/training.py --network cnn            # the CNN of Table 2, about two minutes
    python benchmarks/training.py --images 10000 --epochs 3 --json

The networks take turns, epoch by epoch, so that a busy machine slows all of them; the ratio is the median over turns of
an epoch's time by that of tanh in the same turn. Images are random: time does not depend on what they show.
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np
import torch

from crossbar_nsm.nsm.training.config import TrainingConfig
from crossbar_nsm.nsm.training.data import LabelledImages
from crossbar_nsm.nsm.training.trainer import Trainer
from crossbar_nsm.reproduce.config import NetworkToTrain, load_reproduce_config

METHODS = {  # name: method and place of the noise
    "tanh": ("tanh", "neuron"),
    "nsm, synapse noise": ("nsm", "synapse"),
    "nsm, neuron noise": ("nsm", "neuron"),
    "nsm_ste, neuron noise": ("nsm_ste", "neuron"),
    "nsm_binconcrete": ("nsm_binconcrete", "synapse"),
    "stnn": ("stnn", "neuron"),
}
IMAGES = {"mlp": 50_000, "cnn": 5_000}


def trainer(network: str, method: str, noise_place: str, images: int, epochs: int) -> Trainer:
    """A network of the given method at its start, on random images."""
    settings = NetworkToTrain.model_validate({"method": method})
    architecture = load_reproduce_config(network).architecture(settings)
    generator = torch.Generator().manual_seed(0)
    data = LabelledImages(
        torch.rand(images, architecture.inputs, generator=generator),
        torch.randint(architecture.classes, (images,), generator=generator),
    )
    few = LabelledImages(data.images[:10], data.labels[:10])  # validation is not what is timed
    config = TrainingConfig.model_validate({"epochs": epochs, "noise_place": noise_place, "validation_samples": 1})
    return Trainer(architecture, config, data, few)


def measure(network: str, images: int, epochs: int) -> dict[str, dict[str, float]]:
    """Seconds of the fastest epoch of each network, and its median ratio to tanh; the first epoch warms up."""
    runs = {name: trainer(network, *settings, images, epochs + 1).epochs() for name, settings in METHODS.items()}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(epochs + 1):
        for name, run in runs.items():
            started = time.perf_counter()
            next(run)
            seconds[name].append(time.perf_counter() - started)
    timed = {name: np.array(values[1:]) for name, values in seconds.items()}
    return {
        name: {
            "epoch_s": round(float(values.min()), 3),
            "ratio_to_tanh": round(float(np.median(values / timed["tanh"])), 3),
        }
        for name, values in timed.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", choices=IMAGES, default="mlp")
    parser.add_argument("--images", type=int, help="default: 50,000 (mlp), 5,000 (cnn)")
    parser.add_argument("--epochs", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    images = arguments.images or IMAGES[arguments.network]
    result = measure(arguments.network, images, arguments.epochs)
    if arguments.json:
        facts = {"network": arguments.network, "images": images, "threads": torch.get_num_threads()}
        print(json.dumps(facts | {"networks": result}, indent=2))
        return
    for name, figures in result.items():
        print(f"{name:24} {figures['epoch_s']:7.2f} s/epoch   {figures['ratio_to_tanh']:.2f} x tanh")


if __name__ == "__main__":
    main()
