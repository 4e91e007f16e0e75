import numpy as np
import torch

from crossbar_nsm.engine.passes import Passes
from crossbar_nsm.nsm.draws import CounterDraws
from device_models.streams import Stream

ONE = np.arange(2000)
PASSES = Passes(0, 1, np.zeros(2000, int), np.zeros(2000, int), ONE)
SHAPE = torch.Size((2000, 5))


def draws(layer="fc1", seed=0):
    return CounterDraws(Stream(seed=seed, layer=layer), "test", PASSES)


def correlation(a, b):
    return abs(np.corrcoef(a.numpy().ravel(), b.numpy().ravel())[0, 1])


def test_calls_layers_and_seeds_have_draws_of_their_own():
    """|r| of independent pairs is below 0.05 with probability 1 - 6e-7 (10,000 pairs)."""
    source = draws()
    first, second, uniform = source.normal(SHAPE), source.normal(SHAPE), source.uniform(SHAPE)
    for other in (second, uniform, draws("fc2").normal(SHAPE), draws(seed=1).normal(SHAPE)):
        assert correlation(first, other) < 0.05
    assert torch.equal(first, draws().normal(SHAPE))
    assert 0 <= uniform.min() < uniform.max() < 1
