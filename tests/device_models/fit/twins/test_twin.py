"""Of the device that was measured the twin is one; of a device that lacks an effect it is none, and says which."""

import numpy as np
import pytest
from support.cells.fits import a_device, given_fit, measured_cells

from device_models import Cells, Stream, load_device
from device_models.fit import Measurements, Trace, fit_files, twin
from device_models.fit.across_cells.ageing import fit_ageing
from device_models.fit.across_cells.drift import fit_drift
from device_models.fit.across_cells.programming import fit_programming
from device_models.fit.measurements.table import Pairs
from device_models.parts.windows import window_attenuation

FLICKER = {"relative": {"coefficient": 0.01}, "read_time_s": 1e-3}
TRAP = {
    "resistance_step": {"relative": 0.05, "per_ohm": 0.0},
    "capture_time_s": {"min_s": 0.02, "max_s": 0.02},
    "emission_time_s": {"min_s": 0.02, "max_s": 0.02},
    "traps_per_cell": 1,
}
WHITE = a_device(read_noise={"relative_sd": 0.01})
SLOW = a_device(read_noise={"relative_sd": 0.01}, flicker=FLICKER)
TRAPPED = a_device(read_noise={"relative_sd": 0.01}, telegraph=TRAP)
LEVELS_S = (1e-5, 3e-5, 9e-5)


def outcomes(result):
    return {(row.quantity, row.of): row.outcome for row in result.rows}


@pytest.mark.parametrize("device", [WHITE, SLOW, TRAPPED])
def test_of_the_measured_device(device):
    """False alarms: each number differs when it is off by its tolerance and outside the central 95 %; of 75 such runs
    with other seeds 2 said that it is none."""
    result = twin(given_fit(device, traces=tuple(measured_cells(device, LEVELS_S, 2000))))
    assert result.is_twin, result.verdict
    assert result.verdict[0].startswith("The twin is a twin:")


def test_slow_noise_left_out_is_named():
    result = twin(given_fit(WHITE, traces=tuple(measured_cells(SLOW, LEVELS_S, 2000))))
    assert not result.is_twin
    assert "sd of all samples" in result.verdict[0]
    assert "slope of the spectrum" in result.verdict[0]
    assert "It agrees in shape of the histogram." in result.verdict
    assert "differs in 3 of 3 cells, most in cell c" in result.verdict[1]


def test_a_trap_invented_shows_in_the_histogram():
    result = twin(given_fit(TRAPPED, traces=tuple(measured_cells(WHITE, LEVELS_S, 2000))))
    assert outcomes(result)["sd of all samples", "cell c3"] == "differs"
    assert not result.is_twin


def test_every_number_is_that_of_its_trace():
    traces = measured_cells(WHITE, LEVELS_S, 2000)
    rows = {(row.quantity, row.of): row for row in twin(given_fit(WHITE, traces=tuple(traces))).rows}
    for trace in traces:
        row = rows["sd of all samples", f"cell {trace.cell}"]
        assert row.measured == pytest.approx(trace.g_s.std())
        assert row.twin == pytest.approx(0.01 * trace.level_s.value, rel=0.02)
        assert row.low < row.twin < row.high


@pytest.mark.parametrize("seed", [6, 11])
def test_fast_noise_beside_a_drift_from_the_first_read_is_kept(seed):
    """1/f^0.5 noise whose reads differ as fresh ones do, nearly, and a drift that no preset has: the slow noise that
    stands for both has the differences of successive reads and the whole variance. By the variance and the middle of
    the spectrum alone, reads of the twin differ by half as much as those measured."""
    rng, time = np.random.default_rng(seed), 0.025 * np.arange(200)
    frequency = np.fft.rfftfreq(800)
    frequency[0] = 1
    noise = np.fft.irfft(frequency**-0.25 * np.fft.rfft(rng.standard_normal(800)))[:200]
    g_s = 6e-6 * (1 + 0.03 * noise / noise.std() - 0.06 * np.log1p(time / 0.025) / np.log(200))
    result = twin(fit_files(Measurements(None, (Trace("c", time, g_s, "r.csv", "r.csv:2"),), ("r.csv",))))
    ratios = {row.quantity: row.ratio for row in result.rows}
    assert 0.75 < ratios["sd from sample to sample"] < 1.25
    assert 0.75 < ratios["sd of all samples"] < 1.25


def test_the_same_seed_gives_the_same_twin():
    fit = given_fit(SLOW, traces=tuple(measured_cells(SLOW, LEVELS_S[:1], 300)))
    assert twin(fit).rows == twin(fit).rows
    assert twin(fit).rows != twin(fit, seed=1).rows


def pairs(device, seed=3):
    target = np.repeat(np.linspace(1e-5, 9e-5, 9), 40)
    programmed = load_device(device).program(target, Stream(seed=seed)).g_s
    return fit_programming(Pairs(target, programmed, ("p.csv",)))


def programmed(spread_s):
    return a_device(programming={"error_polynomial_s": {"coefficients": [spread_s], "valid_s": [0, 1e-4]}})


def test_programming():
    measured = pairs(programmed(8e-7))
    assert twin(given_fit(programmed(8e-7), programming=measured)).is_twin
    wider = twin(given_fit(programmed(16e-7), programming=measured))
    assert not wider.is_twin
    assert "spread of the error" in wider.verdict[0]


def test_failed_cells_in_the_spread_are_noticed():
    """33 of 1,536 cells that did not take, as part of a normal spread: it is too wide, and nothing is far off."""
    failing = programmed(8e-7) | {"faults": {"stuck_off": 0.03}}
    measured = pairs(failing)
    result = twin(given_fit(programmed(8e-6), programming=measured))
    assert "spread of the error" in result.verdict[0]
    assert "share more than 6 spreads off" in result.verdict[0]
    assert twin(given_fit(failing, programming=measured)).is_twin


RELAXATION = {"mean_per_ln_s": 0.0, "sd_per_ln_s": 2e-7, "sd_at_1s_s": 1e-6, "from_s": 1.0}
TIMES_S = np.array([0.5, 1.0, 10.0, 100.0, 1e3, 1e4])


def test_targets_at_the_rounded_ends_of_the_range_are_compared():
    """A preset has 7 digits: the lowest target is not below it for those that it lacks."""
    rng, target = np.random.default_rng(0), np.repeat([98.270007e-6, 150e-6, 219.51003e-6], 100)
    found = fit_files(Measurements(Pairs(target, target + 1e-6 * rng.standard_normal(300), ("p.csv",)), (), ("p.csv",)))
    assert found.preset()["conductance"]["g_min_s"] > found.g_min_s
    result = twin(found)
    assert result.notes == ()
    assert {row.of for row in result.rows} == {"target 98.3 uS", "target 150 uS", "target 220 uS", "all targets"}


def left_alone(device, cells=300, g_s=5e-5):
    loaded = load_device(device)
    start = Cells(np.full(cells, g_s), Stream(seed=5))
    g_s = np.stack([loaded.aged_s(start, float(age)) for age in TIMES_S])
    return fit_drift([Trace(str(k), TIMES_S, g_s[:, k], "r.csv", "r.csv:2") for k in range(cells)])


def test_ageing():
    device = a_device(relaxation=RELAXATION)
    measured = left_alone(device)
    result = twin(given_fit(device, drift=measured))
    assert result.is_twin, result.verdict
    assert len(result.rows) == 5 * (len(TIMES_S) - 1)
    narrow = twin(given_fit(a_device(relaxation=RELAXATION | {"sd_at_1s_s": 3e-7}), drift=measured))
    assert "change of ln G over time" in narrow.verdict[0]


def test_relaxation_is_compared_from_the_state_at_0_s():
    """Cells of two conductances at common times; those that were not read at a time are none of the twin's there."""
    device, rng = a_device(relaxation=RELAXATION), np.random.default_rng(0)
    start = np.repeat([3e-5, 8e-5], 100)
    times = np.array([0.0, *TIMES_S[1:]])
    g_s = np.stack([load_device(device).aged_s(Cells(start, Stream(seed=5)), float(age)) for age in times])
    kept = rng.random(g_s.shape) < np.where(times == 1e3, 0.5, 1.0)[:, None]
    cells = [Trace(str(k), times[at], g_s[at, k], "r.csv", "r.csv:2") for k, at in enumerate(kept.T)]
    measured = fit_ageing(cells).relaxation
    result = twin(given_fit(device, relaxation=measured))
    assert result.is_twin, result.verdict
    assert result.ageing.time_s.tolist() == times.tolist()
    assert result.ageing.cells.tolist() == kept.sum(axis=1).tolist()
    assert np.allclose(result.ageing.measured, measured.measured.T, atol=1e-3)
    wide = twin(given_fit(a_device(relaxation=RELAXATION | {"sd_at_1s_s": 3e-6}), relaxation=measured))
    assert wide.verdict[0] == "The twin is not a twin: it differs in change of ln G over time."


@pytest.mark.parametrize(("law", "power"), [("ln t", 1), ("quantiles", 2)])
def test_relaxation_at_a_first_time_of_many_digits(law, power):
    """A preset has 7 digits: of the first time, rounded up, it is not as if nothing had happened yet."""
    times, rng = np.array([0.0099740025, 1.00001437, 100.000261]), np.random.default_rng(0)
    start = 10 ** rng.uniform(-5, -4, (300, 1))
    g = start * np.exp(0.1 * (1e-5 / start) ** power * rng.laplace(size=(300, 3)))
    cells = [
        Trace(f"c{k}", np.append(0, times), row, "r.csv", "r.csv:2") for k, row in enumerate(np.hstack([start, g]))
    ]
    fit = fit_files(Measurements(None, tuple(cells), ("r.csv",)))
    assert fit.relaxation.law == law
    result = twin(fit)
    assert result.is_twin, result.verdict


def test_nothing_to_compare():
    result = twin(given_fit(WHITE))
    assert result.is_twin is None
    assert result.verdict == ["Nothing was measured that a twin can be compared with."]


def test_few_of_many_cells_are_compared_and_it_says_so():
    traces = measured_cells(WHITE, np.linspace(1e-5, 9e-5, 30), 200)
    result = twin(given_fit(WHITE, traces=tuple(traces)))
    assert {pair.cell for pair in result.traces} >= {"c1", "c30"}
    assert len(result.traces) == 12
    assert result.verdict[-1] == "Traces of 12 of 30 cells are compared, evenly over the levels."


def test_progress_counts_reads():
    told = []
    twin(given_fit(WHITE, traces=tuple(measured_cells(WHITE, LEVELS_S, 1200))), 0, lambda *of: told.append(of))
    assert told[-1] == (1199, 1199)
    assert told == sorted(told)


def test_of_cells_that_jump_the_mean_square_is_compared():
    """Most records of rare jumps have none: their median sd is that of the fresh noise."""
    slow = {**TRAP, **{key: {"min_s": 4.0, "max_s": 4.0} for key in ("capture_time_s", "emission_time_s")}}
    device = a_device(read_noise={"relative_sd": 0.01}, telegraph=slow)
    row = twin(given_fit(device, traces=tuple(measured_cells(device, (3e-5,), 1000)))).rows[0]
    fresh = 0.01 * 3e-5
    variance = (0.05 / 1.05 * 3e-5) ** 2 / 4 * (1 - window_attenuation(2.0, 1.0))
    assert row.twin == pytest.approx(np.sqrt(fresh**2 + variance), rel=0.12)
    assert row.low < 1.1 * fresh
