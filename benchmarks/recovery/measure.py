"""Run a chip and keep what it gave: one .npz a trial, written whole or not at all."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import numpy as np

import crossbar_nsm as xb
from benchmarks.recovery.trials import DEVICES, Trial
from crossbar_nsm.datasets.dataset import Dataset
from crossbar_nsm.statistics.metrics import label_nll, wrong
from device_models.files.writing import write_bytes

RESULTS = Path("out/recovery")


def ideal(data: str, images: int, samples: int, network: str = "mnist_mlp") -> dict[str, np.ndarray]:
    """The ideal network under synapse noise on the same images."""
    path = RESULTS / f"{network}-ideal-{images}x{samples}.npz"
    if not path.exists():
        test = _images(data).first(images)
        probability = _network(network).predict(test.images, samples, noise="synapse", seed=0).numpy()
        _write(path, probability=probability, labels=test.labels)
    return _read(path)


def measured(trial: Trial, data: str) -> dict[str, np.ndarray]:
    """What a trial gave: probability (images, classes), labels, ratio (neurons) of recovered to trained beta, clipped,
    offset and direction error (neurons), in t, frozen share."""
    path = RESULTS / f"{trial.name}.npz"
    if not path.exists():
        _run(trial, data, path)
    return _read(path)


def is_done(trial: Trial) -> bool:
    return (RESULTS / f"{trial.name}.npz").exists()


def _run(trial: Trial, data: str, path: Path) -> None:
    config = xb.load_config(DEVICES[trial.device].config, *trial.overrides(data))
    chip = xb.map_network(_network(trial.network), config, chip=trial.chip)
    test = _images(data).first(trial.images)
    probability = chip.predict(test.images, trial.samples).numpy()
    layers = chip.calibration.values()
    _write(
        path,
        probability=probability,
        labels=test.labels,
        ratio=np.concatenate([(c.recovered_beta / c.trained_beta).ravel() for c in layers]),
        clipped=np.concatenate([c.clipped.ravel() for c in layers]),
        offset=np.concatenate([c.offset.ravel() for c in layers]),
        direction_error=np.concatenate([c.direction_error.ravel() for c in layers]),
        frozen_share=np.concatenate([c.frozen_share.ravel() for c in layers]),
        engine=np.array(chip.engine),
    )


@cache
def _network(name: str):
    return xb.load_checkpoint(name)


@cache
def _images(data: str) -> Dataset:
    from crossbar_nsm.datasets.catalogue import read_dataset

    return read_dataset("mnist", "test", data)


def errors(found: dict[str, np.ndarray]) -> np.ndarray:
    """Wrong predictions (images) bool."""
    return wrong(found["probability"], found["labels"])


def nll(found: dict[str, np.ndarray]) -> np.ndarray:
    """(images), in nats."""
    return label_nll(found["probability"], found["labels"])


def _write(path: Path, **arrays: np.ndarray) -> None:
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    write_bytes(path, content.getvalue(), owned=True)


def _read(path: Path) -> dict[str, np.ndarray]:
    with np.load(path) as file:
        return dict(file)
