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
from crossbar_nsm.report.page.parts import LeftOut
from crossbar_nsm.report.page.rendering import render
from crossbar_nsm.report.points.examples import examples
from crossbar_nsm.report.points.words import point_text
from crossbar_nsm.report.sections import hardware, record, settings, summary
from crossbar_nsm.report.sections.answer import answer_table
from crossbar_nsm.report.sections.readers import short_readers
from crossbar_nsm.report.study_page import study_page
from device_models.files.document import Document
from device_models.number_text import time_text

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


def test_the_answer_comes_first_with_best_and_worst_beside_ideal_software(page, results):
    assert page.answer == tuple(results.verdict)[1:]  # the first says that a trial is missing, as a notice does
    best, worst = (one.point for one in examples(results))
    assert best.row.nll == min(point.row.nll for point in results.points)
    assert worst.row.nll == max(point.row.nll for point in results.points)
    assert [[cell.text for cell in row[1:]] for row in page.answer_table.rows] == [
        [f"{100 * row.error:.2f}", f"{row.nll:.4f}"] for row in (results.rows[0], best.row, worst.row)
    ]
    assert page.answer_table.rows[1][0].text == f"Lowest NLL: {point_text(results, best)}"


def test_best_and_worst_stand_beside_the_software_that_each_is_compared_with():
    results = fake_results({"evaluation.samples": [1, 5, 20]}, chips=1)
    page = study_page_without_chips(results)
    assert page.subtitle == "mnist_mlp on 300 images of mnist5k × 1 to 20 samples, 1 chip at each of 3 settings"
    best, worst = (one.point for one in examples(results))
    software = sorted([best, worst], key=lambda point: point.config.evaluation.samples)
    names = [f"Ideal software: ideal_synapse, samples {one.config.evaluation.samples}" for one in software]
    wanted = [one.reference_row for one in software] + [best.row, worst.row]
    assert [row[0].text for row in page.answer_table.rows[:2]] == names
    assert [row[1].value for row in page.answer_table.rows] == [row.error for row in wanted]
    without = replace(results, points=[replace(point, reference=None) for point in results.points])
    assert len(answer_table(without).rows) == 2


def test_summary_says_what_was_swept(page):
    assert page.sections[0].title == "Summary"
    swept = page.sections[0].paragraphs[0]
    assert "read_noise.relative_sd (1, 5, 20 %) × neuron.scaling (none, paired). 6 points, 2 chips" in swept


@pytest.mark.parametrize("key", ["samples", "chips", "seed", "images"])
def test_a_swept_column_has_a_heading_of_its_own(key):
    results = fake_results({f"evaluation.{key}": [1, 2], NOISE: [0.05, 0.2]}, chips=1)
    for table in (summary.summary_table(results), record.trials(results).tables[0]):
        assert len(set(table.columns)) == len(table.columns)
        assert key in (heading.rpartition(".")[2] for heading in table.columns[: table.leading])


def test_ties_are_called_ties():
    """With `paired` every noise has the same NLL: which of them is shown is an example, and the page says so."""
    results = fake_results(SWEPT, chips=1)
    paired = [point for point in results.points if point.config.neuron.scaling == "paired"]
    for point in paired[1:]:
        point.chips[0] = paired[0].chips[0]
    page = study_page_without_chips(results)
    lowest, highest = page.answer_table.rows[1:]
    name = "rram_illustrative/paired, read_noise.relative_sd 1 %"
    assert lowest[0].text == f"Lowest NLL, one of 3 that tie: {name}"
    assert re.match("Highest NLL[^:]*: rram_illustrative/none, ", highest[0].text)
    captions = [figure.caption for section in page.sections for figure in section.figures]
    about = [caption for caption in captions if "owest NLL" in caption]
    assert len(about) == 3  # recovered beta, reliability, confusion
    assert all(f"Lowest NLL, one of 3 that tie: {name}" in caption for caption in about)
    for point in results.points:
        point.chips[0] = paired[0].chips[0]
    results = replace(results, points=[replace(point) for point in results.points])
    assert [(one.words, one.point) for one in examples(results)] == [
        ("the same NLL everywhere, one of 6 that tie", results.points[0])
    ]


def test_summary_table_has_every_row_with_its_settings(results):
    table = summary.summary_table(results)
    assert [row[0].text for row in table.rows] == ["ideal_synapse", "ideal_neuron"] + 3 * ["none", "paired"]
    assert table.columns[0] == "circuit"
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
    assert table.leading == 2


def test_nll_stands_beside_error_and_a_verdict_needs_a_margin(results):
    table = summary.summary_table(results)
    first = table.columns.index("error %")
    assert table.columns[first : first + 3] == ("error %", "NLL", "95 % over images")
    assert "verdict" not in table.columns
    assert "verdict" not in table.note
    judged = summary.summary_table(results.with_margin(0.01))
    assert "verdict" in (*judged.columns, *judged.note.split())


def test_columns_that_say_nothing_are_named_once(results):
    note = summary.summary_table(results).note
    assert "The same in every row: chips 2; samples 50; reader moments." not in note  # one chip of a point has failed
    assert "The same in every row: samples 50; reader moments.\nDevice: rram_illustrative." in note
    assert "samples_used 50; images 300; engine moments." in record.trials(results).tables[0].note


def test_every_table_of_every_study_has_columns_that_differ():
    studies = [
        fake_results(SWEPT, chips=2, failed=[(0, 1)]), fake_results(chips=2), fake_results({NOISE: [0.1, 0.2]}),
        fake_results({"device": DEVICES}, chips=1), fake_results(SWEPT, device="pcm_joshi2020", chips=1),
    ]  # fmt: skip
    for study in studies:
        tables = [table for section in study_page_without_chips(study).sections for table in section.tables]
        assert len(tables) >= 3
        for table in (table for table in tables if "error" not in table.columns):  # of failures
            for heading, *column in zip(table.columns, *table.rows, strict=True):
                texts = {cell.text for cell in column}
                assert texts != {""}, heading
                assert len(texts) > 1 or len(table.rows) == 1, heading


def test_readers_that_approximate_have_a_number_and_a_note():
    names, note = short_readers(["", "moments", "moments, slow noise split", "device+moments, wires to first order"])
    assert list(names.values()) == ["", "moments", "moments¹", "device+moments²"]
    assert note == "¹ moments, slow noise split; ² device+moments, wires to first order."
    only = "moments, slow noise split"
    assert short_readers(["", only]) == ({"": "", only: only}, "")


def test_ages_are_told_in_units_that_people_use():
    ages = [20.0, 7200.0, 8.64e6]
    results = fake_results({"evaluation.age_s": ages}, chips=1, images=50, device="pcm_joshi2020")
    table = summary.summary_table(results)
    column = [row[table.columns.index("age")] for row in table.rows[2:]]
    assert [cell.value for cell in column] == ages
    assert [cell.text for cell in column] == [time_text(age) for age in ages]
    assert any(time_text(8.64e6) in text for text in hardware.drift_over_time(results, Drawings()).paragraphs)


def test_what_failed_and_what_is_missing_is_said_on_top(page, results):
    assert page.notices == ("1 trial failed; the section Failed trials says why.",)
    failed = next(section for section in page.sections if section.title == "Failed trials")
    assert [cell.text for cell in failed.tables[0].rows[0]] == [
        "rram_illustrative/none, read_noise.relative_sd 1 %", "1", "MappingError: no such luck",
    ]  # fmt: skip
    assert summary.failed(fake_results(SWEPT)) is None


def test_what_was_said_of_trials_and_capped_nlls_follow_the_answer(monkeypatch):
    monkeypatch.setattr(hardware, "example_chips", lambda _results: [])
    results = fake_results(chips=2, images=20)
    for trial in results.points[0].chips.values():
        object.__setattr__(trial, "warnings", ("the network carries no calibration images",))
    trial.prediction.probability[0, trial.labels[0]] = 0.0
    page = study_page(results, "study")
    assert page.notices == ()
    said, capped = page.remarks
    assert said == "The network carries no calibration images."
    assert "up to 0.5 of 20 images give their label less than 1e-12" in capped
    assert results.table()["nll_capped"].to_list() == [0, 0, 0, 1]


def test_what_is_absent_is_named_once_at_the_end(page):
    assert page.left_out == (
        LeftOut("heat maps", "sweep two numbers, every value of one with every value of the other"),
        LeftOut("error budget", "crossbar-nsm report FOLDER --budget"),
        LeftOut("drift over time", "take a device that changes after it is programmed, pcm_joshi2020 say"),
    )
    assert "Left out:</strong> heat maps (sweep two" in render(page)
    shown = {s.title for s in page.sections if s.figures or s.tables or s.listings}
    text_alone = [section.title for section in page.sections if section.title not in shown]
    assert text_alone == ["Versions"]  # of results that no session has made


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
    assert isinstance(settings.heat_maps(results, Drawings()), LeftOut)
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
    assert one.answer_table.rows[1][0].text == "The one setting: rram_illustrative/paired"
    nothing = fake_results({NOISE: [0.01, 0.1]}, chips=1, images=50, failed=[(0, 0), (1, 0)])
    assert render(study_page_without_chips(nothing)).count("no such luck") == 3  # both failures; once for the trials


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
    assert ("failed; the section" in html) == (left in ("ideal software", "failures"))
    why = summary.failed(results)
    lines = 0 if why is None else len(why.tables[0].rows)
    assert lines == {"ideal software": points, "failures": points + 1}.get(left, 0)
