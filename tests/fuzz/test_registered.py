"""Functions of users that give whatever they give: a data set is read or refused in one line, a circuit too."""

import numpy as np
from hypothesis import strategies as st
from support.hostile.damage import ARRAY, spoil_array
from support.hostile.fuzzing import fuzz, outcome

import crossbar_nsm as xb
from crossbar_nsm.neuron.circuits import circuit_of
from crossbar_nsm.neuron.config import NeuronConfig
from device_models.registry import contents, restore

IMAGES, LABELS = np.linspace(0, 1, 24).reshape(4, 2, 3), np.array([0, 1, 1, 0])
THINGS = [None, 5, "text", b"bytes", [], {}, (1, 2, 3), [[1], [2, 3]], object(), float("nan"), np.zeros(()), LABELS]
forms = st.sampled_from(["as it is", *ARRAY])
things = st.sampled_from(THINGS)
NUMBERS = [0, 1, -1, 0.5, 1e30, float("nan"), float("inf"), True, "1", None, 2**70]
OPERANDS = [
    xb.Operand(), xb.Operand("replica"), xb.Operand(is_read=False), xb.Operand(mask_probability=0.5),
    xb.Operand(mask_probability=0), xb.Operand(mask_probability="a"), xb.Operand("a" * 10_000), xb.Operand(5),
    None, "r1",
]  # fmt: skip


def _formed(array, form):
    return array if form == "as it is" else spoil_array(array, form)


def _read(given, shape, classes):
    before = contents()
    try:
        xb.register_dataset("fuzzed", shape, classes)(lambda _split, _root: given)
        images, labels = xb.load_dataset("fuzzed")
        assert images.dtype == np.float32
        assert np.isfinite(images).all()
        assert images.shape[0] == len(labels) > 0
        assert 0 <= labels.min() <= labels.max() < classes
    finally:
        restore(before)


@fuzz(
    long=2000, images=st.one_of(forms, things), labels=st.one_of(forms, things),
    shape=st.sampled_from([(1, 2, 3), (2, 3), (3, 2, 3), "abc", None, (1, -2, 3), (1, 2, 2**80)]),
    classes=st.sampled_from([2, 1, 0, None, 2.0, 2**80]),
)  # fmt: skip
def test_data_sets(images, labels, shape, classes):
    known = {"as it is", *ARRAY}
    given = (
        _formed(IMAGES, images) if isinstance(images, str) and images in known else images,
        _formed(LABELS, labels) if isinstance(labels, str) and labels in known else labels,
    )
    outcome(lambda: _read(given, shape, classes))


@fuzz(long=2000, given=things)
def test_data_sets_of_anything(given):
    outcome(lambda: _read(given, (1, 2, 3), 2))


def _made(given):
    before = contents()
    try:
        xb.register_circuit("fuzzed")(lambda _neuron: given)
        circuit = circuit_of(NeuronConfig(scaling="fuzzed"))
        assert len(circuit.operands) == len(circuit.start) == len(circuit.slope)
        assert np.isfinite([circuit.start, circuit.slope]).all()
        assert circuit.coefficients(np.ones(3)).shape == (len(circuit.operands), 3)
        assert 0 < circuit.mask_probability <= 1
    finally:
        restore(before)


@fuzz(
    long=2000, operands=st.lists(st.sampled_from(OPERANDS), max_size=4), packed=st.sampled_from([tuple, list, str]),
    start=st.lists(st.sampled_from(NUMBERS), max_size=4), slope=st.lists(st.sampled_from(NUMBERS), max_size=4),
)  # fmt: skip
def test_circuits(operands, packed, start, slope):
    outcome(lambda: _made(xb.Circuit("fuzzed", packed(operands), packed(start), packed(slope))))


@fuzz(long=200, given=things)
def test_circuits_of_anything(given):
    outcome(lambda: _made(given))
