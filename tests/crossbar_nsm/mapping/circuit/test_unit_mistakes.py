"""Settings that cannot be meant are told of, with both numbers; those that can are not."""

import warnings

import pytest
from support.cells.arrays import device
from support.networks import dense_network

from crossbar_nsm.mapping.circuit.numbers import circuit_numbers
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork

NET = dense_network(30, 12, 8, 4)


def said(chips=1, **config):
    """Warnings of chips."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for chip in range(chips):
            MappedNetwork(NET, HardwareConfig.model_validate({"device": device(), **config}), chip=chip)
    return [str(one.message) for one in caught]


def largest_a(layer):
    return circuit_numbers(MappedNetwork(NET, HardwareConfig(device=device())))[layer].pair.largest_possible_a


@pytest.mark.parametrize("name", ["offset_sd_a", "noise_sd_a", "hysteresis_a"])
def test_errors_of_comparators_beyond_every_current(name):
    texts = said(neuron={"comparator": {name: 1.0}})
    assert [f"neuron.comparator.{name}=1 A" in text and "A, the largest current" in text for text in texts] == [True]


def test_the_limit_is_the_largest_current_of_the_layer_with_the_least():
    limit_a = min(largest_a("fc1"), largest_a("fc2"))
    assert said(neuron={"comparator": {"offset_sd_a": 0.8 * limit_a}}) == []
    assert len(said(neuron={"comparator": {"offset_sd_a": 1.2 * limit_a}})) == 1


def test_chips_say_the_same_once():
    assert len(set(said(chips=3, neuron={"comparator": {"offset_sd_a": 1.0}}))) == 1


@pytest.mark.parametrize("array", [{"output_layer": "array"}, {"partial_sums": "digital"}])
def test_steps_of_converters_beyond_every_signal(array):
    wrong = said(array={**array, "adc": {"bits": 4, "range_factor": 20}})
    assert [text for text in wrong if "array.adc: a step of" in text and "range_factor=20" in text]
    assert said(array={**array, "adc": {"bits": 8, "range_factor": 20}}) == []


def test_one_bit_is_a_comparator_and_no_mistake():
    assert not [text for text in said(array={"output_layer": "array", "adc": {"bits": 1}}) if "a step of" in text]


def test_offsets_of_row_drivers_beyond_the_read_voltage():
    assert ["read.voltage_v=0.2 V" in text for text in said(array={"dac": {"offset_sd_v": 0.3}})] == [True]
    assert said(array={"dac": {"offset_sd_v": 0.003}}) == []


def measured_over(window_s, **more):
    """A cell of which 1 % of noise was measured over such a window."""
    return {"device": device(read_noise={"relative_sd": 0.01, "window_s": window_s}, **more)}


def test_read_noise_that_a_window_makes_as_large_as_the_conductance():
    (text,) = said(**measured_over(1e-3))
    assert text.startswith("device.read_noise.window_s=0.001 of device: reads of 100 ns (read.window_s) have 100 times")
    assert "measured over 1 ms" in text
    assert "sd 100 % of g_max in place of 1 %" in text
    assert text.endswith("has read.window_s=0.001 and a longer read.interval_s")


def test_half_the_conductance_is_the_limit():
    assert said(**measured_over(2.4e-4)) == []
    assert len(said(**measured_over(2.6e-4))) == 1


@pytest.mark.parametrize(
    "config",
    [
        {**measured_over(1e-3), "read": {"window_s": 1e-3, "interval_s": 1e-2}},
        measured_over(None),
        measured_over(1e-3, selector={"keep_probability": 0.5}),
        {"device": device(read_noise={"relative_sd": 0.6})},
        {"device": device(read_noise={"relative_sd": 0.6, "window_s": 1e-3})},
    ],
    ids=["a chip as slow", "any window", "selector", "by its law", "by its law at any window"],
)
def test_read_noise_without_a_mistake(config):
    assert not [text for text in said(**config) if "read_noise" in text]


def test_the_device_of_a_single_layer_is_looked_at():
    (text,) = said(layers={"fc2": {"device": {**measured_over(1e-3)["device"].model_dump(), "name": "other"}}})
    assert "of other: reads of 100 ns" in text
    assert len(said(layers={"fc2": measured_over(1e-3)}, **measured_over(1e-3))) == 1
