import numpy as np
import pytest
from scipy.stats import binomtest

from crossbar_nsm.statistics.paired import paired_difference


def test_paired_difference_by_hand():
    here = np.array([[True, True, True, False, False, False]])
    reference = np.array([False, False, True, True, False, False])
    result = paired_difference(here, reference)
    assert result.difference == pytest.approx(1 / 6)
    assert result.mcnemar_p == pytest.approx(binomtest(2, 3).pvalue)
    sd = np.std([1, 1, 0, -1, 0, 0, 1, -1], ddof=1)  # two images more, one of either sign
    assert result.high - 1 / 6 == pytest.approx(1.95996 * sd / np.sqrt(8), rel=1e-4)
    assert result.low + result.high == pytest.approx(2 / 6)


def test_no_discordant_image_is_no_certainty():
    reference = np.array([False, False, True, True, False, False])
    same = paired_difference(reference[None], reference)
    assert (same.difference, same.mcnemar_p) == (0, 1.0)
    assert same.low < -0.1
    assert same.high > 0.1
