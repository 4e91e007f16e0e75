"""Noise needed beside noise available."""

import numpy as np

from crossbar_nsm.nsm.needed_noise import needed_fluctuation
from crossbar_nsm.report.figures.noise import noise_needed, noise_of_devices
from device_models import load_device

BETAS = {"fc1": np.linspace(0.9, 2.3, 40), "fc2": np.linspace(1, 2, 30)}


def test_noise_needed_draws_every_layer_beside_every_effect():
    device = load_device("rram_switching_illustrative")
    axes = noise_needed(device, BETAS).axes[0]
    words = [text.get_text() for text in axes.texts]
    assert f"fc1 needs\n{np.median(100 * needed_fluctuation(BETAS['fc1'])):.0f} %" in words
    assert [label.get_text().split("\n")[0] for label in axes.get_xticklabels()] == [
        "fc1", "fc2", "read noise", "telegraph",
    ]  # fmt: skip
    noiseless = noise_needed(load_device("fefet_jerry2017"), BETAS).axes[0]
    assert "the cells are noiseless" in [text.get_text() for text in noiseless.texts]
    bars = noise_of_devices([load_device("ideal"), load_device("ideal_blank_out")], BETAS).axes[0].patches
    heights = sorted(round(bar.get_y() + bar.get_height()) for bar in bars if 1 < bar.get_height() < 20)
    assert heights == [53, 106]  # 50 % and 100 %, with the edge that makes a line visible
