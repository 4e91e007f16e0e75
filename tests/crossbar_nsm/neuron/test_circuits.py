import numpy as np

from crossbar_nsm.neuron.circuits import CIRCUITS, circuit_of
from crossbar_nsm.neuron.config import NeuronConfig


def test_coefficients_lie_on_a_line():
    g = np.array([0.0, 2.0])
    assert circuit_of(NeuronConfig(scaling="none")).coefficients(g).tolist() == [[1.0, 1.0]]
    assert circuit_of(NeuronConfig(scaling="digital")).coefficients(g).tolist() == [[1.0, 1.0], [0.0, 2.0]]
    assert circuit_of(NeuronConfig(scaling="paired")).coefficients(g).tolist() == [[1.0, 3.0], [0.0, -2.0]]
    assert circuit_of(NeuronConfig(scaling="replica")).coefficients(g).tolist() == [[1.0, 3.0], [0.0, -2.0]]
    assert circuit_of(NeuronConfig(scaling="row_mask")).coefficients(g).tolist() == [[1.0, 1.0], [0.0, 2.0]]


def test_reads_of_the_same_cells_follow_one_another():
    reads = {
        name: circuit_of(NeuronConfig(scaling=name, averaged_reads=4)).successive_reads
        for name in ("none", "digital", "averaged", "paired", "replica", "row_mask")
    }
    assert reads == {"none": 1, "digital": 1, "averaged": 5, "paired": 2, "replica": 1, "row_mask": 2}


def test_operands_say_which_arrays_are_needed_and_how_often_they_are_read():
    circuits = {name: circuit_of(NeuronConfig(scaling=name, averaged_reads=4)) for name in CIRCUITS}
    assert {name for name, circuit in circuits.items() if "replica" in circuit.arrays} == {"replica"}
    reads = {"none": 1, "digital": 1, "averaged": 5, "paired": 2, "replica": 2, "row_mask": 2}
    assert {name: circuit.reads for name, circuit in circuits.items()} == reads
    assert {name for name, circuit in circuits.items() if circuit.amplifies_fresh_noise} == {"paired"}
    assert circuits["row_mask"].drive_probability.tolist() == [0.5, 1.0]
