"""What is printed of a programmed chip."""

import math

import pytest
from support.cells.arrays import device
from support.networks import conv, conv_network, dense, pool

from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.report.tables.mapping import calibration_table, chip_row, mapping_rows, mapping_table

NET = conv_network(conv(5, 3, padding=1, beta="position"), pool("max", 2), dense(7), image=(2, 8, 6))


def chip(partial_sums="analog"):
    array = {"rows": 16, "cols": 8, "partial_sums": partial_sums}
    config = {"device": device(), "array": array, "neuron": {"scaling": "paired"}}
    return MappedNetwork(NET, HardwareConfig.model_validate(config))


def test_tables_have_a_line_for_every_layer_and_one_for_the_chip():
    made = chip()
    assert [row["layer"] for row in mapping_rows(made)] == ["conv1", "fc1"]
    assert mapping_rows(made)[0]["neurons"] == 5 * 48
    assert mapping_table(made).row_count == 3
    assert chip_row(made)["slowest_layer"] == "conv1"
    assert calibration_table(made).row_count == 2


def test_no_beta_in_reach_of_all_is_no_interval():
    """Without a gain every neuron has one beta of its own: 64.9 .. 52.7 was an interval upside down."""
    made = MappedNetwork(NET, HardwareConfig.model_validate({"device": device(), "neuron": {"scaling": "none"}}))
    assert all(math.isnan(end) for row in mapping_rows(made) for end in row["beta_reach"])
    column = next(column for column in calibration_table(made).columns if column.header == "all reach")
    assert list(column.cells) == ["none", "none"]
    assert all(row["beta_reach"].lowest < row["beta_reach"].highest for row in mapping_rows(chip()))


@pytest.mark.parametrize("partial_sums", ["analog", "digital"])
def test_recovered_beta_of_reads_is_called_uncertain(partial_sums):
    caption = str(calibration_table(chip(partial_sums)).caption)
    assert ("fitted to reads" in caption) == (partial_sums == "digital")
