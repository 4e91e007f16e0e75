"""Where the split of slow noise is not its law."""

import warnings

import numpy as np
import pytest
from support.networks import dense_network

from crossbar_nsm.mapping.calibration.split_noise import split_over_exact
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from device_models import load_device

READS = 5
READ = {"slow_noise": "split", "interval_s": 1e-6, "pair_interval_s": 1e-7, "window_s": 1e-7}


def mapped(scaling, slow_noise="split"):
    config = {"device": load_device("pcm_nandakumar2019"), "read": READ | {"slow_noise": slow_noise},
              "neuron": {"scaling": scaling, "averaged_reads": READS}}  # fmt: skip
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        chip = MappedNetwork(dense_network(30, 12, 4), HardwareConfig.model_validate(config), age_s=1e4)
    return chip.hidden[0], [str(one.message) for one in caught if "slow_noise" in str(one.message)]


def by_hand(gain):
    """r1 + g (mean of READS later reads): what changes from pass to pass, over the same with independent reads."""
    terms = load_device("pcm_nandakumar2019").flicker.terms(READ["window_s"])
    covariance = np.vectorize(lambda lag_s: terms.covariances(round(lag_s, 9)).sum())
    apart_s = np.abs(np.subtract.outer(*(np.arange(READS + 1),) * 2)) * READ["pair_interval_s"]
    passes_s = READ["interval_s"]
    fresh = covariance(apart_s) - (covariance(passes_s - apart_s) + covariance(passes_s + apart_s)) / 2
    c = np.append(1, np.full(READS, gain / READS))
    drawn = terms.fresh(READ["pair_interval_s"]) * (c @ c)
    return drawn / (c @ fresh @ c)


def test_a_circuit_of_reads_far_apart_is_warned_of():
    layer, said = mapped("averaged")
    gain = np.full((12, 1), -0.97)
    ratio = split_over_exact(layer.circuit, layer.arrays, 1, gain)
    assert ratio == pytest.approx(by_hand(-0.97), rel=1e-3)
    assert ratio < 0.6
    assert len(said) == 1
    assert "read.slow_noise: split draws" in said[0]


@pytest.mark.parametrize("settings", [("none", "split"), ("paired", "split"), ("averaged", "trajectory")])
def test_others_are_not(settings):
    layer, said = mapped(*settings)
    assert said == []
    assert split_over_exact(layer.circuit, layer.arrays, 1, layer.setting.gain) == pytest.approx(1, abs=0.03)
