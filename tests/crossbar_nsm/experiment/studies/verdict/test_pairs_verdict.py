"""Sentences about pairs, against statsmodels and scipy."""

from dataclasses import replace
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import binomtest
from statsmodels.stats.multitest import multipletests
from support.trials import trial_result

from crossbar_nsm.experiment.studies.pairs import every_pair, pair
from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.experiment.studies.verdict.pairs_verdict import pairs_verdict

LABELS = np.arange(200) % 3
ERRORS = {"a": 0.1, "b": 0.12, "c": 0.3, "d": 0.6}


def contender(name, error, **others):
    results = {0: trial_result(np.random.default_rng([5, round(1000 * error)]), LABELS, error, **others)}
    return PointResults({"device": name}, SimpleNamespace(hardware_name=f"{name}/paired"), results, {}, reference=None)


@pytest.fixture
def several():
    return [contender(*one) for one in ERRORS.items()]


def wrong(point):
    return point.chips[0].prediction.probability.argmax(axis=1) != LABELS


def test_pairs_that_differ_are_those_of_holm(several):
    both = list(combinations(several, 2))
    counts = [((wrong(b) & ~wrong(a)).sum(), (wrong(a) & ~wrong(b)).sum()) for a, b in both]
    p = [binomtest(int(more), int(more + less)).pvalue for more, less in counts]
    differ = multipletests(p, method="holm")[0]
    shown = sorted(
        ((wrong(b).mean() - wrong(a).mean(), a.name, b.name) for (a, b), yes in zip(both, differ, strict=True) if yes),
        key=lambda one: -one[0],
    )
    expected = [f"{b} has {100 * difference:.2f} points more error than {a}" for difference, a, b in shown]
    first, nll = pairs_verdict(every_pair(several))
    head, _, clauses = first.rstrip(".").partition(": ")
    assert head == f"Error differs significantly in {sum(differ)} of 6 pairs (5 %, corrected for 6 comparisons)"
    *listed, rest = clauses.split("; ")
    assert rest == f"and {len(expected) - len(listed)} more"
    assert listed == expected[: len(listed)]
    assert 0 < len(listed) < len(expected) < 6
    delta = [nll_of(b) - nll_of(a) for a, b in both]
    apart = sum(abs(d.mean()) > 1.959964 * d.std(ddof=1) / np.sqrt(len(d)) for d in delta)
    assert 0 < apart < 6
    assert nll == f"NLL differs significantly in {apart} of 6 pairs (95 % intervals, of each pair by itself)."


def nll_of(point):
    return -np.log(point.chips[0].prediction.probability[np.arange(200), LABELS].astype(float))


def test_a_single_pair_and_its_margin(several):
    a, b, c, _ = several
    (said,) = pairs_verdict([replace(pair(a, c, 0.05), holm_p=1e-4)])
    difference = 100 * (wrong(c).mean() - wrong(a).mean())
    numbers = f"c/paired has {difference:.2f} points more error than a/paired (95 % interval +"
    assert said.startswith(f"Equality not established within 5 points of error: {numbers}")
    assert ": significant); NLL +" in said
    (same,) = pairs_verdict([replace(pair(a, a, 0.05), holm_p=1.0)])
    numbers = "a/paired has the same error as a/paired (95 % interval -"
    assert same.startswith(f"Equal within 5 points of error: {numbers}")
    assert same.endswith(": not significant); NLL +0.0000 (not significant).")
    (open_,) = pairs_verdict([replace(pair(a, b), holm_p=1.0)])
    assert open_.endswith("no proof of equality: evaluation.margin=0.01 asks for that within 1 point.")


def test_the_same_results_are_called_that(several):
    a, b, *_ = several
    again = replace(a, settings={"device": "a", "array.rows": 32})
    assert pairs_verdict(every_pair([a, again])) == ["The same results: a/paired and a/paired with array.rows=32."]
    assert pairs_verdict(every_pair([a, again, b]))[-1] == "The same results in 1 of 3 pairs."
    assert [one.as_dict()["same_results"] for one in every_pair([a, again, b])] == [True, False, False]
    other = contender("e", 0.1)  # as many errors in other images
    other.chips[0] = replace(trial_result(np.random.default_rng(8), LABELS, 0.1), engine="moments")
    (said,) = pairs_verdict([replace(pair(a, other), compared=replace(pair(a, other).compared, difference=0.0))])
    assert said.startswith("e/paired has the same error as a/paired (95 % interval ")


def test_settings_of_two_runs_say_which(several):
    (said,) = pairs_verdict([pair(several[0], several[2])], ("before", "after"))
    assert said.startswith("c/paired in after has ")
    assert " points more error than a/paired in before (" in said


def test_other_images(several):
    other = contender("e", 0.6, images_digest="others")
    (said,) = pairs_verdict(every_pair([several[0], other]))
    assert ": significant); NLL +" in said
    first, _ = pairs_verdict(every_pair([several[0], other, several[1]]))
    assert first.startswith("Error differs significantly in 2 of 3 pairs (5 %, corrected for 1 comparison, or 95 % ")


def test_no_pairs():
    assert pairs_verdict([]) == []
