"""The claims of README and demo, measured on real digits."""

import os

import pytest

from crossbar_nsm.experiment.compare import compare
from crossbar_nsm.report.demo import demo_config, run_demo


@pytest.fixture(scope="module")
def rows():
    """Five chips of the demo's device, 5,000 digits x 50 samples: read noise 5 %, on/off 100, programming error 2 %."""
    device = demo_config().device
    assert device.read_noise.relative_sd == 0.05
    assert device.programming.relative_sd == 0.02
    assert device.conductance.g_max_s / device.conductance.g_min_s == pytest.approx(100)
    result = compare(demo_config("evaluation.samples=50", "evaluation.chips=5"))
    return {row.name.removeprefix("rram_illustrative/"): row for row in result.rows}


def test_paired_recovers_the_ideal_network(rows):
    assert abs(rows["paired"].difference) <= 0.003
    assert abs(rows["paired"].nll / rows["ideal_synapse"].nll - 1) <= 0.10


def test_native_noise_alone_is_overconfident(rows):
    assert rows["none"].nll >= 1.15 * rows["ideal_synapse"].nll
    assert rows["none"].entropy < 0.5 * rows["ideal_synapse"].entropy


def test_a_replica_destroys_the_weights(rows):
    assert rows["replica"].error >= 0.04


def test_the_demo_prints_its_reason_and_draws_its_figures(tmp_path):
    result = run_demo(
        tmp_path, "evaluation.images=50", "evaluation.samples=5", progress=lambda _label: lambda _done, _total: None
    )
    assert [row.name for row in result.comparison.rows] == [
        "ideal_synapse", "ideal_neuron", "rram_illustrative/none", "rram_illustrative/paired",
        "rram_illustrative/replica",
    ]  # fmt: skip
    assert "fluctuates by 5 %" in result.why
    assert sorted(path.name for path in result.figures) == sorted(path.name for path in tmp_path.iterdir())
    assert {path.stem for path in result.figures} == {"noise_needed", "recovered_beta", "activation_probability"}


@pytest.mark.slow
@pytest.mark.skipif("CROSSBAR_NSM_DATA" not in os.environ, reason="needs MNIST: set CROSSBAR_NSM_DATA")
def test_error_of_the_bundled_checkpoint_on_mnists_test_images():
    row = compare("configs/mnist_mlp_rram.yaml", "dataset.name=mnist", ideal_only=True).rows[0]
    assert row.images == 10_000
    assert row.error <= 0.019
