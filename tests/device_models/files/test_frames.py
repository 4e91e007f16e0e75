"""Rows as a table of polars."""

import math

import numpy as np
import polars
import pytest

from device_models.files.frames import frame

ROWS = [
    {"name": "a", "set": {}, "error": 0.5, "change": None, "n": np.int64(3), "range": [0.0, 1.0]},
    {
        "name": "b",
        "set": {"k": 1, "d": "x"},
        "error": math.nan,
        "change": {"nll": {"mean": 1.0}},
        "n": 4,
        "range": (1, 2.5),
    },
]


def test_columns_and_their_types():
    table = frame(ROWS)
    assert table.columns == ["name", "k", "d", "error", "change", "n", "range", "change.nll.mean"]
    assert table["k"].to_list() == [None, 1]
    assert table["change.nll.mean"].to_list() == [None, 1.0]
    assert table["n"].dtype == polars.Int64
    assert table["range"].to_list() == [[0.0, 1.0], [1.0, 2.5]]
    assert table["error"].is_nan().to_list() == [False, True]


MIXED = [
    ([1, 2.5], polars.Float64, [1.0, 2.5]),
    ([True, None], polars.Boolean, [True, None]),
    ([1, "x"], polars.String, ["1", "x"]),
    ([2**70, 1], polars.Float64, [2.0**70, 1.0]),
    ([None, None], polars.Null, [None, None]),
    ([[1, "a"], [2, "b"]], polars.String, ['[1, "a"]', '[2, "b"]']),
    ([np.array([1.0, 2.0]), None], polars.List(polars.Float64), [[1.0, 2.0], None]),
]


@pytest.mark.parametrize(("values", "kind", "shown"), MIXED)
def test_a_column_has_one_type(values, kind, shown):
    table = frame({"x": value} for value in values)
    assert table["x"].dtype == kind
    assert table["x"].to_list() == shown


def test_no_rows_are_an_empty_table():
    assert frame([]).shape == (0, 0)


def test_sides_of_a_pair_keep_their_settings_apart():
    table = frame([{"first": "a", "first_set": {"k": 1}, "second_set": {"k": 2}}])
    assert table.columns == ["first", "first.k", "second.k"]
