"""A trained network that comes from elsewhere: a state_dict as the authors' published code writes it, and its data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from scipy.special import erf

INPUTS, HIDDEN, CLASSES, IMAGES = 400, 80, 5, 1200


def write_outside_network(folder: Path) -> tuple[Path, Path]:
    """net.pt and data.npz (x_train, y_train, x_test, y_test) in `folder`.

    Images are noisy copies of patterns that have much in common, as digits have their dark margins. Hidden weights are
    random, but also add up to much for what images have in common, which c takes off: the offset that wires change.
    """
    rng = np.random.default_rng(0)
    common = rng.random(INPUTS) < 0.2
    patterns = np.where(rng.random((CLASSES, INPUTS)) < 0.06, ~common, common)
    y = rng.integers(CLASSES, size=IMAGES)
    x = (patterns[y] ^ (rng.random((IMAGES, INPUTS)) < 0.1)).astype(np.float32)
    weight = rng.normal(size=(HIDDEN, INPUTS)) + np.where(common, 1, -1) * rng.choice([-1, 1], (HIDDEN, 1))
    half = IMAGES // 2
    t = (2 * x[:half] - 1) @ weight.T / np.linalg.norm(weight, axis=1)
    c = -t.mean(axis=0)
    seen = np.c_[erf(t + c), np.ones(half)]
    logits = 8 * np.eye(CLASSES)[y[:half]] - 4
    output = np.linalg.solve(seen.T @ seen + np.eye(HIDDEN + 1), seen.T @ logits)
    parts = {
        "fc1.weight": weight, "fc1.b": np.ones(HIDDEN), "fc1.bias": c * np.sqrt(0.5),
        "out.weight": output[:-1].T, "out.bias": output[-1],
    }  # fmt: skip
    torch.save(
        {name: torch.tensor(value.copy(), dtype=torch.float32) for name, value in parts.items()}, folder / "net.pt"
    )
    parts = {"x_train": x[:half], "y_train": y[:half], "x_test": x[half:], "y_test": y[half:]}
    np.savez(folder / "data.npz", **parts)
    return folder / "net.pt", folder / "data.npz"
