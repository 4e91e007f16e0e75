"""Failed cells apart: the spread is that of the good cells, shares lie within their intervals."""

import numpy as np
import pytest
from scipy import stats
from support.laws import check_rate, rejects

from device_models.fit import Pairs
from device_models.fit.across_cells.failed_cells import alone, binomial, find_failed
from device_models.fit.across_cells.programming import fit_programming
from device_models.fit.across_cells.programming_spread import polynomials
from device_models.fit.sections.programming import fault_entries

SEEDS = 20
AT = np.array([10e-6, 50e-6, 90e-6])


def draw(seed, shares, n=1536, shape="normal"):
    """Pairs of sd 0.4 uS + 1 % of the target, and which cells failed: at g_min, at g_max, anywhere, 10 uS off."""
    rng = np.random.default_rng(seed)
    target = np.repeat(np.linspace(5e-6, 100e-6, 16), n // 16)
    shapes = {"normal": rng.standard_normal, "laplace": rng.laplace, "t5": lambda size: rng.standard_t(5, size)}
    z = shapes[shape](size=n) / {"normal": 1.0, "laplace": np.sqrt(2), "t5": np.sqrt(5 / 3)}[shape]
    programmed = target + (0.4e-6 + 0.01 * target) * z
    places = {
        "low": 4e-6 + 0.3e-6 * rng.standard_normal(n),
        "high": 101e-6 + 0.3e-6 * rng.standard_normal(n),
        "any": rng.uniform(5e-6, 100e-6, n),
        "missed": target + 15e-6 * rng.standard_normal(n),
    }
    kind = rng.choice([*shares, "good"], n, p=[*shares.values(), 1 - sum(shares.values())])
    for name in shares:
        programmed = np.where(kind == name, places[name], programmed)
    return Pairs(target, np.maximum(programmed, 0), ("p.csv",)), kind != "good"


@pytest.mark.parametrize(
    "shares",
    [{}, {"any": 0.02}, {"any": 0.1}, {"low": 0.02}, {"high": 0.05, "low": 0.05}, {"missed": 0.02}, {"missed": 0.1}],
    ids=str,
)
def test_spread_of_the_good_cells_and_share_of_the_failed(shares):
    """Sd within 5 % of that of the good cells alone; without telling them apart it is far larger."""
    ratios, naive, held = [], [], 0
    for seed in range(SEEDS):
        pairs, failed = draw(seed, shares)
        good = fit_programming(Pairs(pairs.target_s[~failed], pairs.programmed_s[~failed], ("p.csv",)), degree=1)
        fit = fit_programming(pairs, degree=1)
        ratios.append(fit.sd_s(AT) / good.sd_s(AT))
        held += fit.failed.total.holds(sum(shares.values()))
        whole = polynomials(pairs.target_s, pairs.programmed_s - pairs.target_s, np.ones(1536), 0)[0]
        naive.append(whole.sd_s(AT)[1] / good.sd_s(AT)[1])
    assert np.abs(np.mean(ratios, axis=0) - 1).max() < 0.02
    assert np.abs(np.array(ratios)[:, 1] - 1).max() < 0.05
    check_rate(held, SEEDS, 0.95 if shares else 1.0)
    if shares:
        rejects(check_rate, held, SEEDS, 0.3)
        assert np.min(naive) > 1.5


@pytest.mark.parametrize("shape", ["laplace", "t5"])
@pytest.mark.parametrize("share", [0.02, 0.1])
@pytest.mark.parametrize("seeds", [range(2), pytest.param(range(50), marks=pytest.mark.slow)], ids=len)
def test_heavy_tails_beside_failures_keep_their_spread(shape, share, seeds):
    """The sd is on average what the good cells have; taken for normal ones they lost their tails to the failed.
    Of 1,536 cells it scatters around theirs by 1 to 2 % (Laplace) and 3.5 % (t, whose tails look like failures)."""
    ratios, held = [], 0
    for seed in seeds:
        pairs, failed = draw(seed, {"any": share}, shape=shape)
        law = 0.4e-6 + 0.01 * pairs.target_s
        good = ((pairs.programmed_s - pairs.target_s) / law)[~failed].std()
        fit = fit_programming(pairs, degree=1)
        ratios.append(np.mean(fit.sd_s(AT) / (0.4e-6 + 0.01 * AT)) / good)
        held += fit.failed.total.holds(share)
    assert abs(np.mean(ratios) - 1) < 4 * 0.02 / np.sqrt(len(seeds))
    assert np.mean(np.abs(np.array(ratios) - 1) < 0.05) >= {"laplace": 0.95, "t5": 0.8}[shape]
    check_rate(held, len(seeds), 0.95)


def test_kinds_of_failure_are_told_apart():
    shares = {"low": 0.03, "high": 0.05, "any": 0.04}
    fit = fit_programming(draw(2, shares, n=8000)[0])
    assert fit.failed.shares.keys() == shares.keys()
    for kind, share in shares.items():
        assert fit.failed.shares[kind].holds(share), kind
    first = fit.warnings[0]
    assert "did not take their target" in first
    assert "programming.verify.acceptance_s=2." in first


@pytest.mark.parametrize(
    ("shares", "keys"),
    [({"low": 0.05}, {"stuck_off"}), ({"high": 0.05, "low": 0.05}, {"stuck_on", "stuck_off"}),
     ({"missed": 0.1}, {"stuck_any"})],
)  # fmt: skip
def test_failed_cells_become_faults(shares, keys):
    fit = fit_programming(draw(3, shares)[0])
    faults = {entry.key: entry.value for entry in fault_entries(fit)}
    wanted = sum(faults.get(f"faults.{key}", 0) for key in keys)
    assert wanted == pytest.approx(sum(shares.values()), rel=0.35)
    assert sum(faults.values()) - wanted < 0.01  # a few cells may be anywhere
    assert all(faults.get(f"faults.{key}", 0) > 0.01 for key in keys)


@pytest.mark.parametrize(("stays_at_s", "told"), [(300e-6, True), (223e-6, False)])
def test_where_failed_cells_stay_is_told(stays_at_s, told):
    """Verified within windows of +-1 uS, but for 3 %, that stay above the highest target; the preset has them there."""
    rng, target = np.random.default_rng(0), np.repeat(np.linspace(98e-6, 220e-6, 6), 256)
    programmed = target + rng.uniform(-1e-6, 1e-6, len(target))
    stuck = rng.random(len(target)) < 0.03
    programmed[stuck] = stays_at_s + 0.5e-6 * rng.standard_normal(np.count_nonzero(stuck))
    fit = fit_programming(Pairs(target, programmed, ("p.csv",)))
    assert "high" in fit.failed.shares
    notes = [note for note in fit.warnings if "stuck beyond the highest target" in note]
    assert len(notes) == told
    assert all("stay at 300 uS (median), where the preset has 220 uS: 1.4 times the current" in n for n in notes)


@pytest.mark.parametrize("seed", range(3))
def test_heavy_tails_are_no_failures(seed):
    """Laplace errors, none failed: nothing is told apart, and quantiles carry the shape."""
    fit = fit_programming(draw(seed, {}, 4800, "laplace")[0])
    assert fit.failed.shares == {}
    assert fit.law == "quantile_table"
    assert np.allclose(fit.sd_s(AT), 0.4e-6 + 0.01 * AT, rtol=0.12)
    middle = fit.shape.error_s[len(fit.shape.points_s) // 2]
    at = fit.shape.points_s[len(fit.shape.points_s) // 2]
    quantile = stats.laplace(scale=(0.4e-6 + 0.01 * at) / np.sqrt(2)).ppf(stats.norm.cdf(fit.shape.normal_score))
    inner = np.abs(fit.shape.normal_score) < 1.7
    assert np.allclose(middle[inner], quantile[inner], atol=0.12e-6)


def test_few_pairs_are_not_searched():
    target = np.linspace(1e-6, 1e-4, 30)
    assert find_failed(target, target * 2, np.zeros(30), np.full(30, 1e-7)).shares == {}


@pytest.mark.parametrize("n", [10, 30])
def test_one_failed_of_few_pairs_is_told(n):
    """The spread of 30 cells, one of which failed, is that one's: 30 times the others'."""
    rng, target = np.random.default_rng(0), np.resize(np.linspace(98e-6, 220e-6, 6), n)
    programmed = target + rng.uniform(-1e-6, 1e-6, n)
    assert not any(
        "beside the others" in note for note in fit_programming(Pairs(target, programmed, ("p.csv",))).warnings
    )
    programmed[1] = 300e-6
    fit = fit_programming(Pairs(target, programmed, ("p.csv",)))
    assert max(sd.value for sd in fit.sd_at.values()) > 10e-6
    assert any(f"1 of {n} cells lie more than 15 sd beside the others" in note for note in fit.warnings)


@pytest.mark.parametrize("law", ["normal", "laplace", "proportional", "whole numbers"])
def test_heavy_tails_of_few_pairs_are_not_told(law):
    """Less than once in 100 sets of 12 cells, be their errors Laplace's."""
    rng = np.random.default_rng(0)
    target = np.geomspace(1e-6, 100e-6, 12)
    laws = {
        "normal": lambda: rng.standard_normal(12),
        "laplace": lambda: rng.laplace(size=12),
        "proportional": lambda: rng.standard_normal(12) * target / target.mean(),
        "whole numbers": lambda: np.rint(0.5 * rng.standard_normal(12)),
    }
    told = sum(alone(target, 1e-6 * laws[law]()) > 0 for _ in range(1000))
    assert told <= 10


@pytest.mark.parametrize(("count", "n"), [(0, 50), (1, 50), (20, 400)])
def test_binomial_intervals(count, n):
    exact = stats.binomtest(count, n).proportion_ci(method="exact")
    share = binomial(count / n, n)
    assert np.allclose([share.low, share.high], [exact.low, exact.high], atol=1e-12)
