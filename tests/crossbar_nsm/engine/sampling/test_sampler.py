"""Single passes and their means, whatever gives the logits."""

import numpy as np
import pytest

from crossbar_nsm.engine.sampling import passes as passes_module
from crossbar_nsm.engine.sampling.pass_plan import PassPlan
from crossbar_nsm.engine.sampling.sampler import Sampler
from device_models.errors import ConfigError


def test_mean_is_the_mean_of_the_samples():
    rng = np.random.default_rng(0)
    table = rng.normal(size=(9, 4, 3)).astype(np.float32)

    def logits(passes):
        return table[passes.samples, passes.images]

    samples = Sampler(PassPlan(4, 9, 3), logits).sample()
    assert np.allclose(samples.sum(axis=2), 1)
    assert np.allclose(samples, np.exp(table) / np.exp(table).sum(axis=2, keepdims=True), atol=1e-6)
    prediction = Sampler(PassPlan(4, 9, 3, "sample_major"), logits).predict()
    assert np.allclose(prediction.probability, samples.mean(axis=0), atol=1e-6)
    assert np.allclose(prediction.pass_entropy, -(samples * np.log(samples)).sum(axis=2).mean(axis=0), atol=1e-6)
    assert prediction.samples.tolist() == [9] * 4


def test_bits_of_means_do_not_depend_on_chunks(monkeypatch):
    table = np.random.default_rng(1).normal(size=(9, 4, 3)).astype(np.float32)

    sampler = Sampler(PassPlan(4, 9, 3), lambda passes: table[passes.samples, passes.images])
    whole = sampler.predict()
    monkeypatch.setattr(passes_module, "MAX_PASSES", 4)
    parts = sampler.predict()
    assert np.array_equal(whole.probability, parts.probability)
    assert np.array_equal(whole.pass_entropy, parts.pass_entropy)


def test_large_logits_do_not_overflow():
    out = Sampler(PassPlan(1, 1, 2), lambda p: np.full((len(p), 2), [1e4, 0], np.float32)).sample()
    assert out[0, 0].tolist() == [1.0, 0.0]


@pytest.mark.parametrize("samples", [0, -1, 1.5, "3", None])
def test_samples_must_be_a_whole_number(samples):
    with pytest.raises(ConfigError, match="expected a whole number from 1"):
        PassPlan(1, samples, 2)


def test_more_single_passes_than_memory_holds():
    with pytest.raises(ConfigError, match=r"use predict: it holds none. would take"):
        Sampler(PassPlan(10**12, 10**6, 10), lambda p: np.zeros((len(p), 2), np.float32)).sample()
