"""Whether the numbers of a network can be calculated with."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from device_models.errors import ConfigError

LARGEST_VALUE = 1e15  # sums over inputs must stay within float32


def problem_of(tensor: Tensor) -> str:
    """What is wrong with the values of a dense tensor of real numbers, in words; empty where nothing is."""
    if tensor.is_meta:
        return "no values (it is on the meta device)"
    low, high = torch.aminmax(tensor.detach() if tensor.dtype == torch.float64 else tensor.detach().float())
    largest = max(-float(low), float(high))  # both are NaN where any value is
    if largest < LARGEST_VALUE:
        return ""
    finite = largest < float("inf")
    return f"values up to {largest:.2g}, more than {LARGEST_VALUE:g}" if finite else "NaN or infinite values"


def check_values(state: Mapping[str, Tensor]) -> None:
    """Raises ConfigError for NaN and for values that no checkpoint may hold; `state` is that of a network, by name."""
    for name, value in state.items():
        if problem := problem_of(value):
            raise ConfigError(f"the network's {name} holds {problem}; nothing can be computed with it")


def check_computable(state: Mapping[str, Tensor]) -> None:
    """As `check_values`, and for what numpy does not read: other devices than the CPU, bfloat16."""
    for name, value in state.items():
        if value.device.type not in ("cpu", "meta"):
            raise ConfigError(f"the network's {name} is on {value.device}; sampling is done on the CPU: net.cpu()")
        if value.dtype not in (torch.float32, torch.float64, torch.float16):
            raise ConfigError(f"the network's {name} holds {value.dtype}, expected torch.float32: net.float()")
    check_values(state)
