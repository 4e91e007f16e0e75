"""The report of a study as parts; what a browser makes of it is in test_report_browser.py."""

import re
from dataclasses import replace

import matplotlib.pyplot as plt
import pytest
import yaml
from support.pages import HOSTILE
from support.results import fake_results

from crossbar_nsm.experiment.config.load import resolve
from crossbar_nsm.report.figures import drawings
from crossbar_nsm.report.figures.drawings import LARGEST_SVG_BYTES, Drawings
from crossbar_nsm.report.page.rendering import render
from crossbar_nsm.report.points.words import extremes
from crossbar_nsm.report.sections import hardware, record, settings, summary
from crossbar_nsm.report.study_page import study_page
from device_models.files.document import Document

NOISE = "device.read_noise.relative_sd"
SWEPT = {NOISE: [0.01, 0.05, 0.2], "neuron.scaling": ["none", "paired"]}


@pytest.fixture(scope="module")
def results():
    return fake_results(SWEPT, chips=2, failed=[(0, 1)])


@pytest.fixture(scope="module")
def page(results):
    """Without chips, which are programmed in the slow part of the work."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hardware, "example_chips", lambda _results: [])
        steps = []
        page = study_page(results, "study", progress=lambda done, total: steps.append((done, total)))
    assert steps == [(done, 16) for done in range(17)]  # sections that are left out count too
    return page


def test_summary_comes_first_and_names_best_and_worst(page, results):
    first = page.sections[0]
    assert first.title == "Summary"
    best, worst = extremes(results).values()
    assert best.row.nll == min(point.row.nll for point in results.points)
    assert worst.row.nll == max(point.row.nll for point in results.points)
    swept, found = first.paragraphs
    assert "read_noise.relative_sd (1, 5, 20 %) × neuron.scaling (none, paired). 6 points, 2 chips" in swept
    for row in (best.row, worst.row, results.rows[0]):
        assert f"NLL {row.nll:.4f} at {100 * row.error:.2f} % error" in found


def test_summary_table_has_every_row_with_its_settings(results):
    table = summary.summary_table(results)
    assert len(table.rows) == len(results.rows) == 8
    columns = dict(zip(table.columns, zip(*table.rows, strict=True), strict=True))
    assert [cell.value for cell in columns["error %"]] == [row.error for row in results.rows]
    assert [cell.text for cell in columns["error %"]] == [f"{100 * row.error:.2f}" for row in results.rows]
    assert [cell.value for cell in columns["read_noise.relative_sd %"]][2:] == [0.01, 0.01, 0.05, 0.05, 0.2, 0.2]
    assert [cell.text for cell in columns["read_noise.relative_sd %"]] == ["", "", "1", "1", "5", "5", "20", "20"]
    assert not any("scaling" in column for column in table.columns)  # the network's name has it
    numeric = dict(zip(table.columns, table.numeric, strict=True))
    assert numeric["difference %"]
    assert numeric["95 % over images"]
    assert not numeric["reader"]


def test_what_failed_and_what_is_missing_is_said_on_top(page, results):
    assert page.notices == ("1 trials failed; the section Failed trials says why.",)
    failed = next(section for section in page.sections if section.title == "Failed trials")
    assert [cell.text for cell in failed.tables[0].rows[0]] == [
        "rram_illustrative/none, read_noise.relative_sd 1 %", "1", "MappingError: no such luck",
    ]  # fmt: skip
    assert summary.failed(fake_results(SWEPT)) is None


def test_what_was_said_of_trials_and_capped_nlls_are_on_top(monkeypatch):
    monkeypatch.setattr(hardware, "example_chips", lambda _results: [])
    results = fake_results(chips=2, images=20)
    for trial in results.points[0].chips.values():
        object.__setattr__(trial, "warnings", ("the network carries no calibration images",))
    trial.prediction.probability[0, trial.labels[0]] = 0.0
    said, capped = study_page(results, "study").notices
    assert said == "The network carries no calibration images."
    assert "up to 0.5 of 20 images give their label less than 1e-12" in capped
    assert results.table()["nll_capped"].to_list() == [0, 0, 0, 1]


def test_sections_that_do_not_apply_say_why(page):
    texts = {section.title: " ".join(section.paragraphs) for section in page.sections}
    assert "two parameters with numbers" in texts["Two settings together"]
    assert "--budget" in texts["Error budget"]
    assert "conductances stay as programmed" in texts["Drift over time"]
    empty = [section for section in page.sections if not (section.figures or section.tables or section.listings)]
    assert all(section.paragraphs for section in empty)


def test_figures_of_a_grid_of_numbers():
    swept = {NOISE: [0.01, 0.05], "evaluation.samples": [10, 40]}
    results, drawn = fake_results(swept, chips=1, images=50), Drawings()
    names = [figure.name for figure in settings.heat_maps(results, drawn).figures]
    assert len(names) == len(set(names)) == 2  # error and NLL
    against = [figure.name for figure in settings.recovered(results, drawn).figures]
    assert "beta_device_read_noise_relative_sd" in against
    assert not any("samples" in name for name in against)  # beta is set before


def test_groups_that_move_together_are_no_grid():
    zipped = {"zip": [{"array.rows": [64, 128], "array.cols": [64, 128]}]}
    results = fake_results(zipped, chips=1, images=50)
    assert settings.heat_maps(results, Drawings()).figures == ()
    names = [figure.name for figure in settings.against_settings(results, Drawings()).figures]
    assert names == ["error_array_rows", "nll_array_rows"]  # and not the same again against the columns


def test_what_moves_with_names_is_no_axis():
    devices = {"device": ["rram_illustrative", "pcm_joshi2020", "pcm_nandakumar2019"], "evaluation.age_s": [0, 20, 20]}
    results = fake_results({"zip": [devices], "neuron.scaling": ["none", "paired"]}, chips=1, images=50)
    names = [figure.name for figure in settings.against_settings(results, Drawings()).figures]
    assert names == ["error_of_all", "nll_of_all"]


def test_names_alone_are_compared():
    results = fake_results({"device": ["rram_illustrative", "rram_wan2022"]}, chips=2, images=50)
    figures = settings.against_settings(results, Drawings()).figures
    assert [figure.name for figure in figures] == ["error_of_all", "nll_of_all"]


def test_without_sweep_and_without_any_result():
    one = study_page_without_chips(fake_results(chips=2, images=50))
    assert "One setting, 2 chips, no sweep." in one.sections[0].paragraphs
    assert "The one setting: rram_illustrative/paired" in one.sections[0].paragraphs[1]
    nothing = fake_results({NOISE: [0.01, 0.1]}, chips=1, images=50, failed=[(0, 0), (1, 0)])
    assert render(study_page_without_chips(nothing)).count("no such luck") == 4  # sections of failures and of trials


def study_page_without_chips(results):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hardware, "example_chips", lambda _results: [])
        return study_page(results, "study")


def test_every_trial_has_a_row(results):
    table = record.trials(results).tables[0]
    assert len(table.rows) == 2 + 12
    columns = dict(zip(table.columns, zip(*table.rows, strict=True), strict=True))
    assert [cell.text for cell in columns["failure"]].count("MappingError: no such luck") == 1
    errors = [float(cell.value) for cell in columns["error %"] if cell.value is not None]
    assert errors == results.table()["error"].drop_nulls().to_list()


@pytest.mark.parametrize("preset", ["rram_wan2022", "pcm_nandakumar2019"])
def test_listed_configuration_gives_the_same_numbers(preset):
    config = fake_results(SWEPT, device=preset).config
    text = record.minimal_yaml(config)
    assert "sources" not in text
    again = resolve(Document(yaml.safe_load(text)))
    without: dict = {"exclude": {"device": {"sources", "description"}}}
    assert again.model_dump(**without) == config.model_dump(**without)


def test_every_number_with_a_source_is_listed():
    results = fake_results(device="rram_wan2022")
    section = record.sources(results)
    rows = {row[0].text: [cell.text for cell in row] for row in section.tables[0].rows}
    device = results.config.device
    assert rows.keys() >= device.sources.keys()
    for key, source in device.sources.items():
        assert rows[key][-1] == source.source
        assert rows[key][3] == source.provenance
    assert "read_noise.thermal" not in rows  # at its default
    assert "10.1038/s41586-022-04992-8" in section.listings[0].text


def test_text_of_a_configuration_stays_text():
    results = fake_results(images=50, device={"preset": "rram_illustrative", "name": HOSTILE})
    html = render(study_page_without_chips(results))
    assert len(re.findall("<script", html)) == 1
    assert '<img src="x"' not in html


def test_crowded_figures_are_shown_as_pixels(monkeypatch):
    figure, axes = plt.subplots(figsize=(4, 2))
    axes.plot(range(10))
    plt.close(figure)
    drawn = Drawings().add("few", figure, "")
    assert isinstance(drawn.image, str)
    assert len(drawn.image) < LARGEST_SVG_BYTES
    assert drawn.wide
    monkeypatch.setattr(drawings, "LARGEST_SVG_BYTES", 1000)
    assert isinstance(Drawings().add("many", figure, "").image, bytes)


def test_drift_is_drawn_once_for_every_device_that_changes_in_its_own_way():
    times = fake_results({"device.drift.reference_time_s": [1.0, 10.0]}, device="pcm_joshi2020")
    assert [figure.name for figure in hardware.drift_over_time(times, Drawings()).figures] == [
        "drift_pcm_joshi2020", "drift_pcm_joshi2020_1",
    ]  # fmt: skip
    noise = fake_results({"device.read_noise.relative_sd": [0.01, 0.1]}, device="pcm_joshi2020")
    assert len(hardware.drift_over_time(noise, Drawings()).figures) == 1


DEVICES = ["ideal", "rram_wan2022"]


@pytest.mark.parametrize("swept", [SWEPT, {NOISE: [0.01, 0.05]}, {"device": DEVICES, "layers.fc1.device": DEVICES}, {}])
@pytest.mark.parametrize("left", ["everything", "ideal software", "failures", "nothing"])
def test_a_study_is_shown_as_far_as_it_is(monkeypatch, swept, left):
    monkeypatch.setattr(hardware, "example_chips", lambda _results: [])
    points = len(fake_results(swept, chips=1, images=20).points)
    failed = [] if left == "everything" else [(point, 0) for point in range(points)]
    results = fake_results(swept, chips=1, images=20, failed=failed)
    if left in ("failures", "nothing"):
        bare = [replace(point, reference=None) for point in results.points]
        results = replace(results, points=bare, ideal={}, ideal_failures={"ideal_synapse": "no such luck"})
    if left == "nothing":
        without = [replace(point, failures={}) for point in results.points]
        results = replace(results, points=without, ideal_failures={}, missing=points + 2)
    html = render(study_page(results, "study"))
    assert ("This study is not finished" in html) == (left == "nothing")
    assert ("trials failed" in html) == (left in ("ideal software", "failures"))
    why = summary.failed(results)
    lines = 0 if why is None else len(why.tables[0].rows)
    assert lines == {"ideal software": points, "failures": points + 1}.get(left, 0)
