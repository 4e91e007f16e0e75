"""Objects that hold the same arrays are equal, and others are not."""

import dataclasses
import inspect
import pickle
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
import torch
from support.networks import dense_network, images
from support.results import fake_results

import crossbar_nsm as xb
from device_models.checks.equality import same
from device_models.shown import shown


@shown
@dataclass(frozen=True)
class Held:
    array: np.ndarray
    more: dict = field(default_factory=dict)
    aside: object = field(default=None, compare=False)


A = np.array([1.0, np.nan])
PAIRS = [  # and whether they are the same
    (Held(A), Held(A.copy()), True),
    (Held(A), Held(np.array([1.0, 2.0])), False),
    (Held(np.ones(1)), Held(np.ones((1, 1))), False),
    (Held(np.ones(2)), Held(np.ones(3)), False),
    (Held(A, {"a": [A, (1,)]}), Held(A.copy(), {"a": [A.copy(), (1,)]}), True),
    (Held(A, {"a": [A]}), Held(A, {"a": [A + 1]}), False),
    (Held(A, {"a": [A]}), Held(A, {"a": [A, A]}), False),
    (Held(A, {"a": 1}), Held(A, {"b": 1}), False),
    (Held(A, aside=1), Held(A, aside=2), True),
    (Held(np.array(["a"])), Held(np.array(["a"])), True),
    (Held(torch.ones(2)), Held(torch.ones(2)), True),
    (Held(torch.ones(2)), Held(torch.zeros(2)), False),
    (Held(torch.ones(2)), Held(np.ones(2)), False),
    (Held(None, {"a": np.nan}), Held(None, {"a": float("nan")}), True),
    (Held(None, {"a": np.nan}), Held(None, {"a": 1.0}), False),
    (Held(A), "something else", False),
]


@pytest.mark.parametrize(("one", "other", "equal"), PAIRS)
def test_what_is_the_same(one, other, equal):
    assert (one == other) is equal
    assert (one != other) is not equal
    assert (one in [other]) is equal
    assert same(one, other) is equal


def test_results_that_are_read_twice_are_equal():
    results = fake_results({"neuron.scaling": ["none", "paired"]}, chips=1, images=30)
    again = pickle.loads(pickle.dumps(results))
    assert results == again
    assert results.points[1] in again.points[1:]
    trial = again.points[1].chips[0]
    probability = trial.prediction.probability.copy()
    probability[0, 0] += 1e-6
    one = replace(trial, prediction=replace(trial.prediction, probability=probability))
    assert results != replace(again, points=[again.points[0], replace(again.points[1], chips={0: one})])


def test_what_is_computed_twice_is_equal():
    chips = [xb.map_network(dense_network(36, 12, 4), {"device": "rram_illustrative"}, seed=s) for s in (0, 0, 1)]
    assert xb.timing(chips[0]) == xb.timing(chips[1]) != xb.timing(chips[0], samples=7)
    for what in (lambda c: c.calibration, xb.circuit_numbers, lambda c: c.predict_until_sure(images(3, 36))):
        one, again, other = map(what, chips)
        assert one == again
        assert one != other


def test_every_public_class_with_arrays_can_be_compared():
    kinds = [getattr(xb, name) for name in dir(xb) if inspect.isclass(getattr(xb, name))]
    compared = [kind for kind in kinds if dataclasses.is_dataclass(kind) and "ndarray" in str(fields_of(kind))]
    assert {"Prediction", "LayerCalibration"} <= {kind.__name__ for kind in compared}
    assert all(kind.__eq__ is Held.__eq__ for kind in compared)


def fields_of(kind):
    return [one.type for one in dataclasses.fields(kind)]
