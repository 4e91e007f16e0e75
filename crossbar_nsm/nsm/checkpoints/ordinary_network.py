"""What is said of a state_dict that is no NSM's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from device_models.errors import CheckpointError

KINDS = {2: "linear layer", 3: "1D convolution", 4: "convolution", 5: "3D convolution"}  # by dimensions of the weight
WITHOUT_A_NUMBER = ("batch normalisation", "layer normalisation", "recurrence", "attention")


def not_an_nsm(path: Path, layers: Mapping[str, Mapping[str, Tensor]]) -> CheckpointError:
    """The error for layers none of which has a beta."""
    counts = Counter(kind for parts in layers.values() if (kind := _kind(parts)) is not None)
    found = [kind if kind in WITHOUT_A_NUMBER else f"{n} {kind}{'s' if n > 1 else ''}" for kind, n in counts.items()]
    looks, such = "its tensors are no layer's, either", ""
    if found:
        looks, such = f"it looks like an ordinary network of {_joined(found)}", " of such layers"
    return CheckpointError(
        f"{path}: has no beta, so it is not an NSM: {looks}; train one{such} with crossbar-nsm train (a state_dict of "
        "an NSM has <layer>.weight, .beta and .c, and .weight and .bias of the output layer)"
    )


def _kind(parts: Mapping[str, Tensor]) -> str | None:
    if "running_mean" in parts:
        return "batch normalisation"
    if any(part.startswith("weight_hh") for part in parts):
        return "recurrence"
    if "in_proj_weight" in parts:
        return "attention"
    if "weight" not in parts:
        return None
    return KINDS.get(parts["weight"].ndim, "layer normalisation")


def _joined(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
