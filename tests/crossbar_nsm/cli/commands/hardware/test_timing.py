"""`crossbar-nsm timing`: table, advice, JSON, figure."""

import json
from pathlib import Path

import numpy as np
import pytest
from support.cli import call
from support.networks import dense_network, images

from crossbar_nsm.nsm.checkpoints.checkpoint import save_checkpoint


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_checkpoint(dense_network(30, 20, 12, 4), "net.safetensors")
    np.savez("data.npz", x=images(40, 30), y=np.arange(40) % 4)
    Path("c.yaml").write_text(
        "checkpoint: net.safetensors\ndataset: {name: data.npz}\ndevice: rram_telegraph_illustrative\n"
        "neuron: {scaling: none}\nevaluation: {samples: 50}\n"
    )


@pytest.mark.usefixtures("study")
def test_timing_prints_a_table_and_a_sentence_for_every_layer(capsys):
    code, out, _ = call(capsys, "timing", "c.yaml")
    assert code == 0
    assert "50 samples of 40 images, input_major, reads 1 us apart" in out
    assert "fc1: 50 samples are worth" in out
    assert "fc2: 50 samples are worth" in out
    assert "neuron.scaling: paired amplifies what is fresh" in out


@pytest.mark.usefixtures("study")
def test_no_line_is_wider_than_the_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    _, out, _ = call(capsys, "timing", "c.yaml")
    assert "are worth" in out
    assert max(map(len, out.splitlines())) <= 60


@pytest.mark.usefixtures("study")
def test_timing_as_json_with_a_figure(capsys):
    code, out, _ = call(capsys, "timing", "c.yaml", "--json", "--samples", "20", "--plot", "figures")
    assert code == 0
    found = json.loads(out)
    assert [Path(path).name for path in found["figures"]] == [
        f"effective_samples.{end}" for end in ("png", "svg", "pdf")
    ]
    assert all(Path(path).is_file() for path in found["figures"])
    first = found["rows"][0]
    assert first["layer"] == "fc1"
    assert first["samples"] == 20
    low, median, high = first["effective_currents"]
    assert 1 <= low <= median <= high <= 20
    assert median < first["effective_decisions"]["0.5"][1] < 20
    assert first["fresh_share"] + first["settling_share"] + first["frozen_share"] == pytest.approx(1, abs=0.01)
    assert first["independent_from_s"] is None
    assert sum(first["traps"].values()) == 2 * 30 * 20
    assert len(first["curve"]["interval_s"]) == len(first["curve"]["decisions"]) > 10


@pytest.mark.usefixtures("study")
def test_a_sample_too_few_is_refused(capsys):
    code, _, err = call(capsys, "timing", "c.yaml", "--samples", "0")
    assert code == 2
    assert "--samples" in err
