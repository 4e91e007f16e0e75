"""The file of a training that can go on, and what is checked of it before any of it is used: torch's fused optimiser
reads memory by the shapes that its state should have, whatever the state has."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor

from device_models.files.digests import digest
from device_models.files.signs import sign
from device_models.schema import Count, Fraction, NonNegative

KIND = "training state"
MOST_STEPS = 2**24  # that Adam counts: its number of steps is a float32
Like = Mapping[str, Tensor]


@dataclass(frozen=True)
class EpochReport:
    """What one epoch did; errors are fractions, loss and NLL in nats (NLL of the mean over validation_samples)."""

    epoch: Count
    loss: NonNegative
    validation_error: Fraction
    validation_nll: NonNegative
    learning_rate: NonNegative
    seconds: NonNegative


_REPORTS = TypeAdapter(list[EpochReport])


def state_bytes(state: dict[str, Any]) -> bytes:
    """As a file of torch.save, with a digest over all of it and its sign as the comment of the archive."""
    content = io.BytesIO()
    torch.save(state | {"digest": digest(state)}, content)
    with zipfile.ZipFile(content, "a") as archive:
        archive.comment = sign(KIND).encode()
    return content.getvalue()


def check_digest(state: dict[str, Any]) -> None:
    """Raises ValueError for a state that was edited; one without a digest, as earlier versions wrote it, passes."""
    signed = state.pop("digest", None)
    if signed is not None and signed != digest(state):
        raise ValueError("it is not what this program wrote, edited perhaps")


def checked_tensors(name: str, found: Any, like: Like, largest: float = math.inf) -> dict[str, Tensor]:
    """Copies of tensors with the names, shapes and kinds of those in `like`; raises ValueError for others, for NaN and
    for values of `largest` or more."""
    if not isinstance(found, Mapping) or found.keys() != like.keys():
        raise ValueError(f"{name} has other parts than the network")
    return {key: _checked(f"{name} {key}", found[key], value, largest) for key, value in like.items()}


def checked_adam(found: Any, parameters: list[Tensor], steps: int, largest: float) -> dict[int, dict[str, Tensor]]:
    """The state of Adam after this number of updates, by number of the parameter; raises ValueError for another, and
    for mean gradients of `largest` or more."""
    numbers = range(len(parameters) if steps else 0)
    if not isinstance(found, Mapping) or set(found) != set(numbers):
        raise ValueError("the optimiser has other parameters than the network")
    state = {}
    for number in numbers:
        like = {"step": torch.zeros(()), "exp_avg": parameters[number], "exp_avg_sq": parameters[number]}
        state[number] = checked_tensors(f"optimiser, parameter {number},", found[number], like)
        if float(state[number]["step"]) != min(steps, MOST_STEPS):
            raise ValueError(f"the optimiser has made {float(state[number]['step']):g} steps, its epochs have {steps}")
        if not bool((state[number]["exp_avg"].abs() < largest).all()):
            raise ValueError("the optimiser holds gradients too large")
        if bool((state[number]["exp_avg_sq"] < 0).any()):
            raise ValueError("the optimiser holds negative squares")
    return state


def checked_reports(found: Any, epochs: int) -> list[EpochReport]:
    """Reports of the epochs so far, of at most `epochs`; raises ValueError for anything else."""
    try:
        reports = _REPORTS.validate_python(found)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        raise ValueError(f"report {'.'.join(map(str, problem['loc']))}: {problem['msg']}") from None
    if [report.epoch for report in reports] != list(range(1, len(reports) + 1)) or len(reports) > epochs:
        raise ValueError(f"its {len(reports)} reports are not those of the first of {epochs} epochs")
    return reports


def _checked(name: str, tensor: Any, like: Tensor, largest: float) -> Tensor:
    """A copy of its own in memory: tensors of a file may share theirs, or lie in it in any way."""
    if not isinstance(tensor, Tensor) or tensor.layout != torch.strided or tensor.device.type != "cpu":
        raise ValueError(f"{name} is no plain tensor")
    if tensor.shape != like.shape or tensor.dtype != like.dtype:
        raise ValueError(
            f"{name} is {tensor.dtype} of shape {tuple(tensor.shape)}, needed is {like.dtype} of {tuple(like.shape)}"
        )
    if not bool((tensor.abs() < largest).all()):
        raise ValueError(f"{name} holds NaN, or values too large")
    return tensor.detach().clone(memory_format=torch.contiguous_format)
