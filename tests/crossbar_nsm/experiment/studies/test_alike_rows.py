"""Rows of a sweep that are the same, and the reasons that are given."""

import pytest
from support.cli import call
from support.studies import small_study

import crossbar_nsm as xb
from crossbar_nsm.experiment.compare import compare
from crossbar_nsm.experiment.studies.alike_rows import NO_EFFECT, SAME_LAW


@pytest.fixture
def study(tmp_path):
    return small_study(tmp_path)


def notes(path, sweep, *overrides):
    return list(compare(path, f"sweep={{{sweep}}}", "evaluation.chips=1", *overrides).notes)


def test_a_gain_makes_the_same_law_of_fresh_noise_of_any_size(study):
    (note,) = notes(study, "device.read_noise.relative_sd: [0.001, 0.05, 0.2], neuron.scaling: [none, paired]")
    values = "same rows for device.read_noise.relative_sd = 0.001; 0.05; 0.2 with neuron.scaling=paired: "
    assert note == values + SAME_LAW


def test_other_laws_are_not_called_alike(study):
    """Negative control: reads without a gain, and a device whose programming differs."""
    assert notes(study, "device.read_noise.relative_sd: [0.05, 0.1, 0.2]", "neuron.scaling=none") == []
    assert notes(study, "device.programming.relative_sd: [0.02, 0.05]") == []
    assert notes(study, "evaluation.samples: [10, 20]") == []


def test_what_is_not_asked_for_at_some_points_is_said(study):
    (note,) = notes(study, "neuron.scaling: [none, row_mask], neuron.mask_keep_probability: [0.3, 0.6]")
    assert note == f"same rows for neuron.mask_keep_probability = 0.3; 0.6 with neuron.scaling=none: {NO_EFFECT}"


def test_footer_of_the_table_json_and_page(study, tmp_path, capsys):
    sweep = "sweep={device.read_noise.relative_sd: [0.05, 0.2]}"
    code, out, _ = call(capsys, "sweep", str(study), "--set", sweep, "--out", str(tmp_path / "out"), "--workers", "1")
    assert code == 0
    assert "same rows for device.read_noise.relative_sd = 0.05; 0.2" in " ".join(out.split())
    results = xb.load_results(tmp_path / "out")
    assert len(results.as_dict()["notes"]) == 1
    from crossbar_nsm.report.sections.summary import summary

    assert any("Same rows for" in text for text in summary(results).paragraphs)
