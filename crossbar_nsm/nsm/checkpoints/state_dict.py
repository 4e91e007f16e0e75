"""A plain state_dict, as people save them: from torch.save or a .safetensors file without metadata of this program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from crossbar_nsm.nsm.checkpoints.header import DIGESTS, IMAGES, is_own, is_safetensors
from crossbar_nsm.nsm.checkpoints.layer_names import by_layer
from crossbar_nsm.nsm.checkpoints.layer_order import in_order
from crossbar_nsm.nsm.checkpoints.layer_parts import Parts, beta_of, with_units
from crossbar_nsm.nsm.checkpoints.nesting import network_in
from crossbar_nsm.nsm.checkpoints.ordinary_network import not_an_nsm
from crossbar_nsm.nsm.checkpoints.stored_network import read_safetensors
from crossbar_nsm.nsm.checkpoints.torch_file import read_torch_file, unpacked_bytes
from device_models.errors import CheckpointError, quoted
from device_models.files.reading import size_text
from device_models.warning import warn


@dataclass(frozen=True)
class StateDict:
    """Tensors by layer and part, in the order of the layers. carried: images for calibration, digests. said: what was
    left out, renamed or rounded, in words."""

    path: Path
    layers: dict[str, dict[str, Tensor]]
    carried: dict[str, Tensor]
    said: list[str]

    def tell(self, *more: str) -> None:
        """Warn of what is not in the network as it is in the file, in one line."""
        if self.said or more:
            warn(f"{self.path}: {'; '.join([*self.said, *more])}")


def read_state_dict(path: Path) -> StateDict:
    """Raises CheckpointError for what is no state_dict, and for one of a network without beta."""
    if is_safetensors(path):
        tensors, metadata = read_safetensors(path)
        if is_own(metadata):
            raise CheckpointError(f"{path}: is a file of this program, and no state_dict; load it as it is")
        return from_tensors(path, tensors, [], file_has_order=False)
    tensors, said = network_in(path, read_torch_file(path))
    _check_sizes(path, tensors)
    return from_tensors(path, {name: value.detach() for name, value in tensors.items()}, said)


def from_tensors(path: Path, tensors: dict[str, Tensor], said: list[str], file_has_order: bool = True) -> StateDict:
    """The same of tensors by their names in the file, whose order is that of the layers or means nothing."""
    carried = {name: tensors.pop(name) for name in (IMAGES, DIGESTS) if name in tensors}
    layers, renamed = by_layer(path, tensors)
    plain = [name for name, parts in layers.items() if beta_of(parts) is None]
    if not layers:
        raise CheckpointError(f"{path}: holds no tensors of layers; save the state_dict of a network")
    if len(plain) == len(layers):
        raise not_an_nsm(path, layers)
    said = said + renamed + _rounded(layers)
    for name, parts in layers.items():
        layers[name], repeated = with_units(path, name, parts)
        said += repeated
    sizes = {name: tuple(parts["weight"].shape) if "weight" in parts else () for name, parts in layers.items()}
    order = in_order(path, sizes, plain, file_has_order)
    return StateDict(path, {name: layers[name] for name in order}, carried, said)


def _check_sizes(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Raises CheckpointError for tensors that repeat their values, of which a small file can claim any number."""
    most = unpacked_bytes(path)
    for name, value in tensors.items():
        size = value.numel() * value.element_size()  # nbytes is not known of sparse ones, which are refused later
        if size > most:
            raise CheckpointError(f"{path}: {quoted(name)} says {size_text(size)}, more than the file holds")


def _rounded(layers: Mapping[str, Parts]) -> list[str]:
    """What is lost where numbers have more digits than float32; values that it does not hold are refused elsewhere."""
    names = [f"{layer}.{part}" for layer, parts in layers.items() for part, value in parts.items() if _loses(value)]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return [f"rounded from float64 to float32: {', '.join(names[:3])}{more}"] if names else []


def _loses(value: Tensor) -> bool:
    if value.dtype != torch.float64 or value.layout != torch.strided or value.device.type != "cpu":
        return False
    return not torch.equal(value.float().double(), value)
