"""Read noise that is not normal, as columns see it: against the exact law of their sums."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from support.cells.arrays import device, device_reader, program, read_device, telegraph, weights
from support.cells.shapes import HEAVY, SKEWED, STEPS, sum_cdf
from support.laws import check_law, check_mean, rejects
from support.networks import states

from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.device_reader import DeviceReader
from crossbar_nsm.array.layer_input import LayerInput
from crossbar_nsm.array.normal_sums import LIMIT, distance_from_normal, rounded_up
from crossbar_nsm.array.reader import ReadPlan
from crossbar_nsm.engine.kernels.convolution import Window
from crossbar_nsm.engine.kernels.product import one_blas_thread
from crossbar_nsm.engine.sampling.passes import chunks
from crossbar_nsm.mapping.reads.reader_choice import combined_reads
from crossbar_nsm.neuron.circuits import circuit_of
from crossbar_nsm.neuron.config import NeuronConfig
from device_models.errors import MappingError

SHAPES = pytest.mark.parametrize("shape", ["laplace", SKEWED], ids=["laplace", "table"])


def shaped(shape, **noise):
    return device(read_noise={"relative_sd": 0.05, "shape": shape, **noise})


def levels(array: Crossbar, u: np.ndarray, z: np.ndarray, normal: bool = False) -> np.ndarray:
    """Where reads u (reads, outputs) of one input z (rows) lie in the exact law of each column, from 0 to 1."""
    law, gain, mean = array.law, array.targets.gain, z @ array.mean_matrix()
    scales = z[:, None] * gain * np.stack([law.shaped.sd_s[0], -law.shaped.sd_s[1]])
    floor = np.sqrt((z[:, None] ** 2 * gain**2 * law.normal_s2.sum(axis=0)).sum(axis=0))
    kind = None if normal else law.shaped.shape
    return np.stack(
        [sum_cdf(kind, scales[:, :, i].ravel(), floor[i])(u[:, i] - mean[i]) for i in range(u.shape[1])], axis=1
    )


@SHAPES
@pytest.mark.parametrize("floors", [False, True], ids=["alone", "floors"])
def test_columns_follow_the_exact_law(shape, floors):
    """Two pairs and real inputs; the normal law of the same variance fails."""
    dev = shaped(shape, thermal=floors, shot=floors)
    array = program(weights(2, 2), dev, read={"window_s": 3e-11} if floors else None)
    assert bool(array.law.normal_s2.max() > 0.1 * array.law.sd_s.max() ** 2) == floors
    z = np.array([[1.0, -0.6]], np.float32)
    u = read_device(array, z, 60_000)[0]
    check_law(levels(array, u, z[0]), "uniform")
    rejects(check_law, levels(array, u, z[0], normal=True), "uniform")
    standard = (u - z @ array.mean_matrix()) / u.std(axis=0)
    check_mean(standard[:, 1:] * standard[:, :-1], 0.0)
    check_mean(standard[1:] * standard[:-1], 0.0)
    rejects(check_mean, standard * standard, 0.0)


def test_tables_of_more_columns_follow_their_law():
    """Steps, smoothed by the floors."""
    array = program(weights(2, 2), shaped(STEPS, thermal=True, shot=True), read={"window_s": 3e-11})
    z = np.array([[1.0, -0.6]], np.float32)
    u = read_device(array, z, 60_000)[0]
    check_law(levels(array, u, z[0]), "uniform")
    rejects(check_law, levels(array, 1.05 * u, z[0]), "uniform")


@SHAPES
def test_positions_of_a_convolution_and_tiles_have_the_same_law(shape):
    """Padding has no noise; row tiles apart add up to the whole."""
    shown = LayerInput(0, Window(1, 3, 3, 2, 1, 1))
    array = program(weights(2, 4), shaped(shape), rows=3)
    reader = DeviceReader(array, np.ones((1, 1, 2 * shown.positions)), shown, per_tile=True)
    z = states(1, 9)
    with one_blas_thread():
        parts = [reader.currents(z, p.input_of, p)[0].sum(axis=0) for p in chunks(1, 12_000, "input_major")]
    u = np.concatenate(parts).astype(float).reshape(12_000, 2, shown.positions)
    seen = shown.vectors(z)
    for position in (0, 5):  # a corner, which sees one input, and the middle
        check_law(levels(array, u[:, :, position], seen[position]), "uniform")
        rejects(check_law, levels(array, 1.05 * u[:, :, position], seen[position]), "uniform")


@SHAPES
def test_cells_behind_selectors_and_with_traps_are_drawn_one_by_one(shape):
    """What a selector passes follows the law of its pair."""
    gated = replace_noise(device(selector={"keep_probability": 0.5}), shape)
    array = program(weights(3, 1), gated)
    u = read_device(array, np.ones((1, 1), np.float32), 30_000)[0]
    check_mean(u == 0, 0.5, 0.5)
    free = program(weights(3, 1), shaped(shape))
    assert np.array_equal(free.g_s, array.g_s)
    passed = np.concatenate([levels(free, u, np.ones(1))[u[:, i] != 0, i] for i in range(3)])
    check_law(passed, "uniform")
    wrong = np.concatenate([levels(free, u, np.ones(1), normal=True)[u[:, i] != 0, i] for i in range(3)])
    rejects(check_law, wrong, "uniform")
    law = program(weights(3, 1), replace_noise(device(telegraph=telegraph(1e-10, 1e-10)), shape)).drawn_law
    assert law.slow == {}  # of fast traps: normal beside the shape
    assert np.allclose(law.normal_s2 + law.shaped.sd_s**2, law.sd_s**2)
    assert law.normal_s2.min() > 0


def replace_noise(dev, shape):
    return dev.model_copy(update={"read_noise": shaped(shape).read_noise})


def test_split_noise_is_normal_beside_the_shape():
    slow = {"flicker": {"relative": {"coefficient": 0.05}, "read_time_s": 1e-7, "slowest_s": 1e-2}}
    array = program(weights(3, 2), replace_noise(device(**slow), "laplace"), read={"slow_noise": "split"}, age_s=1.0)
    assert array.law.independent
    assert np.allclose(array.law.shaped.sd_s, 0.05 * array.g_s, rtol=1e-6)
    assert array.law.normal_s2.min() > 0
    u = read_device(array, np.ones((1, 2), np.float32), 40_000)[0]
    check_law(levels(array, u, np.ones(2)), "uniform")


@SHAPES
@pytest.mark.parametrize("inputs", [1, 6, 40])
def test_sums_are_as_near_to_normal_as_the_bound_says(shape, inputs):
    """The exact distance of the worst column lies below, and not far below for a column of many cells."""
    array = program(weights(1, inputs), shaped(shape))
    z, sd = np.ones(inputs), np.sqrt(array.covariance(0.0))
    x = np.linspace(-4, 4, 201)
    u = x[:, None] * sd + z @ array.mean_matrix()
    distance = np.abs(levels(array, u, z) - stats.norm.cdf(x)[:, None]).max()
    plan = ReadPlan.of_one_read(array)
    bound = distance_from_normal(plan)
    assert 0.1 * bound < distance < 1.02 * bound
    if shape == "laplace":
        assert distance > 0.8 * bound
    assert combined_reads(plan).name == ("moments" if bound <= LIMIT else "device")


@pytest.mark.parametrize(
    ("shape", "inputs"),
    [("laplace", (80, 8)), (HEAVY, (80, 8)), (SKEWED, (400, 80))],
    ids=["laplace", "heavy", "skewed"],
)
def test_the_closed_form_says_how_near_it_is_and_is_refused_beyond_the_limit(shape, inputs):
    """Skewed noise takes more inputs: its third cumulants may add up, and so they are taken."""
    many, few = (program(weights(2, n), shaped(shape), read={"engine": "moments"}) for n in inputs)
    reader = combined_reads(ReadPlan.of_one_read(many))
    bound = distance_from_normal(ReadPlan.of_one_read(many))
    assert reader.description == f"moments, sums taken as normal (P within {rounded_up(bound)})"
    with pytest.raises(
        MappingError, match=r"read\.engine: moments takes sums of columns as normal.*use auto or device"
    ):
        combined_reads(ReadPlan.of_one_read(few))


def test_real_inputs_are_bounded_by_their_worst_pair():
    many = program(weights(2, 80), shaped("laplace"))
    real = ReadPlan.of_one_read(many, LayerInput(80, binary=False))  # of which one input may be all
    assert distance_from_normal(real) == pytest.approx(
        max(distance_from_normal(ReadPlan.of_one_read(pair)) for pair in one_by_one(many)), rel=1e-6
    )
    assert distance_from_normal(ReadPlan.of_one_read(program(weights(2, 8), device()))) == 0
    assert [rounded_up(d) for d in (1.1e-4, 2e-4, 0.003, 0.0099)] == ["0.0002", "0.0002", "0.005", "0.01"]


def one_by_one(array):
    """Arrays of each of its pairs alone."""
    for row in range(array.tiling.inputs):
        only = np.arange(array.tiling.inputs) == row
        one = program(weights(2, array.tiling.inputs), array.device)
        one.targets.gain[...] = array.targets.gain * only[:, None]
        yield one


def test_masks_take_one_reader_for_all_reads():
    """Of masked inputs few may be left: both sets of reads are drawn cell by cell."""
    circuit = circuit_of(NeuronConfig(scaling="row_mask"))
    array = program(weights(2, 80), shaped("laplace"))
    plan = ReadPlan(circuit.operands, {"main": array}, circuit.coefficients(np.ones(2)), LayerInput(80))
    reader = combined_reads(plan)
    assert (reader.with_mask.name, reader.without.name, reader.name) == ("device", "device", "device")
    assert combined_reads(replace(plan, arrays={"main": program(weights(2, 80), device())})).name == "moments"


@SHAPES
def test_draws_do_not_depend_on_batches(shape):
    array = program(weights(5, 7), shaped(shape, thermal=True))
    z = states(1, 7)
    with one_blas_thread():
        whole = [device_reader(array).currents(z, p.input_of, p)[0, 0] for p in chunks(1, 100, "input_major")]
        reader = device_reader(array)
        pieces = [reader.currents(z, p.input_of, p)[0, 0] for p in chunks(1, 100, "input_major", widest=2**20)]
    assert len(pieces) > len(whole)
    assert np.array_equal(np.concatenate(whole), np.concatenate(pieces))
