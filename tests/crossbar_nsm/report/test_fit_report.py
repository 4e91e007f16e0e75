"""The report of a fit: the verdict first, every part that was measured, nothing over a file that is not ours."""

import numpy as np
import pytest
from support.cells.fits import a_device, a_trap, given_fit, measured_cells

import crossbar_nsm as xb
from crossbar_nsm.report.fit_page import fit_page
from crossbar_nsm.report.sections.fits import cells
from crossbar_nsm.report.sections.fits import twin as twin_section
from device_models import Cells, Stream, load_device
from device_models.errors import ConfigError, FileError
from device_models.fit import Trace, twin
from device_models.fit.across_cells.drift import fit_drift
from device_models.fit.across_cells.programming import fit_programming
from device_models.fit.across_cells.read_noise import fit_read_noise
from device_models.fit.measurements.table import Pairs

DEVICE = a_device(
    read_noise={"relative_sd": 0.01},
    programming={"error_polynomial_s": {"coefficients": [8e-7], "valid_s": [0, 1e-4]}},
    drift={"reference_time_s": 1.0, "exponent": {"mean": {"at_g_max": 0.05}, "sd": {"at_g_max": 0.01}}},
)


@pytest.fixture(scope="module")
def fit():
    device = load_device(DEVICE)
    traces = measured_cells(a_device(read_noise={"relative_sd": 0.01}), np.linspace(1e-5, 9e-5, 7), 300)
    traces[0] = traces[0].__class__(**vars(traces[0]) | {"traps": (a_trap(1e-5, 0.1),), "unexplained": "a <b>bend</b>"})
    target = np.repeat(np.linspace(1e-5, 9e-5, 5), 20)
    pairs = Pairs(target, device.program(target, Stream(seed=3)).g_s, ("pairs.csv",))
    times = np.geomspace(1, 1e4, 8)
    start = Cells(np.full(12, 5e-5), Stream(seed=4))
    left = np.stack([device.aged_s(start, float(age)) for age in times]).T * np.exp(
        0.001 * np.random.default_rng(0).standard_normal((12, 8))
    )
    return given_fit(
        DEVICE, traces=tuple(traces), programming=fit_programming(pairs), read_noise=fit_read_noise(traces, 1e-4),
        drift=fit_drift([Trace(f"d{k}", times, g, "d.csv", "d.csv:2") for k, g in enumerate(left)]),
        notes=("cells.csv: 2 of 400 samples dropped",), understood=("cells.csv: time: column 1",),
        assumed=("cell c1 read as 300 reads every 1 ms",),
    )  # fmt: skip


@pytest.fixture(scope="module")
def page(fit):
    with pytest.MonkeyPatch.context() as patch:
        for section in (cells, twin_section):
            patch.setattr(section, "MOST_DRAWN", 2)
        return fit_page(fit, twin(fit))


def test_the_verdict_stands_first(page):
    assert page.answer[0].startswith("The twin is a twin: ")
    assert "7 cells: all white." in page.answer
    assert page.answer_table.rows[0][0].text == "sd of all samples"


def test_the_sections_are_those_of_what_was_measured(page, fit):
    titles = [section.title for section in page.sections]
    assert titles == [
        "The twin beside the measurement", "Laws of single cells", "All cells", "Laws over cells", "Fitted numbers",
        "What was read", "The preset",
    ]  # fmt: skip
    by_title = {section.title: section for section in page.sections}
    assert [figure.name for figure in by_title[titles[0]].figures] == ["twin_traces", "twin_programming", "twin_ageing"]
    assert len(by_title["Laws of single cells"].figures) == 2
    assert "The first 2 of 7 cells" in by_title["Laws of single cells"].paragraphs[0]
    assert len(by_title["Laws of single cells"].tables[0].rows) == 4
    assert {figure.name for figure in by_title["Laws over cells"].figures} == {
        "fitted_programming", "fitted_read_noise", "fitted_traps", "fitted_drift",
    }  # fmt: skip
    assert by_title["What was read"].listings[0].text.splitlines() == [
        "cells.csv: time: column 1", "cell c1 read as 300 reads every 1 ms",
    ]  # fmt: skip
    assert "cells.csv: 2 of 400 samples dropped." in by_title["What was read"].paragraphs
    assert "relative_sd: 0.01" in by_title["The preset"].listings[0].text


def test_rejected_laws_are_marked(page):
    table = next(section for section in page.sections if section.title == "Laws of single cells").tables[0]
    assert [cell.text for cell in table.rows[0]] == ["c1", "white", "2", "0", "0.4", "chosen"]
    assert table.rows[1][-1].text == "rejected"


def test_every_comparison_is_in_the_table(page, fit):
    table = page.sections[0].tables[1]
    assert len(table.rows) == len(twin(fit).rows)


def test_of_a_part_alone(fit):
    """Traces of one cell: no table of cells, no laws over cells."""
    alone = given_fit(a_device(read_noise={"relative_sd": 0.01}), traces=fit.traces[1:2])
    titles = [section.title for section in fit_page(alone, twin(alone)).sections]
    assert titles == [
        "The twin beside the measurement", "Laws of single cells", "Fitted numbers", "What was read", "The preset",
    ]  # fmt: skip


def test_written_and_never_over_another_file(fit, tmp_path):
    alone = given_fit(DEVICE, programming=fit.programming, notes=("a <b>bend</b>",))
    made = xb.write_fit_report(alone, tmp_path / "page.html")
    text = made.path.read_text()
    assert made.verdict[0] in text
    assert "http" not in text.replace("http://www.w3.org", "").replace("http-equiv", "")
    assert "A &lt;b&gt;bend&lt;/b&gt;." in text
    xb.write_fit_report(alone, tmp_path / "page.html")  # over its own
    (tmp_path / "notes.html").write_text("mine")
    with pytest.raises(FileError, match="not of this program"):
        xb.write_fit_report(alone, tmp_path / "notes.html")
    with pytest.raises(ConfigError, match=r"page.txt: a report is a .html file; write .*page.html"):
        xb.write_fit_report(alone, tmp_path / "page.txt")
    assert (tmp_path / "notes.html").read_text() == "mine"
