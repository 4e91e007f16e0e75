"""Class probabilities of trained networks on images, computed once and kept.

A file is named by a hash of what decides what is in it: checkpoint, images, place of the noise, samples, seed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from crossbar_nsm.experiment.file_digest import add_content
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from crossbar_nsm.nsm.methods.layer import NoisePlace
from crossbar_nsm.reproduce.reproduction import RunContext
from device_models.checks.arrays import checked_probability
from device_models.errors import RecordError
from device_models.files.signs import npz_arrays, npz_bytes
from device_models.files.writing import write_bytes

KIND = "probabilities"


def probabilities(
    checkpoint: Path, images: np.ndarray, noise: NoisePlace, samples: int, context: RunContext, label: str
) -> np.ndarray:
    """Mean class probabilities (images, classes) of `samples` passes with the seed of the configuration's test."""
    seed = context.config.test.seed
    digest = hashlib.blake2b(repr((images.shape, noise, samples, seed)).encode(), digest_size=8)
    add_content(digest, checkpoint)
    digest.update(np.ascontiguousarray(images).data)
    path = context.folder / "measured" / f"{digest.hexdigest()}.npz"
    if (known := _read(path, len(images))) is not None:
        return known
    show = context.progress(label)
    net = load_checkpoint(checkpoint)
    result: np.ndarray = net.predict(
        images, samples, noise, seed=seed, progress=lambda done, total: show(done, total, "passes")
    ).numpy()
    write_bytes(path, npz_bytes(KIND, {"probability": result}), owned=True)
    return result


def _read(path: Path, images: int) -> np.ndarray | None:
    """What a file holds; None when there is none or it is damaged: it is then made again."""
    try:
        stored = npz_arrays(path, KIND)["probability"]
        return checked_probability("probability", stored, images)
    except (RecordError, ValueError, KeyError):
        return None
