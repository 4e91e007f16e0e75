"""Entropy and mutual information by hand."""

import numpy as np
import pytest

from crossbar_nsm.engine.sampling.prediction import Prediction, entropy


def test_entropy_of_certainty_and_of_no_knowledge():
    assert entropy(np.array([[1.0, 0.0], [0.5, 0.5]], np.float32)) == pytest.approx([0, np.log(2)])


def test_what_passes_disagree_about():
    """Passes that are each sure of another class: all uncertainty is disagreement. Passes that all say 1/2: none is."""
    half, samples = np.full((2, 2), 0.5, np.float32), np.array([2, 2])
    prediction = Prediction(half, np.array([0.0, np.log(2)]), samples)
    assert prediction.entropy == pytest.approx([np.log(2)] * 2)
    assert prediction.mutual_information == pytest.approx([np.log(2), 0])


def test_rounding_makes_no_negative_information():
    assert Prediction(np.array([[1.0, 0.0]], np.float32), np.array([1e-9]), np.array([1])).mutual_information == [0]
