import pytest
from support.networks import dense_network, images

from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.recovery import fit_erf, observe
from crossbar_nsm.report import figures
from crossbar_nsm.report.style import save_figure
from device_models import load_device


@pytest.fixture(scope="module")
def observed():
    net = dense_network(40, 30, 20, 4)
    chips, seen = {}, {}
    for scaling in ("none", "paired"):
        config = HardwareConfig.model_validate(
            {"device": load_device("rram_illustrative"), "neuron": {"scaling": scaling}}
        )
        chips[scaling] = MappedNetwork(net, config)
        seen[scaling] = observe(chips[scaling], images(40, 40), 20)
    return chips, seen


def test_noise_needed_names_every_layer_and_the_device(observed):
    chips, _ = observed
    figure = figures.noise_needed_and_available(chips["paired"], chips["paired"].config.device)
    words = " ".join(text.get_text() for text in figure.axes[0].texts)
    assert "fc1 needs" in words
    assert "fc2 needs" in words
    assert "rram_illustrative: 5 %, native beta 14" in words


def test_recovered_beta_has_a_panel_per_circuit_with_every_neuron(observed):
    chips, seen = observed
    fits = {name: {layer: fit_erf(firing) for layer, firing in layers.items()} for name, layers in seen.items()}
    figure = figures.recovered_beta(chips, fits)
    assert len(figure.axes) == 2
    points = sum(len(line.get_xdata()) for line in figure.axes[1].lines if line.get_marker() == ".")
    assert points == 50


def test_activation_probability_points_lie_on_the_law(observed):
    chips, seen = observed
    axes = figures.activation_probability(chips["paired"], seen["paired"]).axes[0]
    assert axes.get_ylabel() == "P(z = +1)"


@pytest.mark.parametrize("preset", ["ideal", "ideal_blank_out", "rram_telegraph_illustrative", "rram_milo2021"])
def test_every_device_can_be_drawn_and_saved(observed, tmp_path, preset):
    figure = figures.noise_needed_and_available(observed[0]["paired"], load_device(preset))
    paths = save_figure(figure, tmp_path / "new", "noise")
    assert [path.suffix for path in paths] == [".png", ".pdf"]
    assert paths[0].read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert paths[1].read_bytes()[:5] == b"%PDF-"
