import math

import numpy as np
import pytest
import torch
from support.networks import dense_network, images
from support.reproduction import small_context

from crossbar_nsm.reproduce.robustness import changed, fixed_point, fixed_range, robustness, row_factors, rows_scaled
from device_models.errors import DatasetError


@pytest.mark.parametrize("bits", [2, 3, 8])
def test_fixed_point_has_its_number_of_levels_and_rounds_to_the_nearest(bits):
    weight = np.random.default_rng(0).uniform(-1, 1, size=(60, 700))
    rounded = fixed_point(weight, bits)
    step = np.abs(weight).max() / (2 ** (bits - 1) - 1)
    levels = np.unique(np.round(rounded / step).astype(int))
    assert len(np.unique(rounded)) == 2**bits - 1
    assert np.abs(rounded).max() == pytest.approx(np.abs(weight).max())
    assert levels[0] >= -(2 ** (bits - 1) - 1)
    assert np.abs(rounded - weight).max() <= step / 2 * (1 + 1e-9)
    assert 0 in levels


def test_fixed_point_of_zeros():
    assert np.array_equal(fixed_point(np.zeros((2, 3)), 4), np.zeros((2, 3)))


def test_fixed_range_is_a_multiple_of_the_starting_bound():
    weight = np.linspace(-1, 1, 50).reshape(2, 25)
    assert np.abs(fixed_range(weight, 2.0)).max() == pytest.approx(0.4)
    assert np.array_equal(fixed_range(weight, 5.0), weight)


def test_row_factors_are_log_normal_and_differ_between_copies():
    net = dense_network(10, 2000, 3)
    one, two = (np.log(row_factors(net, 0.5, copy)["fc1"]) for copy in (0, 1))
    assert abs(one.std() / 0.5 - 1) < 0.1
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.15
    assert np.array_equal(row_factors(net, 0.0, 0)["fc1"], np.ones(2000))


def test_biases_go_with_their_rows_and_the_original_is_left_alone():
    net = dense_network(6, 4, 2, method="relu")
    next(net.hidden_layers()).bias.data.fill_(1.0)
    factors = {"fc1": np.array([1.0, 2.0, 3.0, 4.0])}
    other = changed(net, lambda name, weight: weight * factors[name][:, None], factors)
    assert next(other.hidden_layers()).bias.tolist() == [1, 2, 3, 4]
    assert next(net.hidden_layers()).bias.tolist() == [1, 1, 1, 1]
    ratio = next(other.hidden_layers()).weight / next(net.hidden_layers()).weight
    assert np.allclose(ratio.detach().numpy(), np.array([1, 2, 3, 4])[:, None])


def test_an_nsm_feels_a_common_factor_only_where_its_threshold_does_not_follow(tmp_path):
    study, _ = robustness(small_context(tmp_path))
    rows = study.numbers["row factor sd"]
    assert rows["nsm"]["1.5"] == pytest.approx(rows["nsm"]["0.0"] * 3, abs=0.004)
    assert np.mean(rows["nsm_bias_fixed"]["1.5"]) > rows["nsm"]["0.0"][0]
    assert rows["nsm_bias_fixed"]["0.0"] == rows["nsm"]["0.0"]
    assert len(study.rows) == 2 + 2 + 2
    ranges = study.numbers["range"]["nsm_rows_scaled"]
    assert ranges["0.1"] == ranges["4.0"] == pytest.approx(rows["nsm"]["0.0"], abs=0.004)  # never clipped


def test_scaled_rows_fill_the_range_and_fire_as_before():
    net = dense_network(40, 20, 15, 3)
    with torch.no_grad():
        next(net.nsm_layers()).weight[0] = 0
    scaled = {name: rows_scaled(layer, 0.3) for name, layer in net.substrates().items()}
    largest = np.abs(scaled["fc1"].weight).max(axis=1) * math.sqrt(40)
    assert largest[1:] == pytest.approx(np.full(19, 0.3))
    x = images(30, 40)
    changed_passes = (net.sample(x, 20, substrates=scaled) - net.sample(x, 20)).abs().amax(dim=2) > 1e-6
    assert changed_passes.float().mean() < 0.01


def test_data_without_test_images_are_refused_before_training(tmp_path):
    context = small_context(tmp_path, "test.dataset=null")
    with pytest.raises(DatasetError, match=r"has no test images of its own; set test\.dataset"):
        robustness(context)
    assert not context.folder.exists()
