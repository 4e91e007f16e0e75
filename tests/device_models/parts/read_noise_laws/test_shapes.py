import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad
from support.cells.devices import cells_at, device
from support.cells.shapes import HEAVY, SKEWED, sum_cdf
from support.laws import check_law, check_mean, check_variance, rejects

from device_models import CellReads, ReadConditions, Stream, load_device
from device_models.errors import ConfigError
from device_models.parts.read_noise_laws.shapes import LAPLACE, QuantileShape, shape_of

DRAWN = np.random.default_rng(5).standard_normal(300_000)


def table(**points):
    return QuantileShape(quantiles=points).table


def test_laplace_numbers():
    """Against the law; the normal law and 2 % more variance are noticed."""
    x = LAPLACE.of_normals(DRAWN)
    check_law(x, stats.laplace(scale=np.sqrt(0.5)).cdf)
    rejects(check_law, x, "norm")
    check_variance(x, 0.0, 1.0)
    rejects(check_variance, x, 0.0, 1.02)
    assert np.all(np.diff(LAPLACE.of_normals(np.linspace(-30, 30, 1001))) > 0)
    assert LAPLACE.of_normals(DRAWN.astype(np.float32)).dtype == np.float32
    assert (LAPLACE.skewness, LAPLACE.excess_kurtosis) == stats.laplace.stats(moments="sk")


@pytest.mark.parametrize("points", [SKEWED["quantiles"], HEAVY["quantiles"]], ids=["skewed", "heavy"])
def test_a_table_is_linear_in_the_normal_score_and_goes_on_as_at_its_ends(points):
    """Standardised, and near; moments by quadrature over the normal law, another way."""
    shape, value = table(**points), np.array(points["value"])
    z = stats.norm.ppf(points["probability"]) if "probability" in points else np.array(points["normal_score"], float)

    def line(x):
        low, high = (value[1] - value[0]) / (z[1] - z[0]), (value[-1] - value[-2]) / (z[-1] - z[-2])
        ends = np.where(x < z[0], low * (x - z[0]), np.where(x > z[-1], high * (x - z[-1]), 0))
        return np.interp(x, z, value) + ends

    def moment(function):
        return quad(lambda x: function(line(x)) * stats.norm.pdf(x), -9, 9, points=z, limit=200)[0]

    mean = moment(lambda y: y)
    sd = np.sqrt(moment(lambda y: (y - mean) ** 2))
    at = np.linspace(-4.2, 4.2, 841)
    off = np.abs(shape.of_normals(at) - (line(at) - mean) / sd)
    for furthest, most in ((2.3, 0.015), (3.1, 0.03), (4.2, 0.1)):  # the last: one read in 75,000
        assert off[np.abs(at) <= furthest].max() < most
    assert shape.skewness == pytest.approx(moment(lambda y: ((y - mean) / sd) ** 3), abs=1e-3)
    assert shape.excess_kurtosis == pytest.approx(moment(lambda y: ((y - mean) / sd) ** 4) - 3, abs=2e-3)
    x = shape.of_normals(DRAWN)
    check_mean(x, 0.0, 1.0)
    check_mean(x**2, 1.0, np.sqrt(shape.excess_kurtosis + 2))
    check_law(x, sum_cdf(shape, [1.0]))
    rejects(check_law, x, "norm")


def test_two_points_are_a_normal_law_and_scores_are_as_good_as_probabilities():
    normal = table(normal_score=[-1, 2], value=[3.0, 9.0])
    assert np.sqrt(np.mean((normal.of_normals(DRAWN) - DRAWN) ** 2)) < 0.002
    assert abs(normal.skewness) < 1e-5
    assert abs(normal.excess_kurtosis) < 1e-3
    z = np.array([-2.0, 0.5, 1.0])
    first = table(normal_score=z.tolist(), value=[-1, 0, 3])
    second = table(probability=stats.norm.cdf(z).tolist(), value=[-10, 0, 30])  # another unit
    assert np.allclose(first.of_normals(DRAWN), second.of_normals(DRAWN), atol=1e-9)


@pytest.mark.parametrize("shape", ["laplace", SKEWED], ids=["laplace", "table"])
def test_reads_are_of_the_shape_and_floors_are_normal(shape):
    """The exact law of the sum of both; all of it normal, or all of it of the shape, fails."""
    noise = {"relative_sd": 2e-3, "shape": shape, "thermal": True, "shot": True}
    dev, read = device(read_noise=noise), ReadConditions(window_s=2e-8)
    law = dev.read_law(cells_at(1e-6, 200_000), read)
    x = CellReads(law, dev.initial_state(law, Stream()), 1e-6, np.random.default_rng(3)).read() - 1e-6
    own, floor = 2e-9, float(np.sqrt(dev.read_noise.floor_s2(np.array([1e-6]), read, 300.0)[0]))
    assert np.allclose(law.sd_s, np.hypot(own, floor))
    assert np.allclose(law.shaped.sd_s, own)
    assert np.allclose(np.sqrt(law.normal_s2), floor)
    assert law.independent
    assert law.shaped is not None
    small = device(read_noise=noise | {"thermal": False, "shot": False})
    alone = small.read_law(cells_at(1e-6, 200_000), read)
    y = CellReads(alone, small.initial_state(alone, Stream()), 1e-6, np.random.default_rng(3)).read() - 1e-6
    check_law(x, sum_cdf(shape_of(dev.read_noise.shape), [own], floor))
    check_law(y, sum_cdf(shape_of(dev.read_noise.shape), [own]))
    rejects(check_law, y, sum_cdf(None, [own]))
    rejects(check_law, x, sum_cdf(shape_of(dev.read_noise.shape), [np.hypot(own, floor)]))


@pytest.mark.parametrize(
    ("noise", "message"),
    [
        ({"relative_sd": 0.1, "shape": "cauchy"}, "expected normal, laplace or {quantiles: {...}}, got 'cauchy'"),
        ({"thermal": True, "shape": "laplace"}, "shape: of no noise; give relative_sd or law"),
        ({"value": [1, 2]}, "give one of probability | normal_score"),
        (
            {"probability": [0.1, 0.9], "normal_score": [0, 1], "value": [1, 2]},
            "give one of probability | normal_score",
        ),
        ({"probability": [0.1, 0.9], "value": [1, 2, 3]}, "value: 3 entries, but 2 in probability"),
        ({"probability": [0.0, 0.9], "value": [1, 2]}, "0 is not between 0 and 1; leave the ends out"),
        ({"normal_score": [-1, 9], "value": [1, 2]}, "9 is not between -8 and 8"),
        ({"probability": [0.5, 0.4], "value": [1, 2]}, "0.4 after 0.5"),
        ({"probability": [0.4, 0.5], "value": [2, 1]}, "value: falls from 2 to 1"),
        ({"probability": [0.4, 0.5], "value": [2, 2]}, "value: 2 everywhere"),
    ],
)
def test_each_mistake_is_one_clear_line(noise, message):
    noise = noise if "value" not in noise else {"relative_sd": 0.1, "shape": {"quantiles": noise}}
    with pytest.raises(ConfigError) as caught:
        load_device({"conductance": {"g_min_s": 1e-6, "g_max_s": 1e-4}, "read_noise": noise})
    assert len(caught.value.mistakes) == 1
    assert message in str(caught.value)
