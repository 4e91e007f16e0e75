import numpy as np
import pytest
from support.results import NEURONS, fake_results

from crossbar_nsm.report.figures.recovery import recovered_beta_against, recovered_beta_of
from device_models.errors import ConfigError

NOISE, SCALING = "device.read_noise.relative_sd", "neuron.scaling"


@pytest.fixture(scope="module")
def results():
    return fake_results({NOISE: [0.01, 0.05, 0.1], SCALING: ["none", "paired"]}, failed=[(4, 0), (4, 1), (4, 2)])


def test_every_neuron_of_every_chip_is_a_point_clipped_ones_crosses(results):
    axes = recovered_beta_of(results.points[0]).axes[0]
    assert axes.get_title() == "rram_illustrative/none: 3 chips"
    for layer, neurons in NEURONS.items():
        found = [chip.recovery[layer] for chip in results.points[0].chips.values()]
        (dots,) = [line for line in axes.lines if line.get_label() == layer]
        (crosses,) = [line for line in axes.lines if line.get_marker() == "x" and line.get_color() == dots.get_color()]
        recovered, clipped = (
            np.concatenate([getattr(chip, of) for chip in found]) for of in ("recovered_beta", "clipped")
        )
        assert recovered.size == 3 * neurons
        assert dots.get_ydata().tolist() == recovered[~clipped].tolist()
        assert crosses.get_ydata().tolist() == recovered[clipped].tolist()
        assert clipped.any()
        assert not np.isin(dots.get_ydata(), recovered[clipped]).any()


def test_a_point_without_chips_is_refused(results):
    with pytest.raises(ConfigError, match="rram_illustrative/none: no chip has a result"):
        recovered_beta_of(results.points[4])


def test_medians_over_neurons_and_chips_against_a_parameter(results):
    figure = recovered_beta_against(results, NOISE)
    none, paired = figure.axes
    assert [axes.get_title() for axes in (none, paired)] == ["none", "paired"]
    points = [point for point in results.points if point.settings[SCALING] == "paired"]
    medians = {}
    for layer in NEURONS:
        found = [[chip.recovery[layer] for chip in point.chips.values()] for point in points]
        medians[layer] = [np.median([chip.recovered_beta / chip.trained_beta for chip in chips]) for chips in found]
        (line,) = [line for line in paired.lines if line.get_label() == layer]
        assert line.get_xdata() == pytest.approx([1, 5, 10])
        assert line.get_ydata() == pytest.approx(medians[layer])
    assert medians["fc1"] != pytest.approx(medians["fc2"])  # layers that were swapped would be seen
    (line,) = [line for line in none.lines if line.get_label() == "fc1"]
    assert line.get_xdata() == pytest.approx([1, 5])  # no chip at 10 %


def test_cells_without_noise_recover_no_finite_beta():
    results = fake_results({NOISE: [0, 0.05, 0.1]})
    for chip in results.points[0].chips.values():
        for layer in chip.recovery.values():
            layer.recovered_beta[:] = np.inf
    (axes,) = recovered_beta_against(results, NOISE).axes
    for layer in NEURONS:
        (line,) = [line for line in axes.lines if line.get_label() == layer]
        assert line.get_xdata() == pytest.approx([5, 10])
