"""The table of a network in software: its layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crossbar_nsm.report.tables.terminal import TextTable, make_table
from device_models.number_text import lowest_median_highest, range_text

if TYPE_CHECKING:
    from crossbar_nsm.nsm.architecture import Placement
    from crossbar_nsm.nsm.network import Network


def network_table(net: Network) -> TextTable:
    """One line per layer; beta of the lowest, the median and the highest neuron of NSM layers."""
    images = net.calibration_images
    carried = "no calibration images" if images is None else f"{len(images)} calibration images"
    return make_table(
        f"{net.architecture}, method {net.architecture.method.name}, {carried}",
        ["layer", "type", "inputs", "outputs", "weights", "beta"],
        [_line(net, place) for place in net.architecture.placements()],
        "beta: lowest .. median .. highest neuron",
    )


def _line(net: Network, place: Placement) -> list[str]:
    parameters = dict(net.layers[place.spec.name].named_parameters())
    trained = net.architecture.is_nsm and "beta" in parameters
    return [
        place.spec.name,
        place.spec.type,
        "x".join(map(str, place.inputs)),
        "x".join(map(str, place.outputs)),
        str(parameters["weight"].numel()) if "weight" in parameters else "",
        range_text(lowest_median_highest(parameters["beta"].detach().numpy())) if trained else "",
    ]
