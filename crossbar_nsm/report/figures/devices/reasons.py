"""Why a device has no figure of some name."""

from __future__ import annotations

from collections.abc import Iterable

from device_models import Device
from device_models.characterise.traces import has_memory
from device_models.errors import ConfigError


def missing(device: Device, name: str) -> str | None:
    """Why the device has no figure of this name; None: it has."""
    kinds = device.part_kinds().values()
    exact = not device.programming.scopes and device.programming.pulses is None
    if name == "programming_error" and exact:
        return "programming is exact"
    if name in ("read_traces", "spectrum") and not has_memory(device):
        return (
            f"no {_either(kind.noun for kind in kinds if not kind.independent_reads)}: successive reads are independent"
        )
    if name == "drift" and not device.changes_with_time:
        return f"no {_either(kind.noun for kind in kinds if kind.ages)}: conductances stay as programmed"
    return None


def refuse(device: Device, name: str) -> None:
    """Raises ConfigError for a device that has no figure of this name."""
    reason = missing(device, name)
    if reason:
        raise ConfigError(f"{device.name}: {reason}")


def _either(nouns: Iterable[str]) -> str:
    *others, last = (noun.removeprefix("a ") for noun in nouns)
    return f"{', '.join(others)} or {last}"
