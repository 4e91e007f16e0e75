"""Finished networks on test images."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

from crossbar_nsm.datasets.dataset import Dataset
from crossbar_nsm.experiment.config.training import TrainConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from crossbar_nsm.nsm.network import Network
from crossbar_nsm.nsm.training.config import noise_place_of
from crossbar_nsm.nsm.training.trainer import Trainer
from crossbar_nsm.statistics.intervals import wilson
from crossbar_nsm.statistics.metrics import measure


def settings_of_test(config: TrainConfig, test: Dataset, trainer: Trainer) -> dict[str, Any]:
    """What test results depend on; networks: digest of the two that were tested."""
    content = hashlib.blake2b(test.images.tobytes() + test.labels.tobytes(), digest_size=8).hexdigest()
    settings = config.test.model_dump(mode="json") | {"images": len(test), "content": content}
    return settings | {"networks": trainer.networks_digest()}


def measure_best_and_last(
    config: TrainConfig, trainer: Trainer, folder: Path, test: Dataset | None
) -> dict[str, Any] | None:
    """Test results of the best and the last network in the folder of a run; None without test images."""
    if test is None:
        return None
    return {"settings": settings_of_test(config, test, trainer)} | {
        which: measure_on_test(load_checkpoint(folder / f"{which}.safetensors"), test, config)
        for which in ("best", "last")
    }


def measure_on_test(net: Network, test: Dataset, config: TrainConfig) -> dict[str, float]:
    """Error with its 95 % Wilson interval, NLL, Brier, ECE and entropy on test images, noise as in training; of a
    network that is trained for hardware, on one chip."""
    if config.hardware is not None:
        chip = MappedNetwork(net, config.hardware, config.test.seed, age_s=config.hardware.age_s)
        probability = chip.predict(test.images, config.test.samples).numpy()
    else:
        place = noise_place_of(config.network.method, config.training)
        probability = net.predict(test.images, config.test.samples, noise=place, seed=config.test.seed).numpy()
    metrics = measure(probability, test.labels)
    low, high = wilson(metrics.error, len(test))
    return asdict(metrics) | {"error_low": low, "error_high": high}
