import pytest
from support.networks import dense_network

from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.report.figures.noise import noise_needed_and_available
from device_models import load_device


@pytest.fixture(scope="module")
def chip():
    return MappedNetwork(
        dense_network(40, 30, 20, 4), HardwareConfig.model_validate({"device": load_device("rram_illustrative")})
    )


def test_noise_needed_names_every_layer_and_the_device(chip):
    figure = noise_needed_and_available(chip, chip.config.device)
    words = " ".join(text.get_text() for text in figure.axes[0].texts)
    assert "fc1 needs" in words
    assert "fc2 needs" in words
    assert "rram_illustrative: 5 %, native beta 14" in words


@pytest.mark.parametrize("preset", ["ideal", "ideal_blank_out", "rram_telegraph_illustrative", "rram_milo2021"])
def test_every_device_can_be_drawn(chip, preset):
    noise_needed_and_available(chip, load_device(preset)).draw_without_rendering()
