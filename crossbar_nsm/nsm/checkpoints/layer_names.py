"""Layers in the names of tensors: `_orig_mod.module.fc1.weight` is the weight of fc1, `0.weight` that of layer0."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from torch import nn

from device_models.errors import CheckpointError, quoted

# what torch puts around modules, at any depth: torch.compile, DataParallel and AveragedModel, FSDP, checkpointing
WRAPPERS = {"_orig_mod", "module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"}
COUNTERS = {"n_averaged", "num_batches_tracked"}  # of AveragedModel, of batch normalisation
OWN = ("layers",)  # where a Network keeps its layers
Path_ = tuple[str, ...]  # of a tensor: names of modules, and of the part
T = TypeVar("T")


def by_layer(path: Path, tensors: Mapping[str, T]) -> tuple[dict[str, dict[str, T]], list[str]]:
    """Tensors by layer and part, in their order, under names that layers may have; and what was taken away or renamed,
    in words. Raises CheckpointError where two become the same."""
    counters = [name for name in tensors if name.rpartition(".")[2] in COUNTERS]
    kept = [name for name in tensors if name not in counters]
    stripped, prefixes = _stripped([tuple(name.split(".")) for name in kept])
    said = [f"left out {', '.join(quoted(name, 30) for name in counters[:3])}"] if counters else []
    if prefixes:
        said.append(f"names without {' and '.join(f'`{prefix}.`' for prefix in prefixes)}")
    found: dict[Path_, dict[str, T]] = {}
    for name, short in zip(kept, stripped, strict=True):
        layer, part = short[:-1], short[-1]
        if not layer and any(len(path) > 1 for path in stripped):
            raise CheckpointError(f"{path}: tensor {quoted(name)} belongs to no layer; expected <layer>.weight")
        if part in found.setdefault(layer, {}):
            text = quoted(".".join(short)).strip("'")
            raise CheckpointError(f"{path}: two tensors are called {text} (with and without a prefix)")
        found[layer][part] = tensors[name]
    names = _allowed_names(path, found)
    renamed = [f"{'.'.join(layer)} is {name}" for layer, name in names.items() if layer != (name,)]
    if renamed:
        said.append(f"layers renamed: {quoted(', '.join(renamed), 150).strip(chr(39))}")
    return {names[layer]: parts for layer, parts in found.items()}, said


def _stripped(names: list[Path_]) -> tuple[list[Path_], list[str]]:
    """Names without wrappers and without what all of them begin with, down to a layer and a part; and what that was."""
    wrappers = [name for name in WRAPPERS if any(name in path[:-1] for path in names)]
    names = [(*(part for part in path[:-1] if part not in WRAPPERS), path[-1]) for path in names]
    common: Path_ = ()
    while names and all(len(path) > 2 and path[0] == names[0][0] for path in names):
        common += names[0][:1]
        names = [path[1:] for path in names]
    prefixes = sorted(wrappers)
    if common and (common != OWN or wrappers):
        prefixes.append(".".join(common))
    return names, prefixes


def _allowed_names(path: Path, layers: Iterable[Path_]) -> dict[Path_, str]:
    named: dict[str, Path_] = {}
    for layer in layers:
        name = _allowed_name(layer)
        if name in named:
            both = f"{quoted('.'.join(named[name]))} and {quoted('.'.join(layer))}"
            raise CheckpointError(f"{path}: the layers {both} would both be called {quoted(name)}")
        named[name] = layer
    return {layer: name for name, layer in named.items()}


def _allowed_name(layer: Path_) -> str:
    """A name that `LayerName` and torch allow."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", "_".join(layer))
    if not layer:
        name = "layer"  # of a state_dict of one module
    elif name[:1].isdigit():
        name = f"layer{name}"
    elif not name[:1].isalpha() or hasattr(nn.ModuleDict(), name):
        name = f"layer_{name.lstrip('_')}"
    return name
