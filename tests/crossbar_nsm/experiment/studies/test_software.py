"""Rows of ideal software are what points are compared with: all of it, and nothing else."""

from dataclasses import replace

import pytest
from support.results import fake_results

from crossbar_nsm.experiment.studies.software import software_word
from crossbar_nsm.report.tables.comparison import comparison_table
from crossbar_nsm.statistics.metrics import measure

SAMPLES = "evaluation.samples"


def sweep_of(samples, **options):
    return fake_results({SAMPLES: samples, "neuron.scaling": ["none", "paired"]}, chips=2, **options)


def error_of(result):
    return measure(result.prediction.probability, result.labels).error


def of_software(results):
    return [(row.name, row.set, row.samples) for row in results.rows if not row.engine]


def test_every_reference_has_its_row_with_what_it_belongs_to():
    results = sweep_of([1, 50])  # 50: of the base configuration
    assert of_software(results) == [
        ("ideal_synapse", {SAMPLES: 1}, 1), ("ideal_synapse", {SAMPLES: 50}, 50), ("ideal_neuron", {SAMPLES: 50}, 50),
    ]  # fmt: skip
    error = {row.samples: row.error for row in results.rows if row.name == "ideal_synapse"}
    for point, row in zip(results.points, results.rows[3:], strict=True):
        assert error[row.samples] == pytest.approx(error_of(point.reference))
        assert row.error - error[row.samples] == pytest.approx(row.difference, abs=1e-12)
    assert results.rows[2].difference == pytest.approx(results.rows[2].error - error[50], abs=1e-12)


def test_software_that_nothing_is_compared_with_has_no_row():
    assert of_software(sweep_of([1, 5])) == [("ideal_synapse", {SAMPLES: 1}, 1), ("ideal_synapse", {SAMPLES: 5}, 5)]
    assert of_software(sweep_of([5])) == [("ideal_synapse", {SAMPLES: 5}, 5)]
    unfinished = sweep_of([1, 5])
    points = [point if point.settings[SAMPLES] == 1 else replace(point, reference=None) for point in unfinished.points]
    assert of_software(replace(unfinished, points=points)) == [("ideal_synapse", {SAMPLES: 1}, 1)]


def test_software_that_all_share_has_no_settings():
    results = fake_results({"neuron.scaling": ["none", "paired"]}, chips=1)
    assert of_software(results) == [("ideal_synapse", {}, 50), ("ideal_neuron", {}, 50)]
    assert of_software(sweep_of([50])) == of_software(results)
    alone = replace(results, points=[], ideal={"ideal_synapse": results.ideal["ideal_synapse"]})
    assert of_software(alone) == [("ideal_synapse", {}, 50)]
    other = replace(results, ideal={"dropout": results.ideal["ideal_synapse"]})  # a network that is no NSM
    assert of_software(other) == [("dropout", {}, 50)]


def test_the_table_by_chip_has_the_same_software():
    table = sweep_of([1, 5]).table().to_dicts()
    assert [(row["network"], row[SAMPLES], row["samples"]) for row in table if row["chip"] is None] == [
        ("ideal_synapse", 1, 1), ("ideal_synapse", 5, 5),
    ]  # fmt: skip
    error = {row["samples"]: row["error"] for row in table if row["chip"] is None}
    of_chips = [row for row in table if row["chip"] is not None]
    assert len(of_chips) == 8
    assert all(row["difference"] == pytest.approx(row["error"] - error[row["samples"]], abs=1e-9) for row in of_chips)


def test_the_title_says_ranges_and_the_legend_what_is_the_same():
    several, one = sweep_of([1, 50]), sweep_of([50])
    table = comparison_table(several.rows, config=several.config)
    assert table.title == "mnist_mlp on mnist5k, 300 images x 1 to 50 samples, 2 chips"
    assert "less that of ideal_synapse with the same samples, with 95 %" in table.legend["difference %"]
    table = comparison_table(one.rows, config=one.config)
    assert table.title == "mnist_mlp on mnist5k, 300 images x 50 samples, 2 chips"
    assert "less that of ideal_synapse, with 95 %" in table.legend["difference %"]


def test_a_swept_network_is_not_named_in_the_title():
    results = sweep_of([5])
    names = ["mnist_mlp", "other", "mnist_mlp", "other"]
    rows = [replace(row, set={"checkpoint": name}) for row, name in zip(results.rows * 2, names, strict=False)]
    assert comparison_table(rows, config=results.config).title.startswith("2 networks on mnist5k, ")


def test_what_software_sees():
    seen = {
        "checkpoint": "network", "dataset.name": "images", "evaluation.images": "images", "evaluation.seed": "seed",
        "evaluation.samples": "samples", "evaluation.early_stopping.confidence": "early stopping", "dataset": "images",
    }  # fmt: skip
    assert {key: software_word(key) for key in seen} == seen
    unseen = ("device", "evaluation.chips", "evaluation.margin", "dataset.root", "neuron.scaling", "checkpoints")
    assert not any(map(software_word, unseen))
