"""The files that a configuration names, and where their paths lead.

A relative path in a YAML leads to the file beside that YAML, where there is one, and else from the working folder, as
those of `--set` and of Python do. What is written (`output`) goes to the working folder.
"""

from __future__ import annotations

import filecmp
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from crossbar_nsm.datasets.catalogue import NAMES
from crossbar_nsm.experiment.config.bundled import find_config
from crossbar_nsm.experiment.config.overrides import with_overrides
from crossbar_nsm.nsm.bundled import bundled_checkpoints
from device_models.catalogue import preset_paths
from device_models.errors import ConfigError
from device_models.files.archives import is_npz
from device_models.files.document import Document, Path_, load_document, paths
from device_models.warning import note, warn

_DATA_SETS = (("dataset", "name"), ("dataset", "exclude"), ("test", "dataset"), ("calibration_images",))
_CHECKPOINTS = (("checkpoint",), ("start_from",))
_DEVICES = (("device",), ("device", "preset"))
_FOLDERS, _CONDUCTANCES = (("dataset", "root"),), (("array", "conductances"),)
CHECKPOINTS = (".ckpt", ".pt", ".pth", ".safetensors")
MOST_NAMED = 3  # in a note


def config_document(name_or_path: str | Path, overrides: Iterable[str] = ()) -> Document:
    """The YAML of a path or of a bundled name, overrides laid over it, the files that it names itself found. Raises
    ConfigError when there is none, or as `load_document` and `with_overrides` do."""
    path = find_config(name_or_path)
    if path.suffix in CHECKPOINTS:
        raise ConfigError(
            f"{path}: expected a YAML file; a checkpoint is a setting of one: mnist_mlp_rram --set checkpoint={path}"
        )
    document = with_overrides(load_document(path), overrides)
    _find_beside(document, path)
    return document


def named_files(data: Any) -> Iterator[tuple[Path_, str]]:
    """Every path of a file or folder in a configuration or a part of one, those among the values of a sweep included,
    and where it stands."""
    for path in paths(data):
        value = _at(data, path)
        if isinstance(value, str) and value and _is_path(_keys(path), value):
            yield path, value


def replace_value(data: Any, path: Path_, value: Any) -> None:
    """Put `value` in place of what is at `path`."""
    _at(data, path[:-1])[path[-1]] = value


def _find_beside(document: Document, path: Path) -> None:
    folder = path.parent
    if os.path.realpath(folder) == os.path.realpath(os.curdir):
        return
    beside: list[str] = []
    here: list[str] = []
    twice: dict[str, str] = {}  # and where it is named
    for key, value in list(named_files(document.data)):
        if os.path.isabs(value) or value.startswith("~") or document.place(key).startswith("--set"):
            continue
        exists = os.path.isdir if _ends(_keys(key), _FOLDERS) else os.path.isfile
        there = str(folder / value)
        if exists(there):
            if exists(value) and not _same(there, value):
                twice.setdefault(value, document.place(key))
            replace_value(document.data, key, there)
            beside.append(value)
        elif exists(value):
            here.append(value)
    if twice:
        are, used = ("is", "the one") if len(twice) == 1 else ("are", "those")
        warn(
            f"{next(iter(twice.values()))}: {_some(list(twice))} {are} there twice, with other content, beside "
            f"{path.name} and in the working folder; {used} beside it {are} used"
        )
    if beside or here:
        found = {f"beside {path}": beside, "in the working folder": here}
        note("; ".join(f"found {where}: {_some(names)}" for where, names in found.items() if names))


def _same(one: str, other: str) -> bool:
    """Whether two paths are one file or folder, or files of the same content."""
    return os.path.samefile(one, other) or (os.path.isfile(one) and filecmp.cmp(one, other, shallow=False))


def _some(names: list[str]) -> str:
    distinct = list(dict.fromkeys(names))
    more = len(distinct) - MOST_NAMED
    return ", ".join(distinct[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _keys(path: Path_) -> tuple[str, ...]:
    """The keys on the way to a value; those of a sweep are dotted, and values lie in lists."""
    return tuple(part for key in path if isinstance(key, str) for part in key.split("."))


def _is_path(keys: tuple[str, ...], value: str) -> bool:
    """Whether the value at these keys is a path: where a name of the package may stand, that comes first."""
    if _ends(keys, _DATA_SETS):
        return is_npz(value) and value not in NAMES
    if _ends(keys, _CHECKPOINTS):
        return value not in bundled_checkpoints()
    if _ends(keys, _DEVICES):
        return value.endswith((".yaml", ".yml")) and value not in preset_paths()
    return _ends(keys, _FOLDERS) or _ends(keys, _CONDUCTANCES)


def _ends(keys: tuple[str, ...], endings: tuple[tuple[str, ...], ...]) -> bool:
    return any(keys[-len(ending) :] == ending for ending in endings)


def _at(data: Any, path: Path_) -> Any:
    for key in path:
        data = data[key]
    return data
