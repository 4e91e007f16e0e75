"""What the tensors of a chip's file may hold: kinds, shapes and ranges within which everything stays finite."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from crossbar_nsm.engine.sampling.passes import OBSERVATION_VECTOR
from crossbar_nsm.nsm.values import LARGEST_VALUE
from device_models.checks.arrays import checked_array

LARGEST = LARGEST_VALUE  # of any register: squares stay within float32
LARGEST_GAIN = 1e6
ROUNDING = 1e-3  # of covariances: measured ones are sums of float32, computed ones small differences of large numbers
RANGES = {  # where it is not -LARGEST to LARGEST; variances and products of float64 may miss 0 by rounding
    "gain": (-LARGEST_GAIN, LARGEST_GAIN),
    "believed_added": (0.0, LARGEST),
    "believed_norm": (0.0, LARGEST),
    "cost": (0.0, LARGEST),
    "full_scale": (0.0, LARGEST),
    "range_": (0.0, LARGEST),
}
_PLAIN = {torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float32, torch.float64,
          torch.uint16, torch.uint32, torch.uint64}  # fmt: skip


def plain_array(name: str, tensor: Tensor | None) -> np.ndarray:
    """A tensor of a file as an array; raises ValueError when it is missing, and for kinds that numpy does not have."""
    if tensor is None:
        raise ValueError(f"{name} is missing")
    if tensor.dtype not in _PLAIN:
        raise ValueError(f"{name} holds {tensor.dtype}, expected torch.float64")
    return tensor.numpy()


def conductances(name: str, tensor: Tensor, largest_s: float) -> np.ndarray:
    """Cells of one array [S], float64; raises ValueError for what no cell has, largest_s at most. Their shape is
    checked where they are placed."""
    g_s = plain_array(name, tensor)
    checked_array(f"{name} [S]", g_s, "f", (None,) * g_s.ndim, 0, largest_s)
    return g_s.astype(np.float64)


def register(name: str, tensor: Tensor | None, shape: tuple[int, ...]) -> np.ndarray:
    """What a register holds; name: `<layer>/<register>`. Raises ValueError."""
    value, key = plain_array(name, tensor), name.rpartition("/")[2]
    if key == "clipped":
        return checked_array(name, value, "b", shape)
    if value.dtype != np.float64:
        raise ValueError(f"{name} holds {value.dtype}, expected float64")
    low, high = RANGES.get("range_" if key.startswith("range_") else key, (-LARGEST, LARGEST))
    checked_array(name, value, "f", shape, low, high)
    if key == "believed_covariance":
        checked_array(f"{name}, variances", np.stack([value[0, 0], value[1, 1]]), "f", (2, *shape[2:]), 0, LARGEST)
    return value


def check_beliefs(layer: str, believed: Mapping[str, np.ndarray], weight: np.ndarray) -> None:
    """Raises ValueError where what a calibration believes by name (..., neurons) contradicts itself or the trained
    weight (outputs, rows): a covariance that is not symmetric or has a negative variance of some sum, other norms."""
    found, norm = believed["norm"], np.linalg.norm(weight, axis=1)
    if not np.allclose(found, np.repeat(norm, found.size // norm.size), rtol=1e-6, atol=0):
        raise ValueError(f"{layer}/believed_norm is not the norm of the layer's weights")
    (v0, v01), (v10, v1) = believed["covariance"]
    # differences of slow noise are rounded as all of it is
    whole = (v0 + np.abs(believed["frozen"][0, 0])) * (v1 + np.abs(believed["frozen"][1, 1]))
    if (np.abs(v01 - v10) > ROUNDING * np.sqrt(whole)).any():
        raise ValueError(f"{layer}/believed_covariance is not symmetric")
    if (v01 * v10 - v0 * v1 > ROUNDING * whole).any():
        raise ValueError(f"{layer}/believed_covariance is none: some sums of the signals have a negative variance")


def state(name: str, tensor: Tensor | None, like: np.ndarray) -> np.ndarray:
    """What goes on from read to read, of the kind and shape of `like`: traps 0 or 1, the last decision 0 or +-1, counts
    not negative. Raises ValueError."""
    value = plain_array(name, tensor)
    if value.dtype != like.dtype:
        raise ValueError(f"{name} holds {value.dtype}, expected {like.dtype}")
    if value.dtype.kind == "f":
        most = 1.0 if "/comparator/" in name else LARGEST
        return checked_array(name, value, "f", like.shape, -most, most)
    return checked_array(name, value, "iu", like.shape, 0, 1 if value.dtype == np.uint8 else OBSERVATION_VECTOR - 1)
