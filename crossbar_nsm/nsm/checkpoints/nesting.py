"""Where in a checkpoint its network is: beside epochs, optimizer and hyperparameters, under whatever key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from device_models.errors import CheckpointError, quoted

DEEPEST = 5
_WEIGHT = re.compile(r"(^|\.)weight(_g|_v|_orig|\.original\d*)?$")  # also as torch.nn.utils stores what it computes
Keys = tuple[Any, ...]


def network_in(path: Path, content: Any) -> tuple[dict[str, Tensor], list[str]]:
    """The tensors of the one network in what torch.save wrote, by name, and what was left out, in words. Raises
    CheckpointError where there is none, or more than one."""
    found = dict(_networks(content, (), set()))
    if len(found) > 1:
        names = " and ".join(_text(keys) for keys in list(found)[:4])
        key = "".join(f"[{quoted(key)}]" for key in next(iter(found)))
        raise CheckpointError(
            f"{path}: holds {len(found)} networks: {names}; save the one that is meant, for example "
            f"torch.save(torch.load({quoted(path.name)}){key}, 'net.pt')"
        )
    if not found and not _only_tensors(content):
        raise CheckpointError(f"{path}: expected a plain state_dict, a mapping from names to tensors{_holds(content)}")
    keys, state = next(iter(found.items())) if found else ((), content)
    tensors = {name: value for name, value in state.items() if isinstance(value, Tensor)}
    beside = [key for key in state if key not in tensors]
    for depth in range(len(keys)):
        beside += [key for key in _inside(content, keys[:depth]) if key != keys[depth]]
    said = [f"read {_text(keys)}"] if keys else []
    if beside:
        said.append(f"left out {_some(beside)}")
    return _by_text(path, tensors), said


def _networks(content: Any, keys: Keys, seen: set[int]) -> Iterator[tuple[Keys, Mapping[Any, Any]]]:
    """Every mapping that holds tensors called weight, or a mapping of tensors for each layer, whose names are put
    together; under its keys, none inside another."""
    if not isinstance(content, Mapping) or len(keys) > DEEPEST or id(content) in seen:
        return
    seen.add(id(content))
    if any(isinstance(value, Tensor) and _WEIGHT.search(str(name)) for name, value in content.items()):
        yield keys, content
        return
    if any(_is_nsm_layer(value) for value in content.values()):
        yield keys, _of_layers(content)
        return
    for key, value in content.items():
        yield from _networks(value, (*keys, key), seen)


def _is_nsm_layer(content: Any) -> bool:
    return (
        isinstance(content, Mapping)
        and bool(content)
        and all(isinstance(content.get(part), Tensor) for part in ("weight", "beta"))
    )


def _of_layers(content: Mapping[Any, Any]) -> dict[Any, Any]:
    """What lies in layers by layer and part; what else is there as it is."""
    layers = {key: value for key, value in content.items() if isinstance(value, Mapping) and "weight" in value}
    others = {key: value for key, value in content.items() if key not in layers}
    return {f"{key}.{part}": tensor for key, parts in layers.items() for part, tensor in parts.items()} | others


def _only_tensors(content: Any) -> bool:
    if not isinstance(content, Mapping) or not content:
        return False
    return all(isinstance(value, Tensor) for value in content.values())


def _by_text(path: Path, tensors: Mapping[Any, Tensor]) -> dict[str, Tensor]:
    """The same under names that are text."""
    named = {str(name): value for name, value in tensors.items()}
    if len(named) < len(tensors):
        raise CheckpointError(f"{path}: two tensors have names that are the same as text")
    return named


def _inside(content: Any, keys: Keys) -> Any:
    for key in keys:
        content = content[key]
    return content


def _text(keys: Keys) -> str:
    return " > ".join(quoted(key, 30) for key in keys)


def _some(keys: list[Any]) -> str:
    more = f" and {len(keys) - 6} more" if len(keys) > 6 else ""
    return ", ".join(quoted(key, 30) for key in keys[:6]) + more


def _holds(content: Any) -> str:
    if isinstance(content, Mapping) and content:
        empty = [key for key, value in content.items() if isinstance(value, Mapping) and not value]
        return f"; it holds {_some(list(content))}" + (f", of which {_some(empty)} is empty" if empty else "")
    if isinstance(content, Mapping):
        return ", and it is empty"
    return f"; it is a {type(content).__name__}"
