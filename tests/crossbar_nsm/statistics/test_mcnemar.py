"""McNemar's test: exact laws, and false alarms on simulated chips that err as often as the reference."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import binom, binomtest, poisson_binom

from crossbar_nsm.statistics.mcnemar import mcnemar_p

TRIALS, IMAGES, CHIPS = 600, 1000, 5


@pytest.mark.parametrize(("worse", "better"), [(0, 0), (1, 0), (3, 9), (12, 4), (700, 650)])
def test_one_chip_is_mcnemars_binomial_test(worse, better):
    here = np.zeros((1, 2000), bool)
    reference = np.zeros(2000, bool)
    here[0, :worse] = reference[worse : worse + better] = True
    here[0, 1500:1600] = reference[1500:1600] = True  # wrong both: says nothing
    exact = binomtest(worse, worse + better).pvalue if worse + better else 1.0
    assert mcnemar_p(here, reference) == pytest.approx(exact, rel=1e-9)


def test_both_laws_by_enumeration():
    here = np.array([[1, 1, 1, 0, 0, 1, 0], [1, 0, 1, 1, 0, 1, 0], [1, 1, 0, 0, 0, 0, 0]], bool)
    reference = np.array([0, 0, 0, 0, 1, 1, 0], bool)
    sums = here.sum(axis=0) - 3 * reference
    signed = np.array([np.abs(sums) @ signs for signs in product((-1, 1), repeat=len(sums))])
    together = np.mean(np.abs(signed) >= abs(sums.sum()))
    wrong = here.sum(axis=0) + reference
    law, observed = poisson_binom(wrong / 4), reference.sum()
    apart = min(1, 2 * min(law.cdf(observed), law.sf(observed - 1)))
    assert mcnemar_p(here, reference) == pytest.approx(max(together, apart), rel=1e-9)
    assert mcnemar_p(here, np.stack([reference] * 3)) == pytest.approx(together, rel=1e-9)


def test_the_normal_limit_takes_over_smoothly(monkeypatch):
    rng = np.random.default_rng(1)
    here, reference = rng.random((CHIPS, 4000)) < 0.05, rng.random(4000) < 0.06
    exact = mcnemar_p(here, reference)
    monkeypatch.setattr("crossbar_nsm.statistics.mcnemar.MOST_EXACT", 100)
    assert 0.001 < exact < 0.5
    assert mcnemar_p(here, reference) == pytest.approx(exact, rel=0.05)


def alarms(rng, error, common):
    """Chips and reference with the same chance of error on every image; a share `common` of chips' draws is one that
    all chips have in common. False alarms at 5 %: of the test, and of images x chips counted as independent pairs."""
    of_test = of_pooled = 0
    for _ in range(TRIALS):
        shared, own = rng.random(IMAGES) < error, rng.random((CHIPS, IMAGES)) < error
        here = np.where(rng.random((CHIPS, IMAGES)) < common, shared, own)
        reference = rng.random(IMAGES) < error
        of_test += mcnemar_p(here, reference) < 0.05
        worse, better = (here & ~reference).sum(), (~here & reference).sum()
        of_pooled += 2 * binom.cdf(min(worse, better), worse + better, 0.5) < 0.05
    return of_test / TRIALS, of_pooled / TRIALS


@pytest.mark.parametrize("error", [0.002, 0.015])
@pytest.mark.parametrize("common", [0.0, 0.5, 0.95])
def test_false_alarms(error, common):
    """At most 5 % (binomial sd 0.9 %, so 7.8 % fails a right test in 1 of 1,000); counting images x chips as pairs is
    wrong far more often (negative control)."""
    of_test, of_pooled = alarms(np.random.default_rng(7), error, common)
    assert of_test <= 0.078
    assert of_pooled > 0.12


def test_a_difference_is_found():
    """Chips that err on another 1 % of 1,000 images."""
    rng = np.random.default_rng(8)
    found = 0
    for _ in range(100):
        reference = rng.random(IMAGES) < 0.01
        here = reference | (rng.random((CHIPS, IMAGES)) < 0.01)
        found += mcnemar_p(here, reference) < 0.05
    assert found > 95
