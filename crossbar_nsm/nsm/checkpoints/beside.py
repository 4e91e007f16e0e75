"""What lies beside one network in a state_dict: another network, the loss and metrics of a training module, counters,
statistics of the images."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import takewhile
from pathlib import Path

from torch import Tensor

from crossbar_nsm.nsm.checkpoints.layer_parts import BETAS, PARTS, is_vector
from device_models.errors import CheckpointError, quoted

Path_ = tuple[str, ...]  # of a tensor: names of modules, and of the part
Places = Mapping[str, Path_]  # by the tensor's name in the file
NEEDED = {*PARTS, "running_mean", "running_var"}  # by a layer, or by normalisation, which is not to be passed over
FLAT = ""  # the group of tensors with a layer and a part alone


def strays(places: Places, tensors: Mapping[str, Tensor]) -> list[str]:
    """Numbers and vectors without a weight, beta, c or bias beside them; none where no layer has a beta, which may then
    be among them under a name of its own."""
    if not any(place[-1] in BETAS for place in places.values()):
        return []
    modules: dict[Path_, list[str]] = defaultdict(list)
    for name, place in places.items():
        modules[place[:-1] or place].append(name)  # what is in no module stands alone
    return [
        name
        for names in modules.values()
        if all(places[name][-1] not in NEEDED and is_vector(tensors[name]) for name in names)
        for name in names
    ]


def common_part(path: Path, places: Places, tensors: Mapping[str, Tensor]) -> tuple[str, list[str]]:
    """What the one network's names begin with, empty where that is a layer or differs; and the names beside it. Raises
    CheckpointError where several networks lie side by side."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name, place in places.items():
        groups[_group(place)].append(name)
    if len(groups) == 1:
        return next(iter(groups)), []
    classes = {top: found for top, names in groups.items() if (found := _classes(names, places, tensors))}
    if len(classes) > 1:
        raise _several(path, [names for top, names in groups.items() if top in classes])
    for top, of_top in classes.items():
        others = [name for name in places if _group(places[name]) != top]
        if _weigh_classes(others, places, tensors, of_top):
            return top, others
    return FLAT, []


def _group(place: Path_) -> str:
    return place[0] if len(place) > 2 else FLAT


def _classes(names: Iterable[str], places: Places, tensors: Mapping[str, Tensor]) -> set[int]:
    """Outputs of what may be an output layer beside hidden layers with a beta; empty unless there are both."""
    hidden = {places[name][:-1] for name in names if places[name][-1] in BETAS}
    weights = [name for name in names if places[name][-1] == "weight" and places[name][:-1] not in hidden]
    return {len(tensors[name]) for name in weights if tensors[name].ndim == 2} if hidden else set()


def _weigh_classes(names: list[str], places: Places, tensors: Mapping[str, Tensor], classes: set[int]) -> bool:
    """Whether these are weights of the classes in losses: in normalisation, which has a weight too, a module has more
    or is as wide as a layer."""
    in_module = Counter(place[:-1] for place in places.values())
    return all(
        places[name][-1] == "weight"
        and in_module[places[name][:-1]] == 1
        and tuple(tensors[name].shape) in {(n,) for n in classes}
        for name in names
    )


def _several(path: Path, networks: list[list[str]]) -> CheckpointError:
    begin = [_beginning(names) for names in networks]
    called = " and ".join(f"under {quoted(f'{text}.', 30)}" if text else "without a prefix" for text in begin[:4])
    one = quoted(f"{next(filter(None, begin), '')}.", 30)
    return CheckpointError(
        f"{path}: holds {len(networks)} networks, {called}; save the one that is meant, for example "
        f"{{k.removeprefix({one}): v for k, v in state.items() if k.startswith({one})}}"
    )


def _beginning(names: list[str]) -> str:
    """What names have in common, in whole parts."""
    same = takewhile(lambda parts: len(set(parts)) == 1, zip(*(name.split(".") for name in names), strict=False))
    return ".".join(parts[0] for parts in same)
