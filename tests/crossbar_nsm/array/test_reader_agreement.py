"""The closed form and the reader that draws every cell follow the same law: every circuit, dense layers and
convolutions with padding, mean to fourth moment, distribution, covariance between units and between passes."""

from types import SimpleNamespace

import numpy as np
import pytest
from support.cells.arrays import device, program, weights
from support.laws import check_law, check_mean, check_normal_variance, rejects
from support.networks import images, states

from crossbar_nsm.array.layer_input import LayerInput
from crossbar_nsm.array.reader import ReadPlan
from crossbar_nsm.engine.kernels.convolution import Window
from crossbar_nsm.engine.kernels.product import one_blas_thread
from crossbar_nsm.engine.sampling.passes import chunks
from crossbar_nsm.mapping.reads.reader_choice import combined_reads
from crossbar_nsm.neuron.circuits import circuit_of
from crossbar_nsm.neuron.config import NeuronConfig

PASSES = 12_000
CIRCUITS = ("none", "digital", "averaged", "paired", "replica")
DENSE = LayerInput(40)
CONV = LayerInput(0, Window(2, 5, 4, 3, 1, 1))


def arrays(engine, shown):
    read = {"engine": engine}
    weight = weights(16 if shown.is_dense else 3, shown.rows)
    return {
        "main": program(weight, device(), read=read, rows=25),
        "replica": program(weight, device(), seed=7, read=read, rows=25),
    }


def reader(engine, circuit, shown, gain=1.7, noise=1.0, **more):
    made = arrays(engine, shown)
    used = {name: made[name] for name in circuit.arrays}
    for array in used.values():
        array.law.sd_s[...] *= noise
    units = made["main"].tiling.outputs * shown.positions
    gains = gain * np.linspace(0.5, 1.5, units)
    plan = ReadPlan(circuit.operands, used, circuit.coefficients(gains), shown, **more)
    return combined_reads(plan), used, gains


def exact_moments(circuit, used, gains, shown, z):
    """Mean and variance (units) of u, from the cells: pair by pair, position by position."""
    c = circuit.coefficients(gains).reshape(len(circuit.operands), -1, shown.positions)
    vectors = shown.vectors(z).astype(float)
    mean = variance = 0
    for share, operand in zip(c, circuit.operands, strict=True):
        array = used[operand.array]
        pair = array.targets.gain * (array.law.g_s[0] - array.law.g_s[1])
        spread = array.targets.gain**2 * (array.law.sd_s**2).sum(axis=0) * operand.is_read
        mean = mean + share * (vectors @ pair).T
        variance = variance + share**2 * (vectors**2 @ spread).T
    return mean.ravel(), variance.ravel()


def drawn(read, z, count=PASSES):
    with one_blas_thread():
        parts = [read(z, passes.input_of, passes) for passes in chunks(1, count, "input_major", widest=2000)]
    return np.concatenate(parts, axis=-2).astype(float)


@pytest.mark.parametrize("shown", [DENSE, CONV], ids=["dense", "convolution"])
@pytest.mark.parametrize("scaling", CIRCUITS)
def test_both_readers_follow_the_exact_law(scaling, shown):
    """Two per cent of variance more, and the same check fails."""
    circuit = circuit_of(NeuronConfig(scaling=scaling, averaged_reads=3))
    z = states(1, 40)
    for engine in ("moments", "device"):
        read, used, gains = reader(engine, circuit, shown)
        assert read.description == engine
        mean, variance = exact_moments(circuit, used, gains, shown, z)
        u = (drawn(read.current, z) - mean) / np.sqrt(variance)
        check_mean(u, 0.0, 1.0)
        check_normal_variance(u, 1.0)
        check_mean(u**3, 0.0, np.sqrt(15))
        check_mean(u**4, 3.0, np.sqrt(96))
        check_law(u, "norm")
        check_mean(u[:, 1:] * u[:, :-1], 0.0, 1.0)  # units, and positions that share cells
        check_mean(u[1:] * u[:-1], 0.0, 1.0)
        rejects(check_normal_variance, u * np.sqrt(1.03), 1.0)
        rejects(check_mean, u[1:] * u[1:], 0.0, 1.0)
        rejects(check_law, np.where(u > 0, u, 1.03 * u), "norm")


@pytest.mark.parametrize("engine", ["moments", "device"])
@pytest.mark.parametrize("shown", [DENSE, CONV], ids=["dense", "convolution"])
def test_real_inputs_scale_the_noise_of_their_rows(engine, shown):
    """Grey values: Var[u] = sum_j z_j^2 Var[w_j]. With the variance of inputs +-1 the check fails."""
    circuit, z = circuit_of(NeuronConfig(scaling="paired")), images(1, 40) * 2 - 1
    read, used, gains = reader(engine, circuit, shown.with_real_inputs())
    mean, variance = exact_moments(circuit, used, gains, shown, z)
    u = (drawn(read.current, z, 6000) - mean) / np.sqrt(variance)
    check_mean(u, 0.0, 1.0)
    check_normal_variance(u, 1.0)
    check_law(u, "norm")
    _, of_signs = exact_moments(circuit, used, gains, shown, np.sign(z))
    rejects(check_normal_variance, u * np.sqrt(variance / of_signs), 1.0)


@pytest.mark.parametrize("engine", ["moments", "device"])
@pytest.mark.parametrize("shown", [DENSE, CONV], ids=["dense", "convolution"])
def test_operands_and_tiles_apart_add_up_to_the_whole(engine, shown):
    """Each read of each row tile has its own mean and variance; they are independent and sum to the combined read."""
    circuit = circuit_of(NeuronConfig(scaling="paired"))
    read, used, gains = reader(engine, circuit, shown, apart=True)
    z = states(1, 40)
    u = drawn(read.operand_currents, z, 6000)
    array, slices = used["main"], used["main"].tiling.row_slices
    assert u.shape[:2] == (2, len(slices))
    vectors = shown.vectors(z).astype(float)
    for tile, rows in enumerate(slices):
        pair = (array.targets.gain * (array.law.g_s[0] - array.law.g_s[1]))[rows]
        spread = (array.targets.gain**2 * (array.law.sd_s**2).sum(axis=0))[rows]
        mean, sd = (vectors[:, rows] @ pair).T.ravel(), np.sqrt((vectors[:, rows] ** 2 @ spread).T.ravel())
        standard = (u[:, tile] - mean) / sd
        check_mean(standard, 0.0, 1.0)
        check_normal_variance(standard, 1.0)
        rejects(check_normal_variance, 1.02 * standard, 1.0)
        check_mean(standard[0] * standard[1], 0.0, 1.0)
    c = circuit.coefficients(gains)
    mean, variance = exact_moments(circuit, used, gains, shown, z)
    whole = (np.einsum("ku,ktpu->pu", c, u) - mean) / np.sqrt(variance)
    check_normal_variance(whole, 1.0)
    rejects(check_normal_variance, 1.02 * whole, 1.0)


def test_the_fused_decision_fires_as_often_as_the_exact_law_says():
    """fire() in one sweep (every pass its own input, or all the same) against Phi((mean + bias) / sd)."""
    from scipy.stats import norm

    circuit, rng = circuit_of(NeuronConfig(scaling="paired")), np.random.default_rng(4)
    for shown in (DENSE, CONV):
        read, used, gains = reader("moments", circuit, shown)
        mean, variance = exact_moments(circuit, used, gains, shown, states(1, 40))
        bias, added = (rng.normal(size=len(mean)) - mean).astype(np.float32), np.full(len(mean), 0.5, np.float32)
        comparators = SimpleNamespace(shift=bias, noise_sd=added, has_memory=False)
        p = norm.cdf((mean + bias) / np.sqrt(variance + 0.25))
        for z in (states(1, 40), np.repeat(states(1, 40), PASSES, axis=0)):
            fired = []
            with one_blas_thread():
                for passes in chunks(1, PASSES, "input_major", widest=500):
                    rows = passes.input_of if len(z) == 1 else np.arange(len(passes))
                    fired.append(read.fire(z[: len(passes)], rows, passes, comparators) > 0)
            rate = (np.concatenate(fired).mean(axis=0) - p) / np.sqrt(p * (1 - p) / PASSES)
            check_mean(rate**2, 1.0, np.sqrt(2))
            p_wrong = norm.cdf((mean + bias) / np.sqrt(variance))
            wrong = (np.concatenate(fired).mean(axis=0) - p_wrong) / np.sqrt(p * (1 - p) / PASSES)
            if shown is CONV:
                rejects(check_mean, wrong**2, 1.0, np.sqrt(2))


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("engine", ["moments", "device"])
def test_same_bits_for_any_threads_and_chunks(engine):
    from support.threads import one_thread

    circuit = circuit_of(NeuronConfig(scaling="paired"))
    read, _, _ = reader(engine, circuit, CONV)
    z = states(7, 40)

    def run(splits):
        parts = [
            read.current(z[start:stop], passes.input_of, passes)
            for start, stop in splits
            for passes in chunks(stop - start, 5, "input_major", first_image=start)
        ]
        return np.concatenate(parts)

    with one_blas_thread():
        whole = run([(0, 7)])
        assert np.array_equal(run([(0, 1), (1, 4), (4, 7)]), whole)
        with one_thread():
            assert np.array_equal(run([(0, 7)]), whole)
