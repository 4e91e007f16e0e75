"""Lines through what programmed weights make of calibration images, against least squares by hand."""

import numpy as np
import pytest
from support.networks import states

from crossbar_nsm.array.layer_input import LayerInput
from crossbar_nsm.engine.kernels.convolution import Window
from crossbar_nsm.mapping.calibration.activations import Activations

RNG = np.random.default_rng(3)


def test_the_line_is_that_of_least_squares_with_one_more_observation():
    """5 neurons, 400 inputs: slope and offset by numpy's least squares with the row (t = 1, y = median slope) added."""
    weight, z = RNG.normal(size=(5, 30)), states(400, 30)
    seen = Activations(z, LayerInput(30), weight, 1)
    programmed = weight + 0.2 * RNG.normal(size=weight.shape)
    line = seen.line((z @ programmed.T + 0.7)[None].astype(np.float32))
    norm = np.linalg.norm(weight, axis=1)
    t, y = z @ weight.T / norm, (z @ programmed.T + 0.7) / norm
    t_left, y_left = t - t.mean(axis=0), y - y.mean(axis=0)
    plain = (t_left * y_left).sum(axis=0) / (t_left**2).sum(axis=0)
    for i in range(5):
        more = np.append(t_left[:, i], 1.0), np.append(y_left[:, i], np.median(plain))
        slope = np.linalg.lstsq(more[0][:, None], more[1], rcond=None)[0][0]
        assert np.isclose(line.slope[0, i], slope, rtol=1e-4)
        offset = norm[i] * (y[:, i].mean() - slope * t[:, i].mean())
        assert np.isclose(line.offset[0, i], offset, rtol=1e-3, atol=1e-3)
        left = norm[i] * (y_left[:, i] - slope * t_left[:, i])
        assert np.isclose(line.residual[0, 0, i], (left**2).mean(), rtol=1e-3)


def test_a_neuron_whose_input_never_changes_takes_the_usual_slope():
    weight, z = RNG.normal(size=(4, 6)), states(200, 6)
    weight[3] = 0
    weight[3, 5] = 2.0
    z[:, 5] = 1
    seen = Activations(z, LayerInput(6), weight, 1)
    line = seen.line((0.8 * z @ weight.T)[None].astype(np.float32))
    assert np.allclose(line.slope[0], 0.8, rtol=1e-3)
    assert np.allclose(line.offset[0], 0, atol=1e-3)


def test_silent_neurons_do_no_harm():
    weight, z = np.zeros((3, 6)), states(50, 6)
    line = Activations(z, LayerInput(6), weight, 1).line(np.zeros((2, 50, 3), np.float32))
    assert np.isfinite(line.slope).all()
    assert not line.offset.any()


@pytest.mark.parametrize("positions", [1, 16])
def test_positions_share_a_neuron_or_have_their_own(positions):
    """A 3x3 convolution over 6x6: with one beta per channel all patches are observations of it."""
    shown = LayerInput(9, Window(1, 6, 6, 3, 1))
    weight, z = RNG.normal(size=(2, 9)), states(30, 36)
    seen = Activations(z, shown, weight, positions)
    units = shown.product(z, np.ascontiguousarray((1.1 * weight).T, np.float32))
    line = seen.line(units[None])
    assert line.slope.shape == (1, 2 * positions)
    assert seen.t.shape == (2 * positions, 30 * 16 // positions)
    assert np.allclose(line.slope, 1.1, rtol=1e-3)


def test_padding_carries_no_noise():
    """Corners of a padded 3x3 see 4 of 9 taps: their share of the noise variance is that of these weights."""
    shown = LayerInput(9, Window(1, 4, 4, 3, 1, 1))
    weight = RNG.normal(size=(1, 9))
    seen = Activations(states(5, 16), shown, weight, 1)
    active = weight.reshape(3, 3)[1:, 1:]
    assert np.isclose(seen.share_squared[0, 0], (active**2).sum() / (weight**2).sum(), rtol=1e-5)
    assert np.isclose(seen.share_squared[0, 5], 1.0)
