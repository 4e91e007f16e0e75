from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import binomtest
from statsmodels.stats.multitest import multipletests
from support.trials import trial_result

from crossbar_nsm.experiment.studies.pairs import every_pair, pair
from crossbar_nsm.experiment.studies.point_results import PointResults
from device_models.errors import CrossbarError

LABELS = np.arange(200) % 3


def point(name, chips):
    """The configuration of a point says no more here than its name."""
    return PointResults({"device": name}, SimpleNamespace(hardware_name=name), chips, failures={}, reference=None)


def contender(name, error, chips=(0,), seed=0, labels=LABELS, **others):
    rng = np.random.default_rng([seed, round(1000 * error)])
    results = {chip: trial_result(rng, labels, error, **others) for chip in chips}
    return point(name, results)


def test_a_pair_of_one_chip_each_is_mcnemars_test():
    first, second = contender("a", 0.1), contender("b", 0.3)
    found = pair(first, second, 0.5)
    wrong = [one.chips[0].prediction.probability.argmax(axis=1) != LABELS for one in (first, second)]
    worse, better = (wrong[1] & ~wrong[0]).sum(), (wrong[0] & ~wrong[1]).sum()
    assert found.compared.difference == pytest.approx((worse - better) / 200)
    assert found.compared.mcnemar_p == pytest.approx(binomtest(worse, worse + better).pvalue)
    assert (found.paired, found.images, found.chips) == (True, 200, 1)
    flat = found.as_dict()
    assert flat["first_set"] == {"device": "a"}
    assert flat["difference"] == found.compared.difference
    assert flat["verdict"] == "equivalent within 50 points"
    assert pair(second, first).compared.difference == -found.compared.difference


def test_chips_are_paired_by_number():
    first, second = contender("a", 0.1, (0, 1, 3)), contender("b", 0.1, (1, 2, 3))
    found = pair(first, second)
    same = pair(
        point("a", {k: first.chips[k] for k in (1, 3)}),
        point("b", {k: second.chips[k] for k in (1, 3)}),
    )
    assert found.chips == 2
    assert found.compared == same.compared


def test_other_images_are_two_samples():
    first = contender("a", 0.1, (0, 1))
    second = contender("b", 0.3, (0, 1, 2), labels=np.arange(150) % 3, images_digest="others")
    found = pair(first, second)
    assert (found.paired, found.images, found.chips) == (False, 150, 2)
    assert found.compared.mcnemar_p is None
    assert found.compared.combined_low < found.compared.difference < found.compared.combined_high


def test_holm_is_statsmodels():
    several = [contender(name, error, seed=7) for name, error in zip("abcd", (0.1, 0.17, 0.2, 0.3), strict=True)]
    several.append(contender("e", 0.2, labels=LABELS[:90], images_digest="others"))
    pairs = every_pair(several)
    assert len(pairs) == 10
    tested = [one for one in pairs if one.paired]
    assert len(tested) == 6
    expected = multipletests([one.compared.mcnemar_p for one in tested], method="holm")[1]
    assert [one.holm_p for one in tested] == pytest.approx(list(expected))
    assert len(set(expected)) > 2
    assert all(one.holm_p is None for one in pairs if not one.paired)


def test_what_cannot_be_compared():
    with pytest.raises(CrossbarError, match=r"a and b: no chip has a result in both"):
        pair(contender("a", 0.1, (0,)), contender("b", 0.1, (1,)))
    with pytest.raises(CrossbarError, match=r"a and b: 3 and 5 classes cannot be compared"):
        pair(contender("a", 0.1), contender("b", 0.1, classes=5))
