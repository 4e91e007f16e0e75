"""The order of layers, from the file, from numbers in their names, or from what fits what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from crossbar_nsm.nsm.architecture import MOST_LAYERS
from device_models.errors import CheckpointError

Sizes = Mapping[str, tuple[int, ...]]  # layer -> shape of its weight, (outputs, inputs, ...)


def in_order(path: Path, sizes: Sizes, last: list[str], file_has_order: bool) -> list[str]:
    """The layers from the first to the last. last: those without beta, one of which is the output layer.

    Raises CheckpointError where two orders are possible. Where none is, the layers come as in the file, which whoever
    makes a network of them will refuse.
    """
    hidden = [name for name in sizes if name not in last]
    given = [list(sizes)] if file_has_order else []
    numbered = by_number(hidden)
    candidates = given + ([] if numbered is None else [numbered + last])
    fitting = [order for order in candidates if _fits(order, sizes, last)]
    if not candidates:
        fitting = [order for order in [_chained(hidden, sizes) + last] if len(order) == len(sizes)]
    if not fitting and not file_has_order:
        names = ", ".join([*sizes][:8])
        raise CheckpointError(
            f"{path}: the order of the layers {names} is not in the file, and neither names nor shapes tell it; "
            "number them (fc1, fc2, ...), or save the state_dict with torch.save"
        )
    if any(order != fitting[0] for order in fitting):
        raise CheckpointError(
            f"{path}: the order of the layers is {', '.join(fitting[0][:8])} in the file and by number "
            f"{', '.join(fitting[1][:8])}, and both fit; save them in the order of their numbers"
        )
    return fitting[0] if fitting else list(sizes)


def by_number(names: list[str]) -> list[str] | None:
    """Sorted by their numbers; None where names differ in more than these."""
    split = {name: re.split(r"(\d+)", name) for name in names}
    if len({tuple(parts[::2]) for parts in split.values()}) > 1:
        return None

    def numbers(name: str) -> list[tuple[int, str]]:
        return [(len(digits), digits) for digits in (part.lstrip("0") for part in split[name][1::2])]

    return sorted(names, key=numbers)


def _fits(order: list[str], sizes: Sizes, last: list[str]) -> bool:
    """Whether each layer takes what the one before puts out, and the output layer is the last."""
    ends = not last or order[-len(last) :] == last
    return ends and all(_takes(sizes[one], sizes[next_]) for one, next_ in pairwise(order))


def _takes(before: tuple[int, ...], after: tuple[int, ...]) -> bool:
    """Whether a layer can stand behind another: a dense one may take any number of positions of a convolution."""
    if len(before) < 2 or len(after) < 2:
        return True  # no layers, which is said elsewhere
    several = len(before) > 2 and len(after) == 2
    return after[1] == before[0] or (several and before[0] > 0 and after[1] % before[0] == 0)


def _chained(names: list[str], sizes: Sizes) -> list[str]:
    """The one order in which each takes what the one before puts out; not all of them where there is a choice."""
    if len(names) > MOST_LAYERS:
        return []
    left, order = list(names), list[str]()
    next_ = [name for name in left if not _any_before(name, names, sizes)]
    while len(next_) == 1:
        order += next_
        left.remove(next_[0])
        next_ = [name for name in left if _takes(sizes[order[-1]], sizes[name])]
    return order


def _any_before(name: str, names: list[str], sizes: Sizes) -> bool:
    return any(_takes(sizes[other], sizes[name]) for other in names if other != name)
