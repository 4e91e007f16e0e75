"""Class probabilities of trained networks on images, computed once and kept.

A file is named by a hash of what decides what is in it: checkpoint, images, place of the noise, samples, seed.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from pathlib import Path

import numpy as np

from crossbar_nsm.nsm.checkpoint import load_checkpoint
from crossbar_nsm.nsm.methods.layer import NoisePlace
from crossbar_nsm.reproduce.study import Setting
from device_models.files import write_bytes
from device_models.signs import npz_bytes


def probabilities(
    checkpoint: Path, images: np.ndarray, noise: NoisePlace, samples: int, setting: Setting, label: str
) -> np.ndarray:
    """Mean class probabilities (images, classes) of `samples` passes with the seed of the configuration's test."""
    seed = setting.config.test.seed
    digest = hashlib.blake2b(repr((images.shape, noise, samples, seed)).encode(), digest_size=8)
    digest.update(checkpoint.read_bytes())
    digest.update(np.ascontiguousarray(images).data)
    path = setting.folder / "measured" / f"{digest.hexdigest()}.npz"
    if (known := _read(path, len(images))) is not None:
        return known
    show = setting.progress(label)
    net = load_checkpoint(checkpoint)
    result: np.ndarray = net.predict(
        images, samples, noise, seed=seed, progress=lambda done, total: show(done, total, "passes")
    ).numpy()
    write_bytes(path, npz_bytes("probabilities", {"probability": result}), owned=True)
    return result


def _read(path: Path, images: int) -> np.ndarray | None:
    """What a file holds; None when there is none or it is damaged: it is then made again."""
    try:
        with np.load(path, allow_pickle=False) as file:
            probability: np.ndarray = file["probability"]
    except (OSError, EOFError, ValueError, TypeError, KeyError, zipfile.BadZipFile, zlib.error):
        return None
    whole = probability.ndim == 2 and len(probability) == images and bool(np.isfinite(probability).all())
    return probability if whole else None
