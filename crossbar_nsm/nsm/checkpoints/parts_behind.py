"""beta and c in a module of their own behind the one with the weight, as in Sequential(Linear, Sign, Linear).

Such a module may see w.z, as it stands behind the weight, or w.z/|w|, and a state_dict does not tell which: it is
refused, with the lines that turn it into a layer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from torch import Tensor

from crossbar_nsm.nsm.checkpoints.beside import Path_, Places
from crossbar_nsm.nsm.checkpoints.layer_order import by_number
from crossbar_nsm.nsm.checkpoints.layer_parts import BETAS, is_vector
from device_models.errors import CheckpointError, quoted

Module = Mapping[str, str]  # the part of a module -> name of its tensor in the file


def check_beside_weights(path: Path, places: Places, tensors: Mapping[str, Tensor]) -> None:
    """Raises CheckpointError where modules have a beta and no weight, while a weight that is not the last has none."""
    modules: dict[Path_, dict[str, str]] = defaultdict(dict)
    for name, place in places.items():
        modules[place[:-1]][place[-1]] = name
    alone = [module for module, parts in modules.items() if module and _is_behind(parts, tensors)]
    without = [parts for parts in modules.values() if "weight" in parts and _beta(parts) is None]
    if not alone or len(without) < 2:
        return
    ordered = by_number([".".join(module) for module in modules]) or [".".join(module) for module in modules]
    named = {".".join(module): parts for module, parts in modules.items()}
    for before, behind in pairwise(ordered):
        if tuple(behind.split(".")) in alone and _takes(named[before], named[behind], tensors):
            raise _refused(path, named[before], named[behind], len(alone) - 1)
    names = " and ".join(quoted(name, 60) for name in modules[alone[0]].values())
    raise CheckpointError(
        f"{path}: {names} are in a module without weight; save them as <layer>.beta and <layer>.c beside the "
        "<layer>.weight that they belong to, in P = 1/2 (1 + erf(beta w.z/|w| + c))"
    )


def _beta(parts: Module) -> str | None:
    return next((parts[name] for name in BETAS if name in parts), None)


def _is_behind(parts: Module, tensors: Mapping[str, Tensor]) -> bool:
    """Whether a module has a beta, perhaps c, and nothing else."""
    return _beta(parts) is not None and parts.keys() <= {*BETAS, "c"} and all(map(is_vector, _of(parts, tensors)))


def _of(parts: Module, tensors: Mapping[str, Tensor]) -> list[Tensor]:
    return [tensors[name] for name in parts.values()]


def _takes(before: Module, behind: Module, tensors: Mapping[str, Tensor]) -> bool:
    """Whether `behind` has a beta for each output of a dense layer `before`, or one for all."""
    if "weight" not in before or _beta(before) is not None or tensors[before["weight"]].ndim != 2:
        return False
    return all(value.numel() in (1, len(tensors[before["weight"]])) for value in _of(behind, tensors))


def _refused(path: Path, before: Module, behind: Module, more: int) -> CheckpointError:
    """The error for one of them, with lines that keep what it computes; `more` modules are like it."""
    named, beta = before["weight"], quoted(_beta(behind), 100)
    layer, weight = named.removesuffix("weight"), quoted(named, 100)
    offsets = [f"s.pop({quoted(behind['c'], 100)})"] if "c" in behind else []
    if "bias" in before:
        offsets.append(f"s[{beta}] * s.pop({quoted(before['bias'], 100)})")
    lines = [f"s[{quoted(f'{layer}c', 100)}] = {' + '.join(offsets)}"] if offsets else []
    lines.append(f"s[{quoted(f'{layer}beta', 100)}] = s.pop({beta}) * s[{weight}].norm(dim=1)")  # beta goes last
    also = f", and so for {more} more" if more else ""
    return CheckpointError(
        f"{path}: {beta} is in a module behind {weight}; P = 1/2 (1 + erf(beta w.z/|w| + c)) needs it beside the "
        f"weight{also}. Where that module sees what the weight gives, in the state_dict s: {'; '.join(lines)} (without "
        "the norm where it sees w.z/|w|)"
    )
