"""A reproduction small enough for tests: three noisy binary patterns of 30 pixels, layers of a few units."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from crossbar_nsm.reproduce.config import ReproduceConfig, load_reproduce_config
from crossbar_nsm.reproduce.study import Setting


def pattern_files(folder: Path) -> None:
    """train.npz and test.npz in `folder`."""
    patterns = np.random.default_rng(9).random((3, 30)) < 0.5
    for name, count, seed in (("train", 700, 0), ("test", 300, 1)):
        rng = np.random.default_rng(seed)
        y = rng.integers(3, size=count)
        x = (patterns[y] ^ (rng.random((count, 30)) < 0.12)).astype(np.float32)
        np.savez(folder / f"{name}.npz", x=x, y=y)


def small_config(folder: Path, *overrides: str) -> ReproduceConfig:
    """The packaged configuration with small layers and few epochs on the files of `pattern_files`."""
    pattern_files(folder)
    layers = "[" + ", ".join(
        f"{{type: {kind}, name: {name}, inputs: {inputs}, outputs: {outputs}}}"
        for kind, name, inputs, outputs in (
            ("dense", "a", 30, 24), ("dense", "b", 24, 20), ("dense", "c", 20, 16), ("linear", "d", 16, 3)
        )
    ) + "]"  # fmt: skip
    settings = [
        f"layers={layers}",
        f"dataset={{name: {folder}/train.npz, validation_images: 100}}",
        f"test={{dataset: {folder}/test.npz, samples: 30}}",
        "watch={runs: 2, fine_steps: 6, coarse_steps: 5, probe_images: 50, gradient_images: 60, gradient_draws: 4}",
        "robustness={row_sd: [0.0, 1.5], copies: 3, bits: [2, 8], ranges: [0.1, 4.0], samples: 10}",
    ]
    settings += [f"trained.{name}.training.epochs=12" for name in ("nsm", "stnn", "relu")]
    settings += [f"trained.{name}.training.batch_size=20" for name in ("nsm", "stnn", "relu")]
    settings += [f"trained.{name}.training.averaging=0.9" for name in ("nsm", "stnn", "relu")]
    watched = ("nsm", "nsm_binconcrete", "sigmoid", "stnn", "batch_norm")
    settings += [f"watched.{name}.training.epochs=2" for name in watched]
    return load_reproduce_config(None, *settings, *overrides)


def small_setting(folder: Path, *overrides: str) -> Setting:
    """As `small_config`, writing to `folder`/out, silent."""
    return Setting(small_config(folder, *overrides), folder / "out", lambda _label: lambda _done, _total, _note: None)
