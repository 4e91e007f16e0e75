"""Devices by name, file or mapping. A preset is one YAML file: one paper, one device, a source for every number."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from device_models.checks.arguments import an_override, checked, path_or
from device_models.device import Device
from device_models.errors import ConfigError, allowed, explained_by, quoted
from device_models.files.document import (
    Document,
    load_document,
    nested,
    overlay,
    override_place,
    parse_override,
)
from device_models.files.dotted import split_dotted
from device_models.files.home import at_home
from device_models.schema import validate

DeviceLike = Device | str | Path | Mapping[str, Any]

A_DEVICE = path_or(Device, of="a device, the name of a preset, the path of a YAML file or a mapping")
PRESETS = Path(str(resources.files("device_models") / "presets"))
ALTERNATIVES = [
    ((name, *below), groups)
    for name, kind in Device.part_kinds().items()
    for below, groups in kind.alternatives.items()
]


def preset_paths() -> dict[str, Path]:
    """Bundled presets by name."""
    return dict(_presets())


@cache
def _presets() -> dict[str, Path]:
    return {path.stem: path for path in sorted(PRESETS.glob("*.yaml"))}


@cache
def _bundled(path: Path) -> Document:
    """A bundled preset, read once: every point of a sweep has its device."""
    return load_document(path)


@explained_by("devices")
@checked(spec=A_DEVICE, overrides=an_override)
def load_device(spec: DeviceLike, *overrides: str) -> Device:
    """A device from a preset name, a YAML path, or a mapping such as {preset: NAME, read_noise: {...}} (or
    read_noise.relative_sd: ...), with `dotted.key=value` overrides laid over it; a device is taken as it is.

    Raises ConfigError, one line per mistake.
    """
    if isinstance(spec, Device) and not overrides:
        return spec
    if isinstance(spec, (str, Path)):
        document = Document({"preset": str(spec)}, {(): "device"})
    else:
        document = _given(spec if isinstance(spec, Mapping) else spec.model_dump())
    for override in overrides:
        path, value = parse_override(override)
        if path[0] == "device":
            raise ConfigError(f"{override_place(override)}: these are keys of a device; leave `device.` out")
        document = overlay(document, nested(path, value, override_place(override)), ALTERNATIVES)
    return validate(Device, device_document(document, "device"))


def _given(device: Mapping[str, Any]) -> Document:
    """A mapping of Python, whose keys may be dotted."""
    sections, dotted = split_dotted(device, "configuration")
    document = Document(sections)
    for path, value in dotted:
        document = overlay(document, nested(path, value, "configuration"), ALTERNATIVES)
    return document


def device_document(spec: str | Document, place: str = "device") -> Document:
    """The full description behind `spec`: presets opened, the mapping's own entries laid over the preset's.

    Numbers that the mapping overrides lose the preset's source: they are the user's. `place` is where a name was
    written, for errors.
    """
    if isinstance(spec, str):
        path = _preset_path(spec, place)
        try:
            document = _bundled(path).copy() if path.parent == PRESETS else load_document(path)
        except ConfigError as error:
            raise ConfigError([f"{place}: device {line}" for line in error.mistakes]) from None
        if "preset" in document.data:
            raise ConfigError(
                f"{document.place(('preset',))}: a device file cannot build on a preset; write "
                "`device: {preset: NAME, ...}` in the configuration instead"
            ).see("describe_a_device")
        document.data.setdefault("name", Path(spec).stem)
        return document
    own = spec.copy()
    if "preset" not in own.data:
        return own
    preset = own.data.pop("preset")
    if not isinstance(preset, str) or not preset:
        place = spec.place(("preset",))
        raise ConfigError(f"{place}: preset: expected a preset name or a .yaml path, got {quoted(preset)}")
    base = device_document(preset, spec.place(("preset",)))
    result = overlay(base, own, ALTERNATIVES)
    sources = result.data.get("sources")
    if isinstance(sources, dict):
        result.data["sources"] = {
            path: source
            for path, source in sources.items()
            if path in own.data.get("sources", {}) or _value(result.data, path) == _value(base.data, path) is not None
        }
    return result


def _value(data: Any, dotted: str) -> Any:
    for key in dotted.split("."):
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _preset_path(name: str, place: str) -> Path:
    presets = preset_paths()
    if name in presets:
        return presets[name]
    if Path(name).suffix in (".yaml", ".yml"):
        return Path(at_home(name))
    hint = allowed(presets, name, most=40)
    raise ConfigError(f"{place}: unknown device preset {quoted(name)}, {hint} (or give the path of a .yaml file)").see(
        "presets"
    )
