"""What the report says of cells is what the device has."""

import numpy as np
import pytest
from support.networks import dense_network
from support.results import fake_results

from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.report.figures.drawings import Drawings
from crossbar_nsm.report.sections.hardware import ExampleChip, noise
from device_models import load_device


class Seen(Drawings):
    """Keeps the figures."""

    def __init__(self):
        super().__init__()
        self.figures = {}

    def add(self, name, figure, caption):
        self.figures[name] = figure
        return super().add(name, figure, caption)


def drawn(preset, **layers):
    devices = {layer: {"device": load_device(name)} for layer, name in layers.items()}
    config = HardwareConfig.model_validate({"device": load_device(preset), "layers": devices})
    chip = MappedNetwork(dense_network(20, 12, 8, 4), config)
    drawings = Seen()
    (point,) = fake_results(device=preset, images=20).points
    section = noise([ExampleChip("lowest_nll", "Lowest NLL", point, chip)], drawings)
    return section, {name: figure.axes[0] for name, figure in drawings.figures.items()}


def effects(axes):
    return [label.get_text().split("\n")[0] for label in axes.get_xticklabels()]


def test_noise_of_a_selector_and_slow_noise_stand_beside_the_need():
    _, figures = drawn("fefet_selector_illustrative")
    (axes,) = figures.values()
    assert effects(axes)[-1] == "selector"
    bar = axes.patches[-1]
    assert bar.get_y() + bar.get_height() > 50  # per cent: the one noise that is as strong as the network's
    assert effects(next(iter(drawn("pcm_joshi2020")[1].values())))[-2:] == ["1/f, 1 s", "1/f, 1 day"]


def test_what_is_fresh_has_a_native_beta():
    (axes,) = drawn("rram_illustrative")[1].values()
    words = [text.get_text() for text in axes.texts]
    assert f"5 %\nnative beta {1 / (np.sqrt(2) * 0.05):.0f}" in words


def test_layers_on_a_device_of_their_own_stand_beside_that():
    section, figures = drawn("rram_illustrative", fc2="fefet_selector_illustrative")
    assert list(figures) == ["noise_needed_lowest_nll_fc1", "noise_needed_lowest_nll_fc2"]
    assert list(map(effects, figures.values())) == [["fc1", "read noise"], ["fc2", "read noise", "selector"]]
    assert section.figures[1].caption == "Lowest NLL, layers fc2."


@pytest.mark.parametrize("preset", ["ideal", "ideal_blank_out", "rram_telegraph_illustrative", "rram_milo2021"])
def test_every_device_can_be_drawn(preset):
    next(iter(drawn(preset)[1].values())).figure.draw_without_rendering()
