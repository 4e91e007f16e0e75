import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossbar_nsm.engine.sampling import passes as module
from crossbar_nsm.engine.sampling.passes import chunks, mean_classes, sample_classes
from device_models.errors import ConfigError


@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 50), st.sampled_from(["input_major", "sample_major"]))
def test_every_pass_once_in_time_order_in_chunks(images, samples, limit, order):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MAX_PASSES", limit)
        seen = []
        for passes in chunks(images, samples, order, first_image=5):
            assert len(passes) <= limit
            assert np.array_equal(passes.rows + passes.start + 5, passes.images)
            seen += list(zip(passes.images.tolist(), passes.samples.tolist(), strict=True))
    expected = [(5 + i, s) for i in range(images) for s in range(samples)]
    assert seen == (expected if order == "input_major" else sorted(expected, key=lambda pair: pair[::-1]))


def test_mean_is_the_mean_of_the_samples():
    rng = np.random.default_rng(0)
    table = rng.normal(size=(9, 4, 3)).astype(np.float32)

    def logits(passes):
        return table[passes.samples, passes.images]

    samples = sample_classes(logits, 4, 9, 3, "input_major", 0)
    assert np.allclose(samples.sum(axis=2), 1)
    assert np.allclose(samples, np.exp(table) / np.exp(table).sum(axis=2, keepdims=True), atol=1e-6)
    prediction = mean_classes(logits, 4, 9, 3, "sample_major", 0)
    assert np.allclose(prediction.probability, samples.mean(axis=0), atol=1e-6)
    assert np.allclose(prediction.pass_entropy, -(samples * np.log(samples)).sum(axis=2).mean(axis=0), atol=1e-6)
    assert prediction.samples.tolist() == [9] * 4


def test_bits_of_means_do_not_depend_on_chunks(monkeypatch):
    table = np.random.default_rng(1).normal(size=(9, 4, 3)).astype(np.float32)

    def means():
        return mean_classes(lambda passes: table[passes.samples, passes.images], 4, 9, 3, "input_major", 0)

    whole = means()
    monkeypatch.setattr(module, "MAX_PASSES", 4)
    parts = means()
    assert np.array_equal(whole.probability, parts.probability)
    assert np.array_equal(whole.pass_entropy, parts.pass_entropy)


def test_large_logits_do_not_overflow():
    out = sample_classes(lambda p: np.full((len(p), 2), [1e4, 0], np.float32), 1, 1, 2, "input_major", 0)
    assert out[0, 0].tolist() == [1.0, 0.0]


@pytest.mark.parametrize("samples", [0, -1, 1.5, "3", None])
def test_samples_must_be_a_whole_number(samples):
    for evaluate in (sample_classes, mean_classes):
        with pytest.raises(ConfigError, match="expected a whole number from 1"):
            evaluate(lambda p: np.zeros((len(p), 2), np.float32), 1, samples, 2, "input_major", 0)


def test_more_single_passes_than_memory_holds():
    with pytest.raises(ConfigError, match=r"use predict: it holds none. would take"):
        sample_classes(lambda p: np.zeros((len(p), 2), np.float32), 10**12, 10**6, 10, "input_major", 0)
