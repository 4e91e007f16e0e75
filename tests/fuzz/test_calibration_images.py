"""`net.calibration_images = x` of anything."""

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from support.hostile.fuzzing import fuzz, outcome
from support.networks import conv, conv_network, dense_network

NETS = [dense_network(6, 4, 3), conv_network(conv(2, 2), image=(2, 3, 3), encoding="real")]
SHAPES = st.sampled_from([(2, 6), (1, 18), (3, 2, 3, 3), (0, 6), (6,), (), (2, 3, 6)])
KINDS = st.sampled_from(["u1", "i8", "f2", "f4", "f8", "?", "c8", "U2", "M8[s]", "O"])
ARRAYS = st.tuples(KINDS, SHAPES).flatmap(lambda chosen: arrays.arrays(*chosen, fill=st.nothing()))
THINGS = st.one_of(st.none(), st.text(), st.integers(), st.lists(st.lists(st.floats(), max_size=6)), st.binary())


@fuzz(given=st.one_of(ARRAYS, THINGS, st.builds(torch.rand, SHAPES)), net=st.sampled_from(NETS))
def test_calibration_images(given, net):
    net.calibration_images = None

    def attach():
        net.calibration_images = given

    if outcome(attach) == "accepted" and given is not None:
        kept = net.calibration_images
        assert (kept.dtype, kept.shape[1]) == (np.uint8, net.architecture.inputs)
        assert len(kept) == len(given)
    else:
        assert net.calibration_images is None
