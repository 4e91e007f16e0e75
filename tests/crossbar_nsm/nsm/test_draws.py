import math

import numpy as np
import pytest
import torch
from scipy import stats
from support.laws import check_law, check_mean, check_normal_variance, rejects

from crossbar_nsm.engine.sampling.passes import Passes
from crossbar_nsm.nsm.draws import MANY, CounterDraws, GeneratorDraws
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


MANY_SHAPES = [torch.Size((300, 700)), torch.Size((70, 5, 21, 19)), torch.Size((5, 7, 61, 63))]


def generated(kind, shape, seed=0, **settings):
    generator = torch.Generator().manual_seed(seed)
    return getattr(GeneratorDraws(generator), kind)(shape, **settings)


@pytest.mark.parametrize("shape", [torch.Size((100, 70)), *MANY_SHAPES])
def test_few_and_many_numbers_follow_the_same_laws(shape):
    normal, uniform = generated("normal", shape, sd=0.7), generated("uniform", shape)
    assert normal.shape == uniform.shape == shape
    assert normal.dtype == uniform.dtype == torch.float32
    values = normal.double().numpy()
    check_mean(values, 0.0, 0.7)
    check_normal_variance(values, 0.49)
    rejects(check_normal_variance, values, 0.49 * 1.2)
    check_mean(values**4 / 0.7**4, 3.0)
    check_law(values, stats.norm(scale=0.7).cdf)
    rejects(check_law, values, stats.norm(scale=0.9).cdf)
    assert 0 <= uniform.min() < uniform.max() < 1
    check_law(uniform.double().numpy(), "uniform")
    check_mean(uniform.double().numpy(), 0.5, 1 / math.sqrt(12))
    rejects(check_mean, uniform.double().numpy(), 0.53, 1 / math.sqrt(12))


@pytest.mark.parametrize("kind", ["normal", "uniform"])
@pytest.mark.parametrize("shape", MANY_SHAPES)
def test_images_channels_and_positions_have_numbers_of_their_own(shape, kind):
    """Neighbours in every direction are uncorrelated; no number of high resolution comes twice in a row."""
    assert shape.numel() >= MANY
    numbers = generated(kind, shape).double()
    centred = (numbers - (0.5 if kind == "uniform" else 0)).numpy()
    for axis in range(len(shape)):
        for step in {1, 2, shape[axis] // 4, shape[axis] // 2} - {0}:
            first, second = (
                np.take(centred, range(*cut), axis) for cut in ((0, shape[axis] - step), (step, shape[axis]))
            )
            check_mean(first * second, 0.0)
    rejects(check_mean, centred * centred, 0.0)


@pytest.mark.parametrize("kind", ["normal", "uniform"])
@pytest.mark.parametrize("shape", [torch.Size((9, 7)), *MANY_SHAPES])
def test_calls_differ_and_the_state_of_the_generator_repeats_them(shape, kind):
    generator = torch.Generator().manual_seed(3)
    source = GeneratorDraws(generator)
    getattr(source, kind)(shape)
    state = generator.get_state()
    first, second = getattr(source, kind)(shape), getattr(source, kind)(shape)
    assert correlation(first.contiguous(), second.contiguous()) < (0.7 if shape.numel() < 100 else 0.02)
    generator.set_state(state)
    assert torch.equal(getattr(source, kind)(shape), first)
    assert torch.equal(getattr(source, kind)(shape), second)
    assert not torch.equal(generated(kind, shape, seed=4), generated(kind, shape, seed=5))


def test_many_numbers_of_images_are_laid_out_channels_last():
    shape = MANY_SHAPES[1]
    for kind in ("normal", "uniform"):
        assert generated(kind, shape).is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("kind", ["normal", "uniform"])
def test_an_image_has_the_same_numbers_in_any_batch(kind):
    passes = Passes(0, 1, np.zeros(6, int), np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1] * 3))
    part = Passes(0, 1, np.zeros(2, int), np.array([1, 2]), np.array([1, 0]))
    whole, some = (CounterDraws(Stream(seed=0, layer="conv1"), "test", which) for which in (passes, part))
    for _ in range(2):
        numbers = getattr(whole, kind)(torch.Size((6, 3, 5, 4)))
        assert numbers.shape == (6, 3, 5, 4)
        assert torch.equal(getattr(some, kind)(torch.Size((2, 3, 5, 4))), numbers[[3, 4]])
        assert len(torch.unique(numbers)) > 350
