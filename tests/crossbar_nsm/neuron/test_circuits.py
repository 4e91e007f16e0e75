import numpy as np

from crossbar_nsm.neuron.circuits import CIRCUITS


def test_coefficients_lie_on_a_line():
    g = np.array([0.0, 2.0])
    assert CIRCUITS["none"].coefficients(g).tolist() == [[1.0, 1.0]]
    assert CIRCUITS["digital"].coefficients(g).tolist() == [[1.0, 1.0], [0.0, 2.0]]
    assert CIRCUITS["paired"].coefficients(g).tolist() == [[1.0, 3.0], [0.0, -2.0]]
    assert CIRCUITS["replica"].coefficients(g).tolist() == [[1.0, 3.0], [0.0, -2.0]]
