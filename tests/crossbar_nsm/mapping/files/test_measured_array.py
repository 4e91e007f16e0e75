"""A measured array that cannot be the network's is noticed, a noisy one that is raises no alarm."""

import warnings

import numpy as np
import pytest
from support.networks import dense_network

from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from device_models import load_device

NET = dense_network(60, 40, 40, 40, 5)


def chip(device="rram_illustrative", number=0, **array):
    config = {"device": load_device(device), "neuron": {"scaling": "paired"}, "array": array}
    return MappedNetwork(NET, HardwareConfig.model_validate(config), chip=number)


@pytest.fixture(scope="module")
def cells():
    """Of another chip than the one that is to hold them, {layer: (2, rows, columns)}."""
    return {layer: array.g_s for (layer, _), array in chip(number=1).named_arrays().items()}


def said_of(tmp_path, cells, device="rram_illustrative"):
    """What is said of a file with these conductances."""
    np.savez(tmp_path / "measured.npz", **{f"{layer}/main": g_s for layer, g_s in cells.items()})
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        chip(device, conductances=str(tmp_path / "measured.npz"))
    return [str(one.message) for one in said if "hardly the network's" in str(one.message)]


SHUFFLED = np.random.default_rng(0).permutation(40)
EXCHANGES = [
    (lambda g: g.swapaxes(1, 2), "it fits transposed (1.0"),
    (lambda g: g[::-1], "it fits with plus and minus swapped (1.0"),
    (lambda g: g[::-1].swapaxes(1, 2), "it fits transposed with plus and minus swapped (1.0"),
    (lambda g: g[:, ::-1], "it fits with its rows reversed (1.0"),
    (lambda g: g[:, :, ::-1], "it fits with its columns reversed (1.0"),
    (lambda g: g[:, ::-1, ::-1], "it fits with rows and columns reversed (1.0"),
    (lambda g: np.roll(g, 1, axis=1), "it fits with its rows shifted by -1 (1.0"),
    (lambda g: g[:, :, SHUFFLED], "it fits with its columns in another order (1.0"),
    (lambda g: g[:, SHUFFLED], "it fits with its rows in another order (1.0"),
    (lambda g: g[::-1, SHUFFLED], "it fits with its rows in another order with plus and minus swapped (1.0"),
    (lambda g: g[:, SHUFFLED][:, :, SHUFFLED[::-1]], "no simple exchange fits"),
]


@pytest.mark.parametrize(("exchange", "advice"), EXCHANGES)
def test_the_exchange_that_would_fit_is_named(tmp_path, cells, exchange, advice):
    (text,) = said_of(tmp_path, cells | {"fc2": exchange(cells["fc2"])})
    assert "fc2/main is hardly the network's" in text
    assert advice in text
    assert len(text) < 400


def test_layers_that_are_exchanged(tmp_path, cells):
    one, other = said_of(tmp_path, cells | {"fc2": cells["fc3"], "fc3": cells["fc2"]})
    assert "it fits fc3/main of the network (1.0" in one
    assert "it fits fc2/main of the network (1.0" in other


@pytest.mark.parametrize("device", ["rram_illustrative", "rram_wan2022", "pcm_joshi2020", "fefet_jerry2017"])
def test_the_right_array_raises_no_alarm(tmp_path, device):
    cells = {layer: array.g_s for (layer, _), array in chip(device, number=1).named_arrays().items()}
    assert said_of(tmp_path, cells, device) == []


@pytest.mark.parametrize(("times", "alarm"), [(0.5, False), (1.0, False), (1.4, False), (4.0, True)])
def test_noise_of_other_origin_is_tolerated_up_to_half_of_the_correlation(tmp_path, cells, times, alarm):
    """Errors with `times` the sd of the differences that were programmed leave 1/sqrt(1 + times^2) of the correlation:
    0.89, 0.71, 0.58, 0.24. 40 x 40 cells: its sd is below 0.025, so 0.08 from the threshold is 3 sigma or more."""
    rng, noisy = np.random.default_rng(0), {}
    for layer, g_s in cells.items():
        sd = times * np.std(g_s[0] - g_s[1]) / np.sqrt(2)
        noisy[layer] = g_s + rng.normal(0, sd, g_s.shape)
        noisy[layer] -= min(noisy[layer].min(), 0)
    assert bool(said_of(tmp_path, noisy)) is alarm


def test_false_alarms_of_a_device_that_writes_badly(tmp_path):
    """Programming errors of 60 % of g_max leave a correlation of 0.7: 60 arrays, no alarm."""
    device = load_device({"preset": "rram_illustrative", "programming": {"relative_sd": 0.6}})
    config = HardwareConfig.model_validate({"device": device})
    for number in range(1, 21):
        arrays = MappedNetwork(NET, config, chip=number).named_arrays()
        np.savez(tmp_path / "g.npz", **{f"{layer}/main": array.g_s for (layer, _), array in arrays.items()})
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            measured = config.model_copy(
                update={"array": config.array.model_copy(update={"conductances": str(tmp_path / "g.npz")})}
            )
            MappedNetwork(NET, measured)


def test_a_saved_chip_with_such_an_array_is_loaded_in_silence(tmp_path, cells):
    np.savez(tmp_path / "g.npz", **{"fc2/main": cells["fc2"][::-1]})
    with pytest.warns(UserWarning, match="plus and minus swapped"):
        one = chip(conductances=str(tmp_path / "g.npz"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one.at_age(0.0)
