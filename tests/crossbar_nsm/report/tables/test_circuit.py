"""What is printed of a chip's circuit."""

import json
from dataclasses import asdict

import pytest
from support.cells.arrays import device
from support.cli import captured
from support.networks import dense_network

from crossbar_nsm.mapping.circuit.numbers import circuit_numbers
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.report.tables.circuit import circuit_rows, circuit_tables

NET = dense_network(30, 12, 8, 4)
EVERYTHING = {
    "array": {"output_layer": "array", "dac": {"bits": 6}, "scale": "per_row"},
    "neuron": {
        "gain_bits": 6,
        "threshold_bits": 5,
        "comparator": {"offset_sd_a": 1e-6, "noise_sd_a": 1e-6, "hysteresis_a": 1e-7},
    },
}


def numbers(net=NET, **config):
    return circuit_numbers(MappedNetwork(net, HardwareConfig.model_validate({"device": device(), **config})), 10)


def cells(table):
    return {str(column.header): list(column.cells) for column in table.columns}


def test_one_line_for_every_layer_and_steps_only_where_there_are_some():
    (plain,) = circuit_tables(numbers(), 10)
    assert cells(plain)["layer"] == ["fc1", "fc2"]
    assert "no ADC" in plain.caption
    assert "no hysteresis" in plain.caption
    currents, steps = circuit_tables(numbers(**EVERYTHING), 10)
    assert cells(currents)["layer"] == cells(steps)["layer"] == ["fc1", "fc2", "out"]
    assert "no ADC" not in currents.caption
    assert [cell == "-" for cell in cells(steps)["ADC step"]] == [True, True, False]
    assert [cell == "-" for cell in cells(steps)["offset adds"]] == [False, False, True]


def test_headings_are_different():
    for table in circuit_tables(numbers(**EVERYTHING), 10):
        assert len(cells(table)) == len(table.columns)


def test_cells_are_the_numbers():
    layers = numbers(**EVERYTHING)
    one, (currents, steps) = layers["fc1"], circuit_tables(layers, 10)
    assert cells(currents)["line"][0] == f"{float(f'{one.line.typical_a * 1e6:.2g}'):g} uA"
    weights, sds = (f"{value:.2g}" for value in (one.comparator.offset.weights, one.comparator.offset.noise_sds))
    assert cells(steps)["offset"][0] == f"1 uA = {weights} w = {sds} sd"


def test_rows_have_the_same_names_whatever_there_is():
    plain, everything = circuit_rows(numbers()), circuit_rows(numbers(**EVERYTHING))
    assert {tuple(row) for row in [*plain, *everything]} == {tuple(plain[0])}
    assert plain[0]["adc_step_a"] is None
    assert everything[2]["adc_step_a"] > 0
    assert plain[0]["line_typical_a"] == numbers()["fc1"].line.typical_a
    assert not any(isinstance(value, dict) for value in everything[0].values())
    assert asdict(numbers()["fc1"])["registers"]["gain_step"] is plain[0]["registers_gain_step"] is None


def test_missing_images_are_said():
    net = dense_network(30, 12, 4)
    net.calibration_images = None
    with pytest.warns(UserWarning, match="no calibration images"):
        (table,) = circuit_tables(numbers(net), 10)
    assert "inputs are +1 or -1 equally often" in table.caption


def test_map_tells_them():
    """In the rows of --json beside what else is known of a layer, and as a table of its own."""
    config = ("configs/mnist_mlp_rram.yaml", "--set", "evaluation.samples=7")
    _, out, _ = captured("map", *config, "--json")
    whole = json.loads(out)
    layers = whole["rows"]
    assert whole["chip"]["image_time_s"] == pytest.approx(sum(row["pass_time_s"] for row in layers) + 6e-6)
    assert [row["layer"] for row in layers] == ["fc1", "fc2", "fc3"]
    assert layers[0]["inputs"] == 784
    assert 0 < layers[0]["weight_a"] < layers[0]["pair_typical_a"] < layers[0]["pair_largest_possible_a"]
    _, printed, _ = captured("map", *config)
    assert "circuit: currents and times" in printed
    assert "7 samples" in printed
