"""Reproductions small enough for tests: three noisy binary patterns of 30 pixels, layers of a few units."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from crossbar_nsm.reproduce.config import ReproduceConfig, load_reproduce_config
from crossbar_nsm.reproduce.reproduction import RunContext


def pattern_files(folder: Path) -> None:
    """train.npz and test.npz in `folder`."""
    patterns = np.random.default_rng(9).random((3, 30)) < 0.5
    for name, count, seed in (("train", 700, 0), ("test", 300, 1)):
        rng = np.random.default_rng(seed)
        y = rng.integers(3, size=count)
        x = (patterns[y] ^ (rng.random((count, 30)) < 0.12)).astype(np.float32)
        np.savez(folder / f"{name}.npz", x=x.reshape(-1, 6, 5), y=y)


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
    return load_reproduce_config("mlp", *settings, *overrides)


def small_cnn_config(folder: Path, *overrides: str) -> ReproduceConfig:
    """The packaged configuration of the CNN, small as `small_config`: patterns of 6 x 5 pixels."""
    pattern_files(folder)
    layers = """[{type: conv, name: a, inputs: 1, outputs: 6, kernel: 2, padding: 1, beta: position},
        {type: max_pool, name: p, size: 2}, {type: conv, name: b, inputs: 6, outputs: 8, kernel: 3},
        {type: dense, name: c, inputs: 8, outputs: 12}, {type: linear, name: d, inputs: 12, outputs: 3}]"""
    settings = [
        f"layers={layers}",
        "image=[1, 6, 5]",
        f"dataset={{name: {folder}/train.npz, validation_images: 100}}",
        f"test={{dataset: {folder}/test.npz, samples: 20, seed: 5}}",
        "watch={runs: 2, fine_steps: 6, coarse_steps: 5, probe_images: 50, gradient_images: 60, gradient_draws: 4}",
        "rotation={angles_deg: [0, 90], images: 100, samples: 10}",
        "trained.bnsm.start=dcnn",
    ]
    for name in ("bnsm", "gnsm", "dcnn", "bnsm_ste", "bd", "wbd", "sn", "bn", "bnsm_long", "gnsm_long"):
        training = "epochs: 4, batch_size: 20, averaging: 0.9, learning_rate: 1e-2, validation_samples: 2"
        settings.append(f"trained.{name}.training={{{training}}}")
    settings += [f"watched.{name}.training.epochs=2" for name in ("nsm", "nsm_binconcrete", "sigmoid")]
    return load_reproduce_config("cnn", *settings, *overrides)


def small_context(folder: Path, *overrides: str) -> RunContext:
    """As `small_config`, writing to `folder`/out, silent."""
    return RunContext(
        small_config(folder, *overrides), folder / "out", lambda _label: lambda _done, _total, _note: None
    )
