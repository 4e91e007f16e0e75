"""Tensors that torch computes from others before each pass: a state_dict holds those others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from device_models.errors import CheckpointError, quoted

_UTILS = "torch.nn.utils"
_ENDINGS = {  # of the names of what one tensor is computed from: who does it, and what ends it
    ("_g", "_v"): ("weight_norm", f"{_UTILS}.remove_weight_norm(layer, {{}})"),
    ("_orig", "_mask"): ("pruning", f"{_UTILS}.prune.remove(layer, {{}})"),
    ("_orig", "_u"): ("spectral_norm", f"{_UTILS}.remove_spectral_norm(layer, {{}})"),
}


def check_plain(path: Path, names: Iterable[str]) -> None:
    """Raises CheckpointError where a tensor is stored as what it is computed from."""
    modules = defaultdict[str, set[str]](set)
    for name in names:
        module, _, part = name.rpartition(".")
        modules[module].add(part)
        if ".parametrizations." in f".{module}.":
            layer, _, of = f".{module}".rpartition(".parametrizations.")
            ends = f"{_UTILS}.parametrize.remove_parametrizations(layer, {quoted(of, 30)})"
            raise _refused(path, f"{layer}.{of}".strip("."), "a parametrization", ends)
    for module, parts in modules.items():
        for endings, (who, ends) in _ENDINGS.items():
            for part in sorted(parts):
                of = part.removesuffix(endings[0])
                if of != part and of not in parts and f"{of}{endings[1]}" in parts:
                    raise _refused(path, f"{module}.{of}".strip("."), who, ends.format(quoted(of, 30)))


def _refused(path: Path, name: str, who: str, ends: str) -> CheckpointError:
    return CheckpointError(
        f"{path}: {quoted(name, 60)} is not stored itself, but what {who} computes it from; call {ends} of each such "
        "layer, then save the state_dict"
    )
