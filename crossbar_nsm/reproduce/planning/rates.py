"""How fast networks are here, measured on a few batches of random images; nothing is read or written."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import torch

from crossbar_nsm.nsm.architecture import Architecture, multiply_adds
from crossbar_nsm.nsm.methods.layer import NoisePlace
from crossbar_nsm.nsm.network import Network
from crossbar_nsm.nsm.training.config import TrainingConfig, noise_place_of
from crossbar_nsm.nsm.training.data import LabelledImages
from crossbar_nsm.nsm.training.trainer import Trainer, usual_threads

UPDATES = 4
PRODUCTS = 1e9  # of a batch, at most; of large networks a smaller batch is measured
PASSES, MORE = 3, 4  # of validation and of a short evaluation; as many times more of a longer one


@dataclass(frozen=True)
class Rates:
    """Seconds per image and pass: of an update, of validation, of an evaluation."""

    update_s: float
    validation_s: float
    evaluation_s: float


def rates(network: Architecture, training: TrainingConfig) -> Rates:
    """Measured once for each kind of network in a process."""
    measured = {"epochs": 1, "start_from": None, "validation_samples": PASSES, "seed": 0}
    return _rates(network.model_dump_json(), training.model_copy(update=measured).model_dump_json())


@lru_cache(maxsize=64)
def _rates(network: str, training: str) -> Rates:
    architecture, settings = Architecture.model_validate_json(network), TrainingConfig.model_validate_json(training)
    products = sum(multiply_adds(place) for place in architecture.placements())
    batch = int(np.clip(PRODUCTS / products, 2, settings.batch_size))
    threads = usual_threads(architecture, settings.batch_size)
    images = _random_images(architecture, UPDATES * batch)
    few = settings.model_copy(update={"batch_size": batch, "initialisation_images": min(batch, 100)})
    trainer = Trainer(architecture, few, images, LabelledImages(images.images[:batch], images.labels[:batch]),
                      threads=threads)  # fmt: skip
    ends: list[float] = []
    for _ in trainer.epochs(lambda _trainer, _step: ends.append(time.perf_counter())):
        validation_s = time.perf_counter() - ends[-1]
    place = noise_place_of(architecture.method, settings)
    evaluation_s = _evaluation_s(trainer.last_network(), images.images[:batch].numpy(), place)
    return Rates(float(np.median(np.diff(ends))) / batch, validation_s / (batch * PASSES), evaluation_s)


def _evaluation_s(net: Network, images: np.ndarray, place: NoisePlace) -> float:
    """Of a pass of one image: what more passes take longer, so that what every call takes counts little."""
    net.predict(images[:1], 1, place)  # loads kernels
    few, more = PASSES, MORE * PASSES
    few_s, more_s = (
        min(_seconds(partial(net.predict, images, count, place)) for _ in range(2)) for count in (few, more)
    )
    if more_s <= few_s:  # one pass is enough of a network without noise
        return more_s / (len(images) * few)
    return (more_s - few_s) / (len(images) * (more - few))


def _random_images(architecture: Architecture, count: int) -> LabelledImages:
    rng = np.random.default_rng(0)
    pixels = rng.random((count, architecture.inputs), dtype=np.float32)
    return LabelledImages(torch.from_numpy(pixels), torch.from_numpy(rng.integers(architecture.classes, size=count)))


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
