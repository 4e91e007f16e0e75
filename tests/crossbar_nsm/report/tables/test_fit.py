"""The table of a fit: a few cells one by one, many as median and range; which laws they follow, and what it means."""

from dataclasses import replace

import numpy as np
import pytest
from support.cells.fits import a_device, a_trace_fit, a_trap, given_fit

from crossbar_nsm.report.tables.fit import fit_rows, fit_sentences, fit_table, law_sentences
from device_models.fit import fit_files
from device_models.fit.across_cells.read_noise import fit_read_noise

DEVICE = a_device(read_noise={"relative_sd": 0.01})


def cells(count, trapped=0):
    rng = np.random.default_rng(0)
    levels = np.linspace(1e-5, 9e-5, count)
    fits = [a_trace_fit(g * (1 + 0.01 * rng.standard_normal(300)), cell=f"c{k}") for k, g in enumerate(levels, 1)]
    return tuple(
        replace(fit, kind="trap + white", traps=(a_trap(fit.level_s.value, 0.05),)) if k < trapped else fit
        for k, fit in enumerate(fits)
    )


def a_fit(count, trapped=0):
    traces = cells(count, trapped)
    return given_fit(DEVICE, traces=traces, read_noise=fit_read_noise(traces, 1e-4))


def lines(table):
    return {row[0]: row[1:] for row in zip(*(map(str, column.cells) for column in table.columns), strict=True)}


def test_few_cells_have_rows_of_their_own():
    shown = lines(fit_table(a_fit(3, trapped=1)))
    assert {"cell c1: level", "cell c1: telegraph amplitude d", "cell c3: fresh noise"} <= set(shown)
    assert "level, median" not in shown


def test_many_cells_are_median_and_range():
    fit = a_fit(40, trapped=5)
    table = fit_table(fit)
    shown = lines(table)
    assert not any(name.startswith("cell ") for name in shown)
    value, interval, unit, tested = shown["level, median"]
    assert (float(value), interval, unit) == (pytest.approx(50, rel=0.02), "", "uS")
    assert tested.startswith(("40 cells, 10 .. 90, smallest p = ", "40 cells, 9.9"))
    assert shown["telegraph amplitude d, median"][0] == "0.05"
    assert shown["telegraph amplitude d, median"][3] == "5 traps, 0.05 .. 0.05"
    assert "every cell: --wide" in table.notes
    assert len(shown) < 14


def test_wide_and_csv_have_every_cell():
    fit = a_fit(40)
    assert "cell c40: level" in lines(fit_table(fit, each_cell=True))
    rows = fit_rows(fit)
    assert {"cell c1: level", "cell c40: fresh noise"} <= {row["quantity"] for row in rows}
    (level,) = [row for row in rows if row["quantity"] == "cell c40: level"]
    assert level["unit"] == "S"
    assert level["value"] == fit.traces[-1].level_s.value


def test_the_laws_are_counted():
    traces = cells(12, trapped=3)
    assert law_sentences(traces) == ["12 cells: 9 white, 3 trap + white."]
    assert law_sentences(traces[3:]) == ["9 cells: all white."]
    open_ = (replace(traces[0], unexplained="a bend"), *traces[1:])
    assert law_sentences(open_)[1] == ("In 1 of 12 cells no law explains all of the trace (cell c1): a bend.")
    assert law_sentences(traces[-1:]) == ["One cell: white."]
    assert law_sentences(()) == []


def test_a_sentence_says_what_it_means():
    assert fit_sentences(a_fit(4))[-1] == (
        "The median cell changes by 0.99 % of its conductance from one read to the next, and by 0.98 % over its "
        "trace of 300 ms (sd)."
    )


def test_bakes_have_a_line_for_each_temperature_and_conductance(tmp_path):
    """And the energy by which their spread rises: of 0.05 at 100 C and 0.1 at 140 C and 0.2 at 180 C it is 0.25 eV."""
    rng, rows = np.random.default_rng(0), []
    for celsius, spread in ((100, 0.05), (140, 0.1), (180, 0.2)):
        before = rng.uniform(10, 100, 150)
        after = before * np.exp(spread * rng.standard_normal(150))
        rows += [f"{celsius},{first},{then},3600\n" for first, then in zip(before, after, strict=True)]
    path = tmp_path / "bakes.csv"
    path.write_text("temperature [C],before [uS],after [uS],time [s]\n" + "".join(rows))
    fit = fit_files([path])
    made = {row["quantity"]: row for row in fit_rows(fit)}
    widths = [row["value"] for name, row in made.items() if name.startswith("bake, 140 C for 1 h") and "width" in name]
    assert np.mean(widths) == pytest.approx(0.1, rel=0.2)
    assert 0.2 < made["bakes: rise of the spread, exp(-B / kT): B"]["value"] < 0.3
    assert "After 180 C for 1 h the median cell" in fit_sentences(fit)[-1]
