import numpy as np
import pytest
from support.networks import dense_network

from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.report.figures.wires import wire_drop
from device_models import load_device


def test_map_of_the_worst_tile_of_every_layer():
    """Rows of 40 inputs on tiles of 32: the full tile is the worse one. Most is taken far from driver and sense."""
    array = {"rows": 32, "cols": 16, "r_row_ohm": 20.0, "r_col_ohm": 30.0}
    config = HardwareConfig.model_validate({"device": load_device("rram_illustrative"), "array": array})
    chip = MappedNetwork(dense_network(40, 30, 20, 4), config)
    panels = wire_drop(chip).axes[:2]
    assert [axes.get_title()[:5] for axes in panels] == ["fc1, ", "fc2, "]
    shown = np.asarray(panels[0].images[0].get_array())
    assert shown.shape == (32, 16)
    assert shown[:8, -4:].mean() > 2 * shown[-8:, :4].mean()
    assert panels[0].get_ylabel() == "row (driven at the left)"
    worst = float(panels[0].get_title().split("drop ")[1].split()[0])
    assert worst == pytest.approx(100 * (1 - _shares(chip).min()), abs=0.6)


def _shares(chip: MappedNetwork) -> np.ndarray:
    """sum T / sum G of every tile of the first layer."""
    main = chip.hidden[0].arrays["main"]
    seen, whole = main.effective.transfer_s, main.g_s
    tiles = [(slice(None), tile.rows, tile.outputs) for tile in main.tiling.tiles()]
    return np.array([seen[cells].sum() / whole[cells].sum() for cells in tiles])
