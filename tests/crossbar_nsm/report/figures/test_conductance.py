from itertools import pairwise

import numpy as np
import pytest
from support.networks import dense_network

from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.report.figures.conductance import BINS, conductance_histogram
from device_models import load_device


@pytest.fixture(scope="module")
def chip():
    array = {"output_layer": "array"}
    config = HardwareConfig.model_validate({"device": load_device("rram_wan2022"), "array": array})
    return MappedNetwork(dense_network(40, 30, 20, 4), config)


def test_every_cell_of_every_layer_is_counted_as_aimed_at_and_as_programmed(chip):
    panels = conductance_histogram(chip).axes
    assert [axes.get_title() for axes in panels] == [f"{name}, rram_wan2022" for name in ("fc1", "fc2", "out")]
    for axes, layer in zip(panels, chip.mapped_layers(), strict=True):
        array = layer.arrays["main"]
        groups = [array.g_s[0], array.targets.target_s[0], array.g_s[1], array.targets.target_s[1]]
        for patch, cells in zip(axes.patches, groups, strict=True):
            corners = patch.get_xy()
            edges = np.unique(corners[:, 0])
            assert len(edges) == BINS + 1
            assert _counts(corners, edges) == pytest.approx(np.histogram(1e6 * cells, edges)[0])
            assert _counts(corners, edges).sum() == cells.size
        marks = [line.get_xdata()[0] for line in axes.lines]
        conductance = chip.config.device.conductance
        assert marks == pytest.approx([1e6 * conductance.g_min_s, 1e6 * conductance.g_max_s])


def _counts(corners: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Heights of a step histogram's outline within each bin."""
    middle = (edges[:-1] + edges[1:]) / 2
    heights = np.zeros(len(middle))
    for (x0, y0), (x1, y1) in pairwise(corners):
        if y0 == y1:
            inside = (min(x0, x1) < middle) & (middle < max(x0, x1))
            heights[inside] = np.maximum(heights[inside], y0)
    return heights
