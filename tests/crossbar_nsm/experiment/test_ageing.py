"""Chips over time, through the library as a user calls it."""

from dataclasses import replace

import numpy as np
import pytest

import crossbar_nsm as xb
from crossbar_nsm.experiment.ageing import Gain, _gain
from crossbar_nsm.report.figures.ageing import over_time
from crossbar_nsm.report.tables.ageing import ageing_table
from device_models.errors import ConfigError

SMALL = ("evaluation.images=120", "evaluation.samples=5", "evaluation.chips=2")


@pytest.fixture(scope="module")
def aged():
    return xb.ageing("configs/mnist_mlp_pcm.yaml", *SMALL, ages_s=[20.0, 3e7])


def test_rows_are_the_ages_with_both_kinds_of_settings(aged):
    kinds = [(row.age_s, row.recalibrated) for row in aged.rows]
    assert kinds == [(20.0, True), (3e7, False), (3e7, True)]
    _, kept, anew = aged.rows
    assert anew.c_error < 1e-6 < 0.1 < kept.c_error
    assert kept.excess_nll_low < kept.excess_nll < kept.excess_nll_high
    assert np.isclose(kept.excess_nll, kept.nll - aged.ideal.nll)
    assert kept.chips == 2


def test_a_row_is_what_compare_gives(aged):
    """evaluation.calibrated_at_s keeps settings as ageing does; without it a chip is calibrated at its age."""
    for row, calibrated in zip(aged.rows[1:], ("20", "null"), strict=True):
        settings = (*SMALL, "evaluation.age_s=3e7", f"evaluation.calibrated_at_s={calibrated}")
        assert xb.compare("configs/mnist_mlp_pcm.yaml", *settings, hardware_only=True).rows[0].nll == row.nll


def test_figure_and_table(aged):
    assert len(over_time(aged).axes) == 3
    assert ageing_table(aged).row_count == 3


def test_the_bound_of_the_ratio():
    """Excess 1 against 4 with noise of 1 over 1,000 images and 5 chips: ratio 1/4, bound above it, below 1/2; equal
    excesses are not bound below 1/2."""
    rng = np.random.default_rng(0)
    anew, kept = 1 + rng.normal(size=(5, 1000)), 4 + rng.normal(size=(5, 1000))
    gain = _gain(1.0, anew, kept)
    assert 0.24 < gain.ratio < gain.upper < 0.3
    assert _gain(1.0, anew + 3, kept).upper > 0.9


@pytest.mark.parametrize("excess", [-4, -0.001, 0.001])
def test_nothing_is_left_of_an_excess_that_is_none(aged, excess):
    """Noise of 1 over 5,000 values: 0.001 is not significantly above 0, and a ratio to less says nothing."""
    noise = np.random.default_rng(0).normal(size=(5, 1000))
    gain = _gain(3e7, -1 - noise, excess + noise - noise.mean())
    assert (gain.ratio, gain.upper) == (None, None)
    for one, shown in ((gain, "-"), (Gain(3e7, 0.25, 0.3), "0.25 (at most 0.30)")):
        table = ageing_table(replace(aged, gains=[one]))
        assert list(table.columns[-1].cells) == ["", "", shown]


@pytest.mark.parametrize(
    ("config", "settings", "ages", "message"),
    [
        ("mnist_mlp_pcm", (), [5.0], "ages: 5: expected two or more rising times"),
        ("mnist_mlp_pcm", (), [5.0, 2.0], "ages: 5, 2: expected two or more rising times"),
        ("mnist_mlp_rram", (), None, "rram_illustrative has neither drift, .* it does not age"),
        ("mnist_mlp_pcm", ("sweep={neuron.scaling: [none]}",), None, "sweep: ageing evaluates one setting"),
        ("mnist_mlp_pcm", ("evaluation.calibrated_at_s=1e9",), None, "calibrated_at_s=1e[+]09 is after the evaluation"),
    ],
)
def test_mistakes(config, settings, ages, message):
    with pytest.raises(ConfigError, match=message):
        xb.ageing(f"configs/{config}.yaml", *settings, ages_s=ages)
