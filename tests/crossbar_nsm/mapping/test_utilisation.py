"""Tiles, cells, reads and times of a pass, counted by hand."""

import pytest
from support.cells.arrays import device
from support.networks import conv, conv_network, dense, pool

from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.utilisation import chip_use, layer_use

NET = conv_network(conv(5, 3, padding=1, beta="position"), pool("max", 2), dense(7), image=(2, 8, 6))
READS = {"none": 1, "digital": 1, "averaged": 4, "paired": 2, "replica": 2, "row_mask": 2}


def chip(scaling, **array):
    neuron = {"scaling": scaling, "averaged_reads": 3}
    return MappedNetwork(
        NET,
        HardwareConfig.model_validate(
            {
                "device": device(),
                "array": {"rows": 16, "cols": 8, **array},
                "neuron": neuron,
                "read": {"interval_s": 2e-6},
            }
        ),
    )


@pytest.mark.parametrize("scaling", READS)
def test_what_a_network_takes(scaling):
    """conv1: 18 x 5 weights on tiles of 16 rows x 4 outputs, 48 patches; fc1: 60 x 7; out: 7 x 3, one read."""
    made, copies = chip(scaling, output_layer="array"), 2 if scaling == "replica" else 1
    first, second, out = (layer_use(layer) for layer in made.mapped_layers())
    assert (first.grid, second.grid, out.grid) == ((2, 2), (4, 2), (1, 1))
    assert [use.tiles for use in (first, second, out)] == [4 * copies, 8 * copies, 1]
    assert [use.cells_used for use in (first, second, out)] == [180 * copies, 840 * copies, 42]
    assert first.cells_total == 4 * copies * 16 * 8
    assert [use.patches for use in (first, second, out)] == [48, 1, 1]
    assert [use.reads_per_pass for use in (first, second, out)] == [48 * READS[scaling], READS[scaling], 1]
    assert first.time_per_pass_s == pytest.approx(96e-6)
    whole = chip_use(made)
    assert whole.slowest_layer == "conv1"
    assert whole.time_per_pass_s == first.time_per_pass_s
    assert whole.cells_used == (180 + 840) * copies + 42
    assert whole.utilisation == whole.cells_used / ((12 * copies + 1) * 128)
