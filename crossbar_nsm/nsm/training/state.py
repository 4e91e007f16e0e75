"""The file of a training that can go on, and what is checked of it before any of it is used: torch's fused optimiser
reads memory by the shapes that its state should have, whatever the state has."""

from __future__ import annotations

import hashlib
import io
import math
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor

from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.checkpoints.torch_file import load_tensors
from crossbar_nsm.nsm.training.config import TrainingConfig
from device_models.errors import CheckpointError
from device_models.files.digests import digest
from device_models.files.reading import open_regular
from device_models.files.signs import sign
from device_models.schema import Count, Fraction, NonNegative, Schema
from device_models.shown import shown

KIND = "training state"
MOST_STEPS = 2**24  # that Adam counts: its number of steps is a float32
Like = Mapping[str, Tensor]


@shown
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


def take_over(path: Path, identity: Mapping[str, str], receive: Callable[[dict[str, Any]], None]) -> None:
    """Give the state in a file to `receive`, which raises whatever it likes where that does not fit. Raises
    CheckpointError if it is damaged or was written by a run of another identity."""
    try:
        if not path.is_file():
            raise ValueError("it is no file")
        open_regular(path, CheckpointError).close()  # one that may not be read is not a damaged one
        state = load_tensors(path)
        _check_digest(state)
        written = _with_new_settings(state["identity"])
        different = [name for name, value in identity.items() if written.get(name, "") != value]
        if not different:
            receive(state)
    except CheckpointError:
        raise
    except Exception as error:  # torch has many ways of saying that a file is not what it was
        why = " ".join(str(error).split())[:150] if type(error) is ValueError else type(error).__name__
        raise CheckpointError(
            f"{path}: not a training state of this program ({why}); delete it to start again"
        ) from None
    if different:
        raise CheckpointError(
            f"{path}: was written by a run with other {', '.join(different)}; "
            "choose another output folder, or delete this file to start again"
        )


def tensors_digest(*tensors: Tensor) -> str:
    """Hash of values and shapes."""
    result = hashlib.blake2b(digest_size=16)
    for tensor in tensors:
        result.update(repr((tensor.dtype, tuple(tensor.shape))).encode())
        result.update(tensor.detach().contiguous().numpy().data)
    return result.hexdigest()


def _with_new_settings(identity: dict[str, str]) -> dict[str, str]:
    """The identity in a file as this version writes it: settings that came after the file have their defaults."""
    models: dict[str, type[Schema]] = {"network": Architecture, "training settings": TrainingConfig}
    return {
        name: settings_text(models[name].model_validate_json(value)) if name in models else value
        for name, value in identity.items()
    }


def settings_text(settings: Schema) -> str:
    """Settings that decide what a training gives. Where the network that it starts from lies does not: what is in that
    file does, which has a digest of its own."""
    path = {"start_from": None} if isinstance(settings, TrainingConfig) else {}
    return settings.model_copy(update=path).model_dump_json()


def _check_digest(state: dict[str, Any]) -> None:
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
