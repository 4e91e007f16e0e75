"""Arrays read from files, checked before anything is computed with them."""

from __future__ import annotations

import numpy as np

KINDS = {"f": "real numbers", "i": "whole numbers", "b": "true or false", "iu": "whole numbers"}
SUM_TOLERANCE = 1e-3  # of float32 probabilities over many classes


def checked_array(
    name: str,
    array: np.ndarray,
    kind: str,
    shape: tuple[int | None, ...],
    low: float = -np.inf,
    high: float = np.inf,
    finite: bool = True,
) -> np.ndarray:
    """`array`, which has one of the dtype kinds in `kind` (of `KINDS`), this shape (None: any size) and values in
    [low, high]. finite=False: NaN and infinite values are in order too. Raises ValueError naming it."""
    sizes = tuple(array.shape)
    fits = len(sizes) == len(shape) and all(want in (None, size) for want, size in zip(shape, sizes, strict=True))
    if array.dtype.kind not in kind or not fits:
        wanted = " x ".join("n" if size is None else str(size) for size in shape) or "one value"
        raise ValueError(f"{name}: {array.dtype} of shape {sizes}, expected {KINDS[kind]}, {wanted}")
    if array.dtype.kind == "b" or not array.size:
        return array
    if finite and not np.isfinite(array).all():
        raise ValueError(f"{name}: holds NaN or infinite values")
    if array.min() < low or array.max() > high:
        raise ValueError(f"{name}: {array.min():.3g} to {array.max():.3g}, allowed are {low:.3g} to {high:.3g}")
    return array


def checked_probability(name: str, array: np.ndarray, images: int | None = None) -> np.ndarray:
    """Class probabilities (images, classes) of at least one image. Raises ValueError for anything else."""
    checked_array(name, array, "f", (images, None), 0, 1 + SUM_TOLERANCE)
    if not array.size or np.abs(array.sum(axis=1, dtype=np.float64) - 1).max() > SUM_TOLERANCE:
        raise ValueError(f"{name}: the classes of an image do not add up to 1")
    return array
