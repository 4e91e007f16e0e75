"""Draws that cells keep: for life, or until they are written again."""

import numpy as np
from scipy import stats
from support.cells.devices import cells_at
from support.laws import check_correlation, check_law, rejects

from device_models import Stream
from device_models.cells import chip_normals, chip_uniforms

N = 400_000


def test_chip_draws_are_kept_for_life_and_new_on_another_chip():
    first, later, elsewhere = (cells_at(1e-5, N, **at).chip_normals("x") for at in ({}, {"cycle": 3}, {"chip": 1}))
    assert np.array_equal(first, later)
    check_law(first, stats.norm().cdf)
    rejects(check_law, first, stats.norm(0, 1.04).cdf)
    check_correlation(first, elsewhere, 0.0)
    rejects(check_correlation, first, later, 0.98)


def test_cycle_draws_are_new_for_each_programming_and_repeatable():
    first, again, second, elsewhere = (
        cells_at(1e-5, N, **at).cycle_normals("x") for at in ({}, {}, {"cycle": 1}, {"chip": 1})
    )
    assert np.array_equal(first, again)
    check_law(first, stats.norm().cdf)
    for other in (second, elsewhere):
        check_correlation(first, other, 0.0)


def test_two_purposes_never_share():
    cells = cells_at(1e-5, N)
    draws = [cells.chip_normals("drift"), cells.chip_normals("device_to_device"), cells.cycle_normals("drift"),
             cells.cycle_normals("relaxation")]  # fmt: skip
    for i, a in enumerate(draws):
        for b in draws[:i]:
            check_correlation(a, b, 0.0)


def test_uniforms():
    uniforms = chip_uniforms(Stream(), "x", (N,))
    check_law(uniforms, stats.uniform().cdf)
    rejects(check_law, uniforms, stats.uniform(0, 1.02).cdf)
    assert uniforms.dtype == chip_normals(Stream(), "x", (1,)).dtype == np.float32
    assert chip_normals(Stream(), "x", (2, 3)).shape == (2, 3)
