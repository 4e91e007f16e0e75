"""Figures and tables of the study of uncertainty show its numbers."""

import io
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console
from support.networks import dense_network

from crossbar_nsm.experiment.uncertainty import uncertainty
from crossbar_nsm.nsm.checkpoints.checkpoint import save_checkpoint
from crossbar_nsm.report.figures import uncertainty as figures
from crossbar_nsm.report.figures.predictions import FEW
from crossbar_nsm.report.tables.uncertainty import uncertainty_tables
from device_models.errors import ConfigError


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("uncertainty")
    save_checkpoint(dense_network(36, 20, 4), folder / "net.safetensors")
    rng = np.random.default_rng(0)
    for name in ("own", "other"):
        np.savez(folder / f"{name}.npz", x=rng.random((80, 6, 6), dtype=np.float32), y=np.arange(80) % 4)
    path = folder / "c.yaml"
    path.write_text(
        f"checkpoint: {folder}/net.safetensors\ndataset: {{name: {folder}/own.npz}}\ndevice: rram_illustrative\n"
        "evaluation: {samples: 12}\n"
    )
    return uncertainty(path, angles_deg=[0, 45, 90], other=str(folder / "other.npz"))


def test_reliability_has_a_panel_per_network_and_a_point_per_bin(study):
    figure = figures.reliability_diagram(study)
    assert [axes.get_title() for axes in figure.axes] == ["ideal_synapse", "rram_illustrative/paired"]
    for axes, network in zip(figure.axes, study.networks, strict=True):
        points = axes.collections[-1].get_offsets()
        used = network.reliability.count >= FEW
        assert np.allclose(points[:, 0], network.reliability.confidence[used])
        assert np.allclose(points[:, 1], network.reliability.accuracy[used])


def test_entropy_and_error_against_the_angle(study):
    left, right = figures.entropy_against_angle(study).axes
    for network, line in zip(study.networks, left.lines[::2], strict=True):
        assert line.get_xdata().tolist() == [0, 45, 90]
        assert line.get_ydata().tolist() == [at.entropy for at in network.turned]
    assert (left.get_ylabel(), right.get_ylabel()) == ("nats", "error (%)")


def test_a_histogram_of_no_other_data_set_says_how_to_have_one(study):
    alone = replace(study, other=None, networks=[replace(net, other_entropy=None) for net in study.networks])
    with pytest.raises(ConfigError, match=r'uncertainty\(config, other="fashion_mnist"\) has one'):
        figures.entropy_histogram(alone)


def test_histogram_holds_all_images(study):
    figure = figures.entropy_histogram(study)
    for axes in figure.axes:
        assert axes.get_xlabel() == "entropy (nats)"
        assert "AUROC 0." in axes.get_title()
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["own", "other"]


def test_tables(study):
    console = Console(width=250, file=io.StringIO())
    for table in uncertainty_tables(study):
        console.print(table)
    text = console.file.getvalue()
    for part in ("mutual inf.", "turned images", "45 deg", "told from the own ones", "DeLong"):
        assert part in text
    row = study.networks[1].row
    assert f"{row.mutual_information:.4f}" in text
