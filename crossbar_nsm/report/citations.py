"""What to cite for a piece of work: the software, the paper of the network, and everything that its devices use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from crossbar_nsm.experiment.config.load import resolve, resolve_training
from crossbar_nsm.experiment.config.named_files import config_document
from crossbar_nsm.experiment.config.points import at_point, sweep_points
from device_models import Device
from device_models.references import Reference, collect, reasons

ALWAYS = (("crossbar_nsm", "this software"), ("detorakis2019", "Neural Sampling Machines"))


def citations(devices: Iterable[Device] = ()) -> list[Reference]:
    """Software and paper, then what the devices cite, sorted by key; each entry once, with all its reasons. Raises
    ConfigError for references that are not known."""
    references = collect([*ALWAYS, *(reason for device in devices for reason in reasons(device))])
    first = [key for key, _ in ALWAYS]
    return sorted(references, key=lambda entry: first.index(entry.key) if entry.key in first else len(first))


def devices_of(config: str | Path, *overrides: str) -> Iterator[Device]:
    """Devices of an evaluation, those of single layers and of the points of its sweep included, or of the hardware that
    a network is trained for. Raises ConfigError for mistakes in the configuration."""
    document = config_document(config, overrides)
    if "network" in document.data:
        hardware = resolve_training(document).hardware
        yield from hardware.devices if hardware else []
        return
    settings = resolve(document)
    of_devices = [{key: value for key, value in point.items() if "device" in key.split(".")}
                  for point in sweep_points(settings)]  # fmt: skip
    distinct = [point for index, point in enumerate(of_devices) if point and point not in of_devices[:index]]
    for setting in [settings, *(at_point(document, point) for point in distinct)]:
        yield from setting.devices
