import numpy as np
import pytest
from support.reproduction import small_context

from crossbar_nsm.reproduce.table1 import table1


@pytest.fixture(scope="module")
def numbers(tmp_path_factory):
    study, _ = table1(small_context(tmp_path_factory.mktemp("table1")))
    return study.numbers


def test_weights_and_bias_scaled_together_change_nothing(numbers):
    assert numbers["scaled"]["differences"] == [0.0]
    assert abs(numbers["scaled_other_draws"]["differences"][0]) < 0.03


def test_weights_scaled_alone_fail(numbers):
    assert numbers["bias_left_alone"]["differences"][0] > 0.05
    assert numbers["bias_left_alone"]["mcnemar_p"][0] < 1e-3


def test_networks_learn(numbers):
    for name in ("nsm", "stnn", "relu"):
        assert np.mean(numbers[name]["errors"]) < 0.15
