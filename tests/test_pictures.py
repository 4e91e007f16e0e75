"""The pictures of the documentation: what they say is so, and they have a dark look."""

import math
import re

import pytest

from benchmarks.pictures.card import PAIRS_OF_COLOURS, PICTURES, svg_of
from benchmarks.pictures.circuits import CELL, NEEDED, amplified, circuits, for_the_neuron
from crossbar_nsm.neuron.circuits import circuit_of
from crossbar_nsm.neuron.config import NeuronConfig
from crossbar_nsm.report.figures.style import look


def of(name, gain):
    return amplified(circuit_of(NeuronConfig(scaling=name)), gain)


def test_what_circuits_amplify_is_what_the_physics_page_derives():
    g = 6.0
    assert of("none", 0.0) == pytest.approx((1, 1, 1))
    assert of("paired", g) == pytest.approx((math.sqrt(1 + 2 * g * (1 + g)), 1, 1))
    apart = math.sqrt((1 + g) ** 2 + g**2)
    assert of("replica", g) == pytest.approx((apart, apart, apart))
    a = -0.9
    assert of("averaged", a) == pytest.approx((math.sqrt(1 + a**2 / 8) / (1 + a), 1, 1))
    assert of("digital", a) == pytest.approx((1 / (1 + a), 1, 1 / (1 + a)))


@pytest.mark.parametrize("name", ["paired", "averaged", "digital", "replica", "row_mask"])
def test_every_circuit_gives_the_neuron_the_noise_that_it_needs(name):
    assert for_the_neuron(name)[0] == pytest.approx(NEEDED / CELL)


@pytest.mark.parametrize("name", ["overview", "circuits"])
def test_a_picture_has_a_dark_look_of_every_colour_that_it_uses(name):
    style, drawn = re.split("</style>", (PICTURES / f"{name}.svg").read_text(encoding="utf-8"), maxsplit=1)
    known = {light for light, _ in PAIRS_OF_COLOURS}
    used = set(re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", drawn))
    assert used <= known | {"#ffffff"}
    assert all(f": {light}" in style for light in used & known)


def test_the_picture_of_the_circuits_is_drawn_from_them():
    with look():
        drawn = svg_of(circuits(), "What the circuits amplify")
    paths = [re.findall(r' d="([^"]*)"', text) for text in (drawn, (PICTURES / "circuits.svg").read_text("utf-8"))]
    assert paths[0] == paths[1]
