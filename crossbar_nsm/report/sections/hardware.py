"""What the cells and wires of the chips are like: chips of the best and of the worst point are programmed anew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossbar_nsm.array.operand import MAIN
from crossbar_nsm.experiment.map_network import map_network
from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from crossbar_nsm.report.figures.conductance import conductance_histogram
from crossbar_nsm.report.figures.devices.laws import drift
from crossbar_nsm.report.figures.devices.reasons import missing
from crossbar_nsm.report.figures.drawings import Drawings
from crossbar_nsm.report.figures.noise import noise_needed
from crossbar_nsm.report.figures.wires import wire_drop
from crossbar_nsm.report.page.parts import LeftOut, PageFigure, Section
from crossbar_nsm.report.points.examples import examples
from crossbar_nsm.report.points.words import point_text
from device_models.device import Device
from device_models.number_text import time_text

MOST_DRIFTS = 6  # figures of devices over time


@dataclass(frozen=True)
class ExampleChip:
    """The first chip of a point that has a result. text: which it is and why it is shown; name: the same for files."""

    name: str
    text: str
    point: PointResults
    chip: MappedNetwork


def example_chips(results: Results) -> list[ExampleChip]:
    """Chips of the points of lowest and highest NLL, programmed as they were in the study; none without a result.

    Raises CrossbarError when a checkpoint, or a file that a device names, is no longer where it was.
    """
    chips = []
    for one in examples(results):
        number, config = min(one.point.chips), one.point.config
        chip = map_network(load_checkpoint(config.checkpoint), config, chip=number)
        chips.append(ExampleChip(one.file_part, f"{one.text(results)}, chip {number}", one.point, chip))
    return chips


def noise(chips: list[ExampleChip], drawings: Drawings) -> Section | LeftOut | None:
    """Noise needed against noise available, once for every device; None without chips."""
    if not any(one.chip.calibration for one in chips):
        return LeftOut("noise and beta", "no layer on the chips has a beta") if chips else None
    figures: list[PageFigure] = []
    drawn: list[Device] = []
    for one in chips:
        for device, betas in _betas_by_device(one.chip):
            if device not in drawn:
                drawn.append(device)
                some = len(betas) < len(one.chip.hidden)
                name = "_".join(["noise_needed", one.name, *(betas if some else ())])
                text = f"{one.text}, layers {', '.join(betas)}." if some else f"{one.text}."
                figures.append(drawings.add(name, noise_needed(device, betas), text))
    text = (
        "A synapse with a trained beta needs a fluctuation of 1/(√2 beta). Beside it is what the cells have, effect "
        "by effect: a circuit can amplify what is fresh; what is slow is the same in one read and the next."
    )
    return Section("Noise needed and noise available", (text,), tuple(figures))


def _betas_by_device(chip: MappedNetwork) -> list[tuple[Device, dict[str, np.ndarray]]]:
    """Trained beta of the layers on each device."""
    devices = [layer.device for layer in chip.hidden]
    different = [device for index, device in enumerate(devices) if device not in devices[:index]]
    return [
        (device, {layer.name: layer.calibration.trained_beta for layer in chip.hidden if layer.device == device})
        for device in different
    ]


def conductances(chips: list[ExampleChip], drawings: Drawings) -> Section | None:
    """Targets and programmed conductances; once, where the chips have the same; None without chips."""
    if not chips:
        return None
    different = [one for index, one in enumerate(chips) if not any(_same_cells(one, other) for other in chips[:index])]
    figures = [
        drawings.add(f"conductances_{one.name}", conductance_histogram(one.chip), f"{one.text}.") for one in different
    ]
    return Section("Conductances", ("Targets, and what programming made of them.",), tuple(figures))


def _same_cells(one: ExampleChip, other: ExampleChip) -> bool:
    """Whether two chips hold the same conductances: settings of reads and circuits do not change them."""
    cells = [[layer.arrays[MAIN].g_s for layer in of.chip.mapped_layers()] for of in (one, other)]
    return all(np.array_equal(here, there) for here, there in zip(*cells, strict=True))


def wires(chips: list[ExampleChip], drawings: Drawings) -> Section | LeftOut | None:
    """Map of what the wires take, where they have resistance; None without chips."""
    with_wires = [one for one in chips if not one.point.config.array.wires.perfect]
    if not with_wires:
        return LeftOut("wire drop", "set array.r_row_ohm and array.r_col_ohm") if chips else None
    figures = [drawings.add(f"wire_drop_{one.name}", wire_drop(one.chip), f"{one.text}.") for one in with_wires]
    text = "What the wires take of each cell's effect, in the worst tile of every layer."
    return Section("Wire drop", (text,), tuple(figures))


def drift_over_time(results: Results, drawings: Drawings) -> Section | LeftOut:
    """Conductance over time after programming, of every device that changes."""
    by_device: dict[str, PointResults] = {}
    for point in results.points:
        by_device.setdefault(_ageing(point.config.device), point)
    firsts = list(by_device.values())
    lacking = {point.config.device.name: missing(point.config.device, "drift") for point in firsts}
    still = [f"{name}: {what}." for name, what in lacking.items() if what is not None]
    changing = [point for point in firsts if missing(point.config.device, "drift") is None]
    if not changing:
        return LeftOut("drift over time", "take a device that changes after it is programmed, pcm_joshi2020 say")
    figures = [_drift(results, point, number, drawings) for number, point in enumerate(changing[:MOST_DRIFTS])]
    if len(changing) > MOST_DRIFTS:
        still.append(f"{len(changing) - MOST_DRIFTS} more devices are left out.")
    ages = {point.config.evaluation.age_s for point in results.points} - {0.0}
    evaluated = [f"Chips were evaluated {', '.join(map(time_text, sorted(ages)))} after programming."] if ages else []
    return Section("Drift over time", (*evaluated, *still), tuple(figures))


def _ageing(device: Device) -> str:
    """What the conductances of a device over time depend on."""
    return device.model_dump_json(exclude={"read_noise", "telegraph", "selector", "endurance", "faults"})


def _drift(results: Results, point: PointResults, number: int, drawings: Drawings) -> PageFigure:
    """Of the device of a point; the point is named, as devices of one name may differ."""
    device = point.config.device
    text = f"{point_text(results, point)}: median and 10th to 90th percentile of simulated cells."
    return drawings.add(f"drift_{device.name}" + (f"_{number}" if number else ""), drift(device), text)
