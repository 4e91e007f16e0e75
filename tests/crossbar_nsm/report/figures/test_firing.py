import pytest
from support.networks import dense_network, images

from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.observation.erf_fit import fit_erf
from crossbar_nsm.mapping.observation.recovery import observe
from crossbar_nsm.report.figures.firing import activation_probability, recovered_beta
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


def test_recovered_beta_has_a_panel_per_circuit_with_every_neuron(observed):
    chips, seen = observed
    fits = {name: {layer: fit_erf(firing) for layer, firing in layers.items()} for name, layers in seen.items()}
    figure = recovered_beta(chips, fits)
    assert len(figure.axes) == 2
    points = sum(len(line.get_xdata()) for line in figure.axes[1].lines if line.get_marker() == ".")
    assert points == 50


def test_activation_probability_points_lie_on_the_law(observed):
    chips, seen = observed
    axes = activation_probability(chips["paired"], seen["paired"]).axes[0]
    assert axes.get_ylabel() == "P(z = +1)"
