"""Passes that are made are those of a full run, and the decision is that of a full run as often as promised."""

import numpy as np
import pytest
from scipy import stats
from support.laws import FALSE_ALARM

from crossbar_nsm.engine.sampling import early_stopping as module
from crossbar_nsm.engine.sampling import passes as passes_module
from crossbar_nsm.engine.sampling.config import EarlyStoppingConfig, early_stopping
from crossbar_nsm.engine.sampling.early_stopping import is_sure
from crossbar_nsm.engine.sampling.pass_plan import PassPlan
from crossbar_nsm.engine.sampling.sampler import Sampler
from device_models.errors import ConfigError

SAMPLES = 60


def logits_of(table):
    """table (samples, images, classes); checks that the images of a chunk are the ones its passes are of."""
    every = np.arange(table.shape[1])

    def logits(passes):
        assert np.array_equal(passes.of(every)[passes.input_of], passes.images)
        return table[passes.samples, passes.images]

    return logits


@pytest.fixture
def table():
    """Logits of images that differ in how clear they are."""
    rng = np.random.default_rng(0)
    clear = np.linspace(0, 4, 40)[:, None] * np.eye(3)[rng.integers(0, 3, 40)]
    return (clear + rng.normal(size=(SAMPLES, 40, 3))).astype(np.float32)


@pytest.mark.parametrize("order", ["input_major", "sample_major"])
@pytest.mark.parametrize("has_memory", [False, True])
def test_an_image_has_the_first_passes_of_a_full_run(table, order, has_memory, monkeypatch):
    stopping = EarlyStoppingConfig(confidence=0.9, block=8)

    sampler = Sampler(PassPlan(40, SAMPLES, 3, order, has_memory=has_memory), logits_of(table))
    whole, every = sampler.predict_until_sure(stopping), sampler.sample()
    for image, count in enumerate(whole.samples):
        assert whole.probability[image] == pytest.approx(every[:count, image].mean(axis=0), abs=1e-6)
    assert whole.samples.min() == 16
    assert whole.samples.max() == SAMPLES
    assert len(set(whole.samples)) > 3
    monkeypatch.setattr(passes_module, "MAX_PASSES", 7)
    monkeypatch.setattr(module, "MOST_PRODUCTS", 40)
    parts = sampler.predict_until_sure(stopping)
    for name in ("probability", "pass_entropy", "samples"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name))


def test_images_are_counted_from_the_first(table):
    stopping = EarlyStoppingConfig()
    shifted = Sampler(PassPlan(40, SAMPLES, 3, first_image=7), lambda passes: table[passes.samples, passes.images - 7])
    same = Sampler(PassPlan(40, SAMPLES, 3), logits_of(table))
    probability = [one.predict_until_sure(stopping).probability for one in (shifted, same)]
    assert np.array_equal(*probability)


@pytest.mark.parametrize("order", ["input_major", "sample_major"])
def test_reads_with_memory_stay_in_time_order(table, order):
    """All passes of an image before the next one, or all images once before they are shown again."""
    seen = []

    def logits(passes):
        seen.extend(zip(passes.images.tolist(), passes.samples.tolist(), strict=True))
        return table[passes.samples, passes.images]

    Sampler(PassPlan(40, SAMPLES, 3, order, has_memory=True), logits).predict_until_sure(EarlyStoppingConfig())
    key = (lambda one: one) if order == "input_major" else (lambda one: one[::-1])
    assert seen == sorted(seen, key=key)
    assert len(seen) < 40 * SAMPLES


def test_progress_counts_passes_left_out_as_done(table):
    told = []
    sampler = Sampler(PassPlan(40, SAMPLES, 3), logits_of(table))
    sampler.predict_until_sure(EarlyStoppingConfig(), lambda done, total: told.append((done, total)))
    assert told[-1] == (40 * SAMPLES, 40 * SAMPLES)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


@pytest.mark.parametrize("block", [30, 31, 60, 100])
def test_fewer_than_three_blocks_are_a_full_run(table, block):
    """After the second block nothing is left to save."""
    sampler = Sampler(PassPlan(40, SAMPLES, 3), logits_of(table))
    assert (sampler.predict_until_sure(EarlyStoppingConfig(block=block)).samples == SAMPLES).all()


def test_the_rule_is_that_of_its_formula():
    """20 of 100 passes of two classes; one imagined pass for the runner-up."""
    rng = np.random.default_rng(3)
    p = np.clip(rng.normal(np.linspace(0.5, 1, 50), 0.15, (20, 50)), 0, 1)
    both = np.stack([p, 1 - p], axis=-1)  # passes, images, classes
    products = np.einsum("pij,pik->ijk", both, both)
    sure = is_sure(both.sum(axis=0), products, 20, 100, EarlyStoppingConfig(confidence=0.8, effective_share=0.5))
    d = 2 * p - 1
    d = np.concatenate([d * np.sign(d.mean(axis=0)), [[-1] * 50]])
    error = d.std(axis=0, ddof=1) * np.sqrt((1 / 21 - 1 / 101) / 0.5)
    quantile = stats.t.ppf(1 - 0.2 / 8, df=9)  # after 20, 30, ..., 90 passes
    assert np.array_equal(sure, d.mean(axis=0) > quantile * error)
    assert 0 < sure.sum() < 50


def rare(rng, images):
    """About a tenth of the passes turn over the small lead of the others: the mean is about 0, never 0."""
    return np.where(rng.random((100, images)) < 0.1, -0.93, 0.1)


def normal(rng, images):
    """Small leads, down to none."""
    return np.clip(rng.normal(np.linspace(0, 0.2, images), 0.3, (100, images)), -0.99, 0.99)


def alike(rng, images, rho=0.9):
    """Successive passes of correlation rho: (1 - rho)/(1 + rho) effective samples per sample."""
    d = rng.normal(size=(100, images))
    for sample in range(1, 100):
        d[sample] = rho * d[sample - 1] + np.sqrt(1 - rho**2) * d[sample]
    return np.clip(0.3 * d, -0.99, 0.99)


def agreement(d, stopping):
    """Images whose decision is that of all passes; d (samples, images): differences of two classes' probabilities."""
    logits = np.stack([np.log((1 + d) / (1 - d)), np.zeros_like(d)], axis=-1).astype(np.float32)
    found = Sampler(PassPlan(d.shape[1], 100, 2), logits_of(logits)).predict_until_sure(stopping)
    assert found.samples.mean() < 99
    return np.count_nonzero((found.probability[:, 0] > 0.5) == (d.mean(axis=0) > 0))


def check_promise(d, stopping):
    """At least the promised share agrees: rejected when so few would be seen with a chance below FALSE_ALARM."""
    images = d.shape[1]
    p = stats.binom.cdf(agreement(d, stopping), images, stopping.confidence)
    assert p > FALSE_ALARM, f"p = {p:.1e}"


@pytest.mark.parametrize("confidence", [0.8, 0.95])
@pytest.mark.parametrize("law", [rare, normal])
def test_decisions_are_those_of_the_full_run_as_often_as_promised(law, confidence):
    check_promise(law(np.random.default_rng(5), 10_000), EarlyStoppingConfig(confidence=confidence))


def test_passes_that_resemble_each_other_need_their_effective_number():
    """The negative control: taken for independent, they break the promise."""
    d = alike(np.random.default_rng(6), 10_000)
    check_promise(d, EarlyStoppingConfig(confidence=0.95, effective_share=0.1 / 1.9))
    with pytest.raises(AssertionError, match="p ="):
        check_promise(d, EarlyStoppingConfig(confidence=0.95))


def test_settings_are_checked():
    with pytest.raises(ConfigError, match="confidence: input should be less than 1, got 1"):
        early_stopping(confidence=1)
    with pytest.raises(ConfigError, match="block: input should be greater than or equal to 1, got 0"):
        early_stopping(block=0)
    with pytest.raises(ConfigError, match="unknown key, did you mean effective_share"):
        early_stopping(effective_shar=1)
