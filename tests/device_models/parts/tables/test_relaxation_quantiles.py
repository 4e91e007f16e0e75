"""Relaxation as a table of quantiles, against laws of which the table is made."""

import numpy as np
import pytest
from scipy import integrate, stats
from support.cells.devices import G_MAX_S, G_MIN_S, cells_at, device
from support.laws import check_law, check_mean, rejects

from device_models import Scope, load_device
from device_models.errors import ConfigError
from device_models.parts.tables.relaxation_quantiles import RelaxationQuantiles

SCORES = [-3.0, -1.645, -0.674, 0.0, 0.674, 1.645, 3.0]
TABLE = {
    "time_s": [1e-1, 1e1, 1e4],
    "conductance_s": [5e-6, 5e-5],
    "normal_score": [-2.0, 0.0, 1.0],
    "change": [
        [[-0.02, 0.0, 0.01], [-0.01, 0.0, 0.005]],
        [[-0.2, -0.01, 0.02], [-0.1, -0.01, 0.01]],
        [[-0.9, -0.05, 0.03], [-0.4, -0.03, 0.02]],
    ],
}


def normal_table(**more):
    """ln G falls by 0.01 ln t / 0.1 s, with an sd of 0.02 + 0.01 ln t / 0.1 s."""
    rows = [[[-0.01 * np.log(t / 0.1) + (0.02 + 0.01 * np.log(t / 0.1)) * z for z in SCORES]] for t in (0.1, 1e4)]
    return {"time_s": [0.1, 1e4], "conductance_s": [1e-5], "normal_score": SCORES, "change": rows, **more}


def relaxing(table):
    return device(relaxation={"quantiles": table})


@pytest.mark.parametrize("age_s", [0.1, 30.0, 1e4])
def test_a_table_of_a_normal_law_is_that_law(age_s):
    """Linear in z beyond the outermost scores and in ln t between the times: nothing is lost."""
    mean, sd = -0.01 * np.log(age_s / 0.1), 0.02 + 0.01 * np.log(age_s / 0.1)
    cells = cells_at(5e-5, 100_000)
    change = np.log(relaxing(normal_table()).aged_s(cells, age_s) / 5e-5)
    check_law(change, stats.norm(mean, sd).cdf)
    rejects(check_law, change, stats.norm(mean, 1.03 * sd).cdf)
    assert np.allclose(change, mean + sd * cells.cycle_normals("relaxation"), atol=1e-5)
    moments = relaxing(normal_table()).relaxation.moments_s(np.array([1e-5, 5e-5]), age_s)
    exact_mean = np.exp(mean + sd**2 / 2)
    assert np.allclose(moments[0], np.array([1e-5, 5e-5]) * (exact_mean - 1), rtol=1e-9, atol=0)
    assert np.allclose(moments[1], np.array([1e-5, 5e-5]) * exact_mean * np.sqrt(np.expm1(sd**2)), rtol=1e-9, atol=0)


def interpolated(t, g, z):
    """The same three interpolations, one number at a time."""
    table, q = TABLE["change"], TABLE["normal_score"]

    def in_z(row):
        k = 0 if z < q[1] else 1
        return row[k] + (row[k + 1] - row[k]) * (z - q[k]) / (q[k + 1] - q[k])

    def in_g(rows):
        return np.interp(np.log(g), np.log(TABLE["conductance_s"]), [in_z(row) for row in rows])

    return 0.0 if t < 0.1 else np.interp(np.log(t), np.log(TABLE["time_s"]), [in_g(rows) for rows in table])


@pytest.mark.parametrize("t", [0.05, 0.1, 1.0, 10.0, 3e3, 1e4, 1e6])
def test_changes_are_interpolated_in_time_conductance_and_score(t):
    quantiles = RelaxationQuantiles(**TABLE)
    g, z = (values.ravel() for values in np.meshgrid([1e-6, 5e-6, 2e-5, 5e-5, 1e-4], [-3.0, -1.0, 0.0, 0.5, 2.5]))
    expected = [interpolated(t, *point) for point in zip(g, z, strict=True)]
    assert np.allclose(quantiles.log_change(g, t, z), expected, rtol=1e-12, atol=1e-15)
    for target in (2e-5, 1e-4):
        factor = np.exp([interpolated(t, target, score) for score in np.linspace(-9, 9, 1801)])
        weight = stats.norm.pdf(np.linspace(-9, 9, 1801))
        first, second = (integrate.simpson(factor**k * weight, dx=0.01) for k in (1, 2))
        mean, sd = quantiles.moments_s(np.array([target]), t)
        assert np.isclose(mean[0], target * (first - 1), rtol=1e-5, atol=1e-15)
        assert np.isclose(sd[0], target * np.sqrt(max(second - first**2, 0.0)), rtol=1e-5, atol=1e-12)


def test_a_cell_keeps_its_rank_until_it_is_written_again():
    dev = relaxing(TABLE)
    ranks = [np.argsort(dev.aged_s(cells_at(2e-5, 1000), t)) for t in (0.1, 10.0, 1e5)]
    assert all(np.array_equal(ranks[0], other) for other in ranks[1:])
    again = dev.aged_s(cells_at(2e-5, 1000, cycle=1), 10.0)
    assert not np.array_equal(np.argsort(again), ranks[0])
    assert dev.scopes == {"relaxation": Scope.PROGRAMMING}
    assert dev.changes_with_time
    assert dev.relaxation.is_ideal(0.09)
    assert not dev.relaxation.is_ideal(0.1)
    assert dev.relaxation.measured_until_s == 1e4


BAKES = {**TABLE, "time_s": [7000.0, 5000.0, 5000.0], "temperature_k": [373.0, 413.0, 453.0]}


@pytest.mark.parametrize("energy_ev", [0.4, 1.0, 2.0])
def test_a_bake_is_in_the_table_as_it_was_measured_whatever_the_energy(energy_ev):
    """And between two bakes as long, at the middle of 1/T, half way."""
    z, g = np.array([-2.0, 0.0, 1.0]), np.full(3, 5e-6)

    def change(temperature_k, age_s):
        relaxation = {"quantiles": BAKES, "activation_energy_ev": energy_ev}
        part = device(relaxation=relaxation, temperature_k=temperature_k).relaxation
        return np.log(part.relaxed(g, age_s / part.slower(temperature_k), z) / g)

    for bake, (time_s, temperature_k) in enumerate(zip(BAKES["time_s"], BAKES["temperature_k"], strict=True)):
        assert np.allclose(change(temperature_k, 1.000001 * time_s), TABLE["change"][bake][0], rtol=1e-4, atol=1e-6)
    half_way = 2 / (1 / 413.0 + 1 / 453.0)
    middle = np.mean([TABLE["change"][1][0], TABLE["change"][2][0]], axis=0)
    assert np.allclose(change(half_way, 5000.0), middle, rtol=1e-9, atol=0)
    assert np.all(change(300.0, 5000.0) == 0)
    warm = device(relaxation={"quantiles": BAKES, "activation_energy_ev": energy_ev}, temperature_k=453.0)
    part = warm.relaxation
    assert np.isclose(part.measured_until_s * part.slower(453.0), 5000.0)
    assert part.is_ideal(6900.0 / part.slower(373.0))
    assert not part.is_ideal(7100.0 / part.slower(373.0))


def test_mean_over_cells():
    dev = relaxing(TABLE)
    change = dev.aged_s(cells_at(2e-5, 400_000), 100.0) - 2e-5
    mean, sd = (float(values[0]) for values in dev.relaxation.moments_s(np.array([2e-5]), 100.0))
    check_mean(change, mean, sd)
    rejects(check_mean, change, 1.03 * mean, sd)
    assert np.isclose(change.std(), sd, rtol=0.01)


def test_without_spread_nothing_is_random():
    flat = {"time_s": [1.0], "conductance_s": [1e-5], "normal_score": [0.0], "change": [[[-0.1]]]}
    dev = relaxing(flat)
    assert dev.scopes == {}
    assert np.allclose(dev.aged_s(cells_at(2e-5, 5), 2.0), 2e-5 * np.exp(-0.1), rtol=1e-6)
    assert np.all(dev.aged_s(cells_at(2e-5, 5), 0.5) == cells_at(2e-5, 5).g_s)
    assert np.all(dev.aged_s(cells_at(0.0, 5), 2.0) == 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"time_s": [1.0, 0.1, 2.0]}, "time_s: 0.1 after 1; the points of a table must rise"),
        ({"time_s": [1.0, 2.0]}, "change: 3 entries, but 2 in time_s"),
        ({"conductance_s": [1e-6]}, "change at 0.1 s: 2 entries, but 1 in conductance_s"),
        ({"normal_score": [0.0, 1.0]}, "a row: 3 entries, but 2 in normal_score"),
        (
            {"change": [[[0.0, -0.1, 0.1], [0.0] * 3], *TABLE["change"][1:]]},
            "change: falls from 0 to -0.1 with normal_score at 0.1 s and 5e-06 S",
        ),
        ({"normal_score": [-2.0, 0.0, 0.001]}, "are the last two too close?"),
        ({"conductance_s": [5.0, 50.0]}, "5 S is no cell's conductance"),
        ({"changes": []}, "unknown key, did you mean change?"),
    ],
)
def test_each_mistake_is_one_clear_line(change, message):
    with pytest.raises(ConfigError) as caught:
        load_device({
            "conductance": {"g_min_s": G_MIN_S, "g_max_s": G_MAX_S},
            "relaxation": {"quantiles": {**TABLE, **change}},
        })  # fmt: skip
    assert message in str(caught.value)
    assert "\n" not in str(caught.value).strip() or "no cell's" in message


@pytest.mark.parametrize(
    ("relaxation", "message"),
    [
        (
            {"quantiles": BAKES},
            "5000 s at 413 K is no more than 7000 s at 373 K with activation_energy_ev=0; order them",
        ),
        ({"quantiles": {**BAKES, "temperature_k": [373.0]}}, "temperature_k: 1 entries, but 3 in time_s"),
        ({"quantiles": {**BAKES, "temperature_k": [373.0, 413.0, -1.0]}}, "greater than 0, got -1"),
        ({"quantiles": TABLE, "activation_energy_ev": -1}, "greater than or equal to 0, got -1"),
    ],
)
def test_each_mistake_about_bakes_is_one_clear_line(relaxation, message):
    with pytest.raises(ConfigError) as caught:
        load_device({"conductance": {"g_min_s": G_MIN_S, "g_max_s": G_MAX_S}, "relaxation": relaxation})
    assert message in str(caught.value)


def test_one_law_only():
    both = {"quantiles": TABLE, "sd_at_1s_s": 1e-7}
    with pytest.raises(ConfigError, match="give one law only"):
        load_device({"conductance": {"g_min_s": G_MIN_S, "g_max_s": G_MAX_S}, "relaxation": both})
    changed = load_device({"preset": "rram_cmo_hfox2025", "relaxation": {"quantiles": TABLE}})
    assert changed.relaxation.sd_at_1s_s == 0
