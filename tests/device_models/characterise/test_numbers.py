"""Derived numbers, by hand."""

import math

import pytest

from device_models import load_device, preset_paths
from device_models.characterise.numbers import numbers, provenance


def test_derived_numbers():
    pcm = numbers(load_device("pcm_nandakumar2019"))
    assert pcm.programming_error == pytest.approx((0.26348 + 1.965 * 0.5 - 1.1731 * 0.25) / 25, rel=1e-3)
    assert pcm.flicker_1s == pytest.approx(0.0088 / 0.5**0.65 * math.sqrt(math.log((1 + 2.5e-7) / 5e-7)))
    assert (pcm.read_noise, pcm.telegraph, pcm.selector_p) == (0, None, None)
    assert pcm.doi == "10.1109/ICECS46596.2019.8964852"
    rtn = numbers(load_device("rram_telegraph_illustrative"))
    assert rtn.telegraph == pytest.approx((0.0413, 0.4541), abs=1e-3)
    assert numbers(load_device("fefet_selector_illustrative")).selector_p == pytest.approx(0.5, abs=0.01)


def test_a_device_with_one_illustrative_number_is_not_called_measured():
    assert provenance(load_device("pcm_nandakumar2019")) == "all measured"
    assert provenance(load_device("pcm_nandakumar2019", "read_noise.relative_sd=0.01")).endswith("1/17 user")
    assert provenance(load_device("rram_wan2022")) == "2/5 illustrative"
    assert provenance(load_device("rram_illustrative")) == "all illustrative"
    assert provenance(load_device("ideal")) == "definitions"
    for name in preset_paths():
        kinds = {source.provenance for source in load_device(name).sources.values()}
        assert ("illustrative" in kinds) == ("illustrative" in provenance(load_device(name)))
