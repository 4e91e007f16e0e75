import numpy as np

from crossbar_nsm.neuron.circuits import circuit_of
from crossbar_nsm.neuron.config import NeuronConfig


def test_coefficients_lie_on_a_line():
    g = np.array([0.0, 2.0])
    assert circuit_of(NeuronConfig(scaling="none")).coefficients(g).tolist() == [[1.0, 1.0]]
    assert circuit_of(NeuronConfig(scaling="digital")).coefficients(g).tolist() == [[1.0, 1.0], [0.0, 2.0]]
    assert circuit_of(NeuronConfig(scaling="paired")).coefficients(g).tolist() == [[1.0, 3.0], [0.0, -2.0]]
    assert circuit_of(NeuronConfig(scaling="replica")).coefficients(g).tolist() == [[1.0, 3.0], [0.0, -2.0]]
