"""Every table at the widths of terminals: no line is wider, what matters most is there, what is left out is named, no
number is cut; a pipe and --wide have all."""

import contextlib
import io
import os
import re
from dataclasses import dataclass, replace
from functools import cache
from types import SimpleNamespace
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from support.cells.arrays import device
from support.cells.fits import a_device, a_trap, given_fit, measured_cells
from support.networks import dense_network
from support.results import fake_results

from crossbar_nsm.experiment.ageing import AgeRow
from crossbar_nsm.experiment.budget.budget import Budget
from crossbar_nsm.experiment.budget.rows import MEASURES, BudgetRow, Change
from crossbar_nsm.experiment.self_test.result import CheckResult
from crossbar_nsm.experiment.studies.dry_run import DryRun, PlannedPoint
from crossbar_nsm.experiment.studies.pairs import every_pair
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.timing import LayerTiming
from crossbar_nsm.report.tables import (
    ageing,
    budget,
    checks,
    devices,
    fit,
    mapping,
    plan,
    timing,
    training,
    tuning,
    twins,
)
from crossbar_nsm.report.tables.chips import chips_table
from crossbar_nsm.report.tables.comparison import comparison_table, pairs_table
from crossbar_nsm.report.tables.terminal import TextTable, print_table
from device_models import load_device
from device_models.catalogue import preset_paths
from device_models.fit import twin

SWEPT = {
    "device.read_noise.relative_sd": [0.005, 0.05],
    "evaluation.age_s": [20.0, 2_592_000.0],
    "neuron.scaling": ["none", "replica"],
}
LONG = "oxide_rram_of_my_laboratory_2026_third_wafer_annealed"


@dataclass(frozen=True)
class Shown:
    """What printing a table gives."""

    text: str

    @property
    def widest(self) -> int:
        return max(map(cell_len, self.text.splitlines()))

    @property
    def left_out(self) -> list[str]:
        found = re.search(r"left out: (.*) \(--wide shows all\)", " ".join(self.text.split()))
        return re.split("; " if found and ";" in found[1] else ", ", found[1]) if found else []


def printed(table: TextTable, columns: int | None, wide: bool = False) -> Shown:
    environment = {key: value for key, value in os.environ.items() if key != "COLUMNS"}
    environment |= {} if columns is None else {"COLUMNS": str(columns)}
    with mock.patch.dict(os.environ, environment, clear=True), contextlib.redirect_stdout(io.StringIO()) as out:
        print_table(table, wide)
    return Shown(out.getvalue())


@cache
def results():
    return fake_results(
        SWEPT, chips=3, device="pcm_nandakumar2019", evaluation={"chips": 3, "margin": 0.01, "samples": 9}
    )


@cache
def chip():
    config = HardwareConfig.model_validate({"device": device(), "array": {"rows": 16, "cols": 8}})
    return MappedNetwork(dense_network(36, 20, 4), config)


def a_budget():
    change = {name: Change(0.0123, 0.001, 0.0101, 0.0145) for name in MEASURES}
    rows = [
        BudgetRow(view, effect, 0.0314, 0.1234, 0.0123, change, (0.91, 1.0, 1.12), "moments")
        for view in ("ladder", "alone", "left_out")
        for effect in ("programming", "read_noise", "wires")
    ]
    effects = {"programming": "set and reset variability", "read_noise": "fresh noise of reads", "wires": "wire drops"}
    return Budget(results().config, effects, rows, change, 300, 10, 20, 3, 1.0)


def aged():
    row = AgeRow(2.925e6, True, 0.0314, 0.1, 0.1, 0.1, 0.1, 0, 0.01, 0.0123, -0.0011, 0.0234, 0.987, 0.123, 300, 20, 3)
    gain = SimpleNamespace(age_s=2.925e6, ratio=0.12, upper=0.34)
    ideal = SimpleNamespace(error=0.014, nll=0.05, nll_capped=0)
    rows = [replace(row, age_s=20.0), replace(row, recalibrated=False), row]
    return SimpleNamespace(rows=rows, config=results().config, gains=[gain], ideal=ideal)


def timed():
    three, traps = np.array([9.123, 45.67, 100.0]), SimpleNamespace(averaged=1234, between=567, frozen=89)
    layer = LayerTiming(
        "hidden_layer_with_a_name", 100, 500, "input_major", True, 1e-7, 1e-7, three, {0.5: three, 0.9: three},
        three / 100, three / 100, three / 100, 2.5e-5, traps,
    )  # fmt: skip
    return {"fc1": layer, layer.layer: layer}


def trained():
    test = {which: {"error": 0.0142} for which in ("best", "last")}
    run = SimpleNamespace(seed=0, reports=[1] * 40, best=SimpleNamespace(epoch=17, validation_error=0.013), test=test)
    spread = {"mean": 0.0142, "sd": 0.0003}
    names = ("validation_error", "test_error_best", "test_error_last")
    return SimpleNamespace(runs=[run, run], as_dict=lambda: {"over_runs": dict.fromkeys(names, spread)})


def tuned():
    metrics = SimpleNamespace(error=0.0142, nll=0.1234, ece=0.0123, entropy=0.3456, nll_capped=0)
    difference = SimpleNamespace(difference=-0.0123, low=-0.02, high=-0.0045)
    return SimpleNamespace(images=2000, before=metrics, after=metrics, difference=difference)


def planned():
    points = [PlannedPoint(point.name, point.settings, 3, 1, 754.0) for point in results().points]
    return DryRun(results().config, points, 2, 1, 26, 9, 1, 12_240.0)


def checked():
    return [
        CheckResult(
            "ideal cells fire as software does, Gaussian xi", "mean -0.73 sigma, variance +0.1 %", "5 sigma", True
        ),
        CheckResult("negative control: 3 % wrong sd is rejected", "KS p = 8.8e-19", "p < 1e-4", False),
    ]


@cache
def fitted(cells):
    """Traces of which the first has a trap and a part that no law explains."""
    device = a_device(read_noise={"relative_sd": 0.01})
    traces = measured_cells(device, np.linspace(1e-5, 9e-5, cells), 200)
    traces[0] = replace(traces[0], traps=(a_trap(1e-5, 0.1),), unexplained="the last third is quieter than all of it")
    return given_fit(device, traces=tuple(traces))


def long_named():
    return [replace(row, name=f"{LONG}/{row.name.rsplit('/', 1)[-1]}") for row in results().rows]


TABLES = {  # a table, and what it keeps at 80 characters
    "comparison": (
        lambda: comparison_table(results().rows, results().notes),
        ("network", "read_noise.relative_sd", "age", "error %", "NLL", "difference %"),
    ),
    "comparison of one setting": (
        lambda: comparison_table(fake_results(chips=1).rows),
        ("network", "error %", "NLL", "difference %"),
    ),
    "long names": (lambda: comparison_table(long_named()), ("network", "error %", "difference %")),
    "pairs": (lambda: pairs_table(every_pair(results().points, 0.01)), ("first", "second", "difference %")),
    "chips": (
        lambda: chips_table(results().table().to_dicts(), list(SWEPT)),
        ("network", "age", "chip", "error %", "NLL"),
    ),
    "ladder": (
        lambda: budget.ladder_table(a_budget()),
        ("step", "error %", "error % change", "NLL", "NLL change"),
    ),
    "single effects": (
        lambda: budget.single_effects_table(a_budget()),
        ("effect", "alone: error %", "in hardware: error %", "in hardware: NLL"),
    ),
    "map": (lambda: mapping.mapping_table(chip()), ("layer", "tiles", "cells used", "reads/pass", "time/pass")),
    "calibration": (
        lambda: mapping.calibration_table(chip()),
        ("layer", "trained beta", "recovered beta", "beta clipped"),
    ),
    "timing": (lambda: timing.timing_table(timed()), ("layer", "decisions, P = 0.5", "independent from")),
    "devices": (
        lambda: devices.devices_table([load_device(name) for name in preset_paths()]),
        ("preset", "range uS", "programming", "read noise", "numbers"),
    ),
    "numbers": (
        lambda: devices.numbers_table(load_device("pcm_joshi2020"))[0],
        ("key", "value", "unit", "source"),  # which names the provenance
    ),
    "scopes": (lambda: devices.scopes_table(load_device("pcm_joshi2020")), ("random effect", "drawn per")),
    "derived": (lambda: devices.derived_table(load_device("pcm_joshi2020")), ("derived", "value")),
    "ageing": (
        lambda: ageing.ageing_table(aged()),
        ("age", "settings", "error %", "NLL", "excess NLL", "95 %"),
    ),
    "training": (lambda: training.training_table(trained()), ("run", "validation error %", "test error %, best")),
    "tuning": (lambda: tuning.tuning_table(tuned()), ("chip", "error %", "NLL", "difference %")),
    "plan": (lambda: plan.plan_table(planned()), ("point", "trials", "time of one")),
    "fit": (lambda: fit.fit_table(fitted(9)), ("quantity", "value", "unit")),
    "fit of few cells": (lambda: fit.fit_table(fitted(2)), ("quantity", "value", "95 % interval", "unit")),
    "twin": (lambda: twins.twin_table(twin(fitted(2))), ("quantity", "agree", "differ", "measured", "twin")),
    "checks": (lambda: checks.checks_table(checked()), ("check", "measured", "allowed", "")),
}


@pytest.fixture(scope="module")
def tables():
    return {name: make() for name, (make, _) in TABLES.items()}


@pytest.mark.parametrize("columns", [80, 120, 200])
@pytest.mark.parametrize("name", TABLES)
def test_tables_fit(tables, name, columns):
    table = tables[name]
    shown = printed(table, columns)
    headings = [str(column.header) for column in table.columns]
    assert shown.widest <= columns
    assert set(shown.left_out) <= set(table.drop)  # in the order of importance, and nothing that nobody named
    assert set(TABLES[name][1]) <= set(headings) - set(shown.left_out)
    kept = [column for column in table.columns if str(column.header) not in {*shown.left_out, *table.shared}]
    text = re.sub(r"\s+", " ", shown.text)
    for column in kept:
        for cell in map(str, column.cells):
            assert all(f"{number}" in text for number in re.findall(r"(?<![\w.])[+-]?\d+\.?\d*(?![\w.])", cell))


@pytest.mark.parametrize("columns", [40, 20, 1])
@pytest.mark.parametrize("name", TABLES)
def test_narrow_terminals_get_something(tables, name, columns):
    shown = printed(tables[name], columns)
    assert columns < 40 or shown.widest <= columns
    assert shown.text.strip()


@pytest.mark.parametrize("name", TABLES)
def test_pipes_and_wide_get_all(tables, name):
    table = tables[name]
    wide, piped = printed(table, 80, wide=True), printed(table, None)
    assert not wide.left_out
    assert not piped.left_out
    for column in table.columns:
        assert str(column.header) in wide.text
        for cell in filter(None, map(str, column.cells)):
            assert cell in wide.text
            assert cell in piped.text


@pytest.mark.parametrize("name", TABLES)
def test_a_sentence_below_says_what_a_table_is(tables, name):
    table = tables[name]
    assert table.caption
    assert set(table.drop) <= {str(column.header) for column in table.columns} | OF_OTHER_TABLES.get(name, set())


OF_OTHER_TABLES = {
    "comparison": {"samples"},
    "comparison of one setting": {"samples", "chips ±", "any chip"},
    "long names": {"samples"},
}


@settings(deadline=None)
@given(
    st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=90), min_size=2, max_size=3),
    st.sampled_from([80, 120]),
)
def test_tables_of_any_names_fit(names, columns):
    rows = [replace(row, name=name) for row, name in zip(results().rows, names, strict=False)]
    shown = printed(comparison_table(rows), columns)
    assert shown.widest <= columns
    assert not {"error %", "difference %"} & set(shown.left_out)


def test_the_negative_control_is_too_wide(tables):
    """The same check fails for a table that is not fitted."""
    assert printed(tables["comparison"], None).widest > 120
