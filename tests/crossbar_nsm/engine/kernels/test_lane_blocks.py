"""Draws of blocks are those of the generators they hold, one beside the other."""

import numpy as np
from numba import njit

from crossbar_nsm.engine.kernels.counter_random import philox
from crossbar_nsm.engine.kernels.lane_blocks import BLOCK, GROUP, WIDTH, block_normals, seed_block
from crossbar_nsm.engine.kernels.lanes import lane_normals

KEY = np.uint64(7)


@njit
def normals_of(lanes):
    out = np.empty(lanes.shape, np.float32)
    for lane in range(lanes.shape[1]):
        out[0, lane], out[1, lane], out[2, lane], out[3, lane] = lane_normals(lanes, lane)
    return out


@njit
def first_words(block, purpose, number, key):
    return philox(0, block * 256 + purpose, number >> 32, number & 0xFFFFFFFF, key)


def seeded(block=3, purpose=1, number=2**33 + 5):
    lanes = np.zeros((2, BLOCK), np.uint32)
    seed_block(lanes, 1, block, purpose, number, KEY)
    return lanes


def test_block_draws_are_those_of_their_lanes():
    lanes, normals = seeded(), np.empty(BLOCK, np.float32)
    alone = lanes[1].reshape(GROUP, WIDTH).copy()
    block_normals(lanes, 1, normals)
    assert np.allclose(normals.reshape(GROUP, WIDTH), normals_of(alone), rtol=1e-5, atol=1e-6)
    assert np.array_equal(lanes[1], alone.ravel())
    assert not lanes[0].any()


def test_every_block_purpose_and_number_has_generators_of_its_own():
    states = [seeded(), seeded(block=4), seeded(purpose=2), seeded(number=5), seeded(number=2**33 + 6)]
    assert len({state.tobytes() for state in states}) == len(states)
    assert tuple(seeded()[1, [0, WIDTH, 2 * WIDTH, 3 * WIDTH]]) == first_words(3, 1, 2**33 + 5, KEY)
