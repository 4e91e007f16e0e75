import numpy as np
import pytest

from crossbar_nsm.nsm.needed_noise import native_beta, needed_fluctuation


def test_a_synapse_fluctuates_by_one_over_root_two_beta():
    assert 100 * needed_fluctuation(np.array([1.0, -2.0])) == pytest.approx([70.71, 35.36], abs=0.01)
    assert native_beta(needed_fluctuation(np.array(1.3))) == pytest.approx(1.3)
