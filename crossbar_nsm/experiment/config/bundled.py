"""Configurations that come with the package, by name, and where a name or path leads.

They lie in `configs` of a checkout, and in the package itself once it is installed; pages of the documentation likewise
in `docs`.
"""

from __future__ import annotations

import os
import re
from difflib import get_close_matches
from functools import cache
from pathlib import Path

import crossbar_nsm
from device_models.catalogue import preset_paths
from device_models.errors import ConfigError, explained_by, quoted
from device_models.files.home import at_home
from device_models.files.reading import read_text
from device_models.warning import note

FOLDER = "configs"
YAML = (".yaml", ".yml")


@cache
def bundled_files(name: str, ending: str) -> dict[str, Path]:
    """Files of a folder of the package, by their path in it without the ending."""
    package = Path(crossbar_nsm.__file__).parent
    folders = (package / name, package.parent / name)
    folder = next((folder for folder in folders if folder.is_dir()), folders[0])
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in sorted(folder.rglob(f"*{ending}"))}


def bundled_configs() -> dict[str, Path]:
    """By name: `mnist_mlp_rram`, `studies/read_noise`."""
    return bundled_files(FOLDER, ".yaml")


@explained_by("configuration")
def find_config(name_or_path: str | Path) -> Path:
    """The file of a path or, where there is none, of a bundled name. Raises ConfigError, with the names that are near,
    when there is neither."""
    text = at_home(str(name_or_path))
    if os.path.lexists(text):
        return Path(text)
    found = _by_name(text)
    if found is None and text in preset_paths():
        raise ConfigError(
            f'{text}: a device, which is one setting: {{"device": "{text}"}} in Python, mnist_mlp_rram --set '
            f"device={text} on the command line"
        )
    if found is None:
        raise ConfigError(f"{text}: no such file{_hint(text)}")
    if text.endswith(YAML):
        note(f"{text}: not in the working folder; the configuration of that name is taken that comes with the package")
    return found


def packaged_config(name: str) -> Path:
    """The same of names alone, whatever files there are."""
    found = _by_name(name)
    if found is None:
        raise ConfigError(f"{quoted(name)}: no configuration of the package{_hint(name)}")
    return found


def description(path: Path) -> str:
    """What a configuration is: the beginning of its first comment."""
    lines = []
    for line in read_text(path, ConfigError).splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("# "))
    return re.split(r"(?<=[?])\s|[:;]\s|\.(?:\s(?=[A-Z`])|$)", " ".join(lines), maxsplit=1)[0]


def _by_name(text: str) -> Path | None:
    """`wires`, `studies/wires`, and `configs/studies/wires.yaml`, as it is called in a checkout; any other name that
    ends in .yaml is meant to be a file of the user's."""
    known = bundled_configs()
    in_checkout = text.removeprefix("./")
    if in_checkout.startswith(f"{FOLDER}/"):
        return known.get(in_checkout.removeprefix(f"{FOLDER}/").removesuffix(YAML[0]))
    return known.get(text, {full.rpartition("/")[2]: path for full, path in known.items()}.get(text))


def _hint(text: str) -> str:
    """Names that are near, of those with and without their folder."""
    stem = Path(text).stem
    known = {full.rpartition("/")[2]: full for full in bundled_configs()}
    near = [known[name] for name in get_close_matches(stem[:100], known, n=3)]
    near += [full for name, full in known.items() if len(stem) > 3 and stem in name and full not in near][:3]
    if near:
        return f"; configurations of the package with a name like that: {', '.join(near)}"
    return "" if text.endswith(YAML) else "; `crossbar-nsm configs` lists the configurations of the package"
