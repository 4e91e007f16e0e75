"""Layers in the names of tensors: `_orig_mod.module.fc1.weight` is the weight of fc1, `0.weight` that of layer0."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from torch import Tensor, nn

from crossbar_nsm.nsm.checkpoints.beside import Path_, common_part, strays
from crossbar_nsm.nsm.checkpoints.parts_behind import check_beside_weights
from crossbar_nsm.nsm.checkpoints.reparametrised import check_plain
from device_models.errors import CheckpointError, quoted

# what torch puts around modules, at any depth: torch.compile, DataParallel and AveragedModel, FSDP, checkpointing
WRAPPERS = {"_orig_mod", "module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"}
COUNTERS = {"n_averaged", "num_batches_tracked"}  # of AveragedModel, of batch normalisation
OWN = ("layers",)  # where a Network keeps its layers


def by_layer(path: Path, tensors: Mapping[str, Tensor]) -> tuple[dict[str, dict[str, Tensor]], list[str]]:
    """Tensors by layer and part, in their order, under names that layers may have; and what was left out, taken away or
    renamed, in words. Raises CheckpointError where two become the same, and where there are two networks."""
    check_plain(path, tensors)
    places, said = _stripped(path, tensors)
    found: dict[Path_, dict[str, Tensor]] = {}
    for name, short in places.items():
        layer, part = short[:-1], short[-1]
        if not layer and any(len(place) > 1 for place in places.values()):
            raise CheckpointError(
                f"{path}: tensor {quoted(name)} belongs to no layer; expected <layer>.weight, .beta, ...; rename it, "
                "or delete it where the network does without"
            )
        if part in found.setdefault(layer, {}):
            text = quoted(".".join(short)).strip("'")
            raise CheckpointError(f"{path}: two tensors are called {text} (with and without a prefix)")
        found[layer][part] = tensors[name]
    names = _allowed_names(path, found)
    renamed = [f"{'.'.join(layer)} is {name}" for layer, name in names.items() if layer != (name,)]
    if renamed:
        said.append(f"layers renamed: {quoted(', '.join(renamed), 150).strip(chr(39))}")
    return {names[layer]: parts for layer, parts in found.items()}, said


def _stripped(path: Path, tensors: Mapping[str, Tensor]) -> tuple[dict[str, Path_], list[str]]:
    """Where tensors are by their names in the file, without wrappers, without what lies beside the network and without
    what all of it begins with, down to a layer and a part; and what was left out and taken away, in words."""
    split = {name: tuple(name.split(".")) for name in tensors}
    counters = [name for name in tensors if split[name][-1] in COUNTERS]
    inside = {name: (*(part for part in all_[:-1] if part not in WRAPPERS), all_[-1]) for name, all_ in split.items()}
    places = _without(inside, counters)
    wrappers = [name for name in WRAPPERS if any(name in split[kept][:-1] for kept in places)]
    beside = strays(places, tensors)
    places = _without(places, beside)
    check_beside_weights(path, places, tensors)
    common: Path_ = ()
    while places:
        top, others = common_part(path, places, tensors)
        if not top:
            break
        beside += others
        common += (top,)
        places = {name: place[1:] for name, place in _without(places, others).items()}
    prefixes = sorted(wrappers)
    if common and (common != OWN or wrappers):
        prefixes.append(".".join(common))
    return places, _said(counters, beside, prefixes)


def _without(places: dict[str, Path_], names: list[str]) -> dict[str, Path_]:
    left_out = set(names)
    return {name: place for name, place in places.items() if name not in left_out}


def _said(counters: list[str], beside: list[str], prefixes: list[str]) -> list[str]:
    said = [f"left out {', '.join(quoted(name, 30) for name in counters[:3])}"] if counters else []
    if beside:
        more = f" and {len(beside) - 6} more" if len(beside) > 6 else ""
        names = ", ".join(quoted(name, 30) for name in beside[:6])
        said.append(f"left out as no part of a layer: {names}{more} (scaling of images, say, is not done)")
    if prefixes:
        said.append(f"names without {' and '.join(f'`{prefix}.`' for prefix in prefixes)}")
    return said


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
