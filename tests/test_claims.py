"""The claims of README and demo, measured on real digits."""

import os

import pytest

from crossbar_nsm.datasets.catalogue import load_dataset
from crossbar_nsm.experiment.compare import compare
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from crossbar_nsm.report.demo import demo_config, run_demo
from crossbar_nsm.reproduce.catalogue import reproduce_paper
from crossbar_nsm.reproduce.config import load_reproduce_config
from crossbar_nsm.statistics.metrics import wrong


@pytest.fixture(scope="module")
def rows():
    """Three chips of the demo's device, 5,000 digits x 50 samples: read noise 5 %, on/off 100, programming 2 %."""
    device = demo_config().device
    assert device.read_noise.relative_sd == 0.05
    assert device.programming.relative_sd == 0.02
    assert device.conductance.g_max_s / device.conductance.g_min_s == pytest.approx(100)
    result = compare(demo_config("evaluation.samples=50", "evaluation.chips=3"))
    return {row.name.removeprefix("rram_illustrative/"): row for row in result.rows}


def test_paired_recovers_the_network_and_a_replica_and_one_read_do_not(rows):
    """One read is overconfident; a replica is wrong more often than software beyond chance, for all its calibration."""
    software, paired, none, replica = (rows[name] for name in ("ideal_synapse", "paired", "none", "replica"))
    assert abs(paired.difference) <= 0.003
    assert abs(paired.nll / software.nll - 1) <= 0.10
    assert none.nll >= 1.15 * software.nll
    assert none.entropy < 0.5 * software.entropy
    assert replica.difference_low > 0
    assert replica.nll >= 1.25 * software.nll
    assert replica.nll >= 1.25 * paired.nll


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
def test_what_watched_networks_show(tmp_path):
    """Networks that learn 4,000 real digits for five epochs, seen on 1,000 others. An NSM converges faster and drifts
    less than an STNN, its weights grow less, and gradients of NSM and BinConcrete point the same way. In one test: its
    trainings take long, and two workers would both do them."""
    networks = ("nsm", "nsm_binconcrete", "stnn", "batch_norm")
    config = load_reproduce_config(
        "mlp",
        "dataset={name: mnist5k, validation_images: 1000}",
        "watch={runs: 1, fine_steps: 20, coarse_steps: 10, probe_images: 500}",
        "watch.gradient_images=300",
        "watch.gradient_draws=10",
        *(f"watched.{name}.training.epochs=5" for name in networks),
    )
    watched = {name: reproduce_paper(name, config, out=tmp_path)[0].numbers for name in ("fig2", "fig4", "fig8")}
    nsm, stnn = watched["fig2"]["nsm"], watched["fig2"]["stnn"]
    assert nsm["updates_to"]["0.2"][0] < 0.6 * stnn["updates_to"]["0.2"][0]
    assert nsm["drift_end"][0] < 0.75 * stnn["drift_end"][0]
    growth = {name: numbers["growth"][0] - 1 for name, numbers in watched["fig4"].items()}
    assert growth["nsm"] < 0.5 * growth["stnn"]
    same, other = (watched["fig8"][f"nsm and {name}"] for name in ("nsm", "nsm_binconcrete"))
    for layer in ("fc1", "fc2", "fc3", "fc4"):
        assert other[layer][0] > 0.85 * same[layer][0]


@pytest.mark.slow
@pytest.mark.skipif("CROSSBAR_NSM_DATA" not in os.environ, reason="needs MNIST: set CROSSBAR_NSM_DATA")
@pytest.mark.parametrize(("name", "samples", "highest"), [("mnist_mlp", 100, 0.016), ("mnist_cnn", 30, 0.008)])
def test_errors_of_the_bundled_checkpoints_on_mnists_test_images(name, samples, highest):
    images, labels = load_dataset("mnist")
    assert len(images) == 10_000
    net = load_checkpoint(name)
    place = net.facts["settings"]["noise_place"]
    assert wrong(net.predict(images, samples, noise=place).numpy(), labels).mean() <= highest
