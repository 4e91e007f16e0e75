"""What is printed of a chip's circuit."""

import json
from dataclasses import asdict
from itertools import zip_longest

import pytest
from support.cells.arrays import device
from support.cli import captured
from support.networks import dense_network

from crossbar_nsm.mapping.circuit.numbers import circuit_numbers
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.report.tables.circuit import circuit_rows, circuit_tables
from crossbar_nsm.report.tables.terminal import print_table

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
    assert "weight levels (conductance.levels), ADC (array.partial_sums, output_layer, adc)" in plain.caption
    assert "hysteresis (neuron.comparator)" in plain.caption
    assert "without:" not in plain.caption
    currents, steps = circuit_tables(numbers(**EVERYTHING), 10)
    assert cells(currents)["layer"] == cells(steps)["layer"] == ["fc1", "fc2", "out"]
    assert "ADC (" not in currents.caption
    assert "\n" not in steps.notes  # lines are those of the terminal
    assert [cell == "-" for cell in cells(steps)["ADC step"]] == [True, True, False]
    assert [cell == "-" for cell in cells(steps)["offset adds"]] == [False, False, True]


def test_at_80_columns_the_time_of_a_decision_and_the_largest_current_stay(monkeypatch, capsys):
    """What 1 uA is, and the time of all samples, go first; the read stands in the title."""
    monkeypatch.setenv("COLUMNS", "80")
    print_table(circuit_tables(numbers(), 10)[0])
    title, _, headings, names, *_ = capsys.readouterr().out.splitlines()
    assert title == "circuit: currents and times, reads of 100 ns at 200 mV"
    shown = [" ".join(words) for words in zip_longest(headings.split(), names.split(), fillvalue="")]
    assert names.split()[:2] == ["layer", "decision"]
    assert {"line", "max"} <= {*headings.split(), *names.split()}, shown
    monkeypatch.setenv("COLUMNS", "400")
    print_table(circuit_tables(numbers(), 10)[0])
    assert "1 uA is  " in capsys.readouterr().out


def test_what_1_ua_is_goes_where_the_offset_says_it():
    comparator = {"offset_sd_a": 1e-6}
    for offset_a, shown in ((1e-6, False), (2e-6, True)):
        comparator["offset_sd_a"] = offset_a
        table, _ = circuit_tables(numbers(neuron={"comparator": comparator}), 10)
        assert any(cells(table)["1 uA is"]) is shown


def test_a_converter_tells_its_range_and_what_it_adds():
    layers = numbers(array={"partial_sums": "digital", "adc": {"bits": 5}})
    _, steps = circuit_tables(layers, 10)
    one = layers["fc1"]
    assert cells(steps)["ADC adds"][0] == f"{one.adc_adds.noise_sds:.2g} sd, slope {100 * one.adc_slope_share:.2g} %"
    assert cells(steps)["ADC range"][0].startswith("+-")
    assert "w: the median weight" in steps.caption


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
    assert "the currents that flow are not known" in table.caption
    cells = {column.header: list(column.cells) for column in table.columns}
    assert cells["line"] == cells["pair max"] == ["-"] * len(cells["layer"])
    assert "-" not in cells["line limit"]


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
