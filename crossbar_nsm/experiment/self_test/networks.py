"""Checks of whole networks on chips."""

from __future__ import annotations

import numpy as np
import torch
from scipy.special import erf

from crossbar_nsm.experiment.self_test.result import SIGMAS, CheckResult
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.observation.recovery import observe
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.network import Network
from device_models import load_device


def ideal_is_software(preset: str, law: str) -> CheckResult:
    """A network on ideal cells fires with the trained probabilities (device reader, every cell drawn)."""
    net = _network()
    config = HardwareConfig.model_validate(
        {"device": load_device(preset), "neuron": {"scaling": "digital"}, "read": {"engine": "device"}}
    )
    chip = MappedNetwork(net, config, seed=3)
    layer = next(net.nsm_layers())
    x = np.random.default_rng(0).random((20, 60), dtype=np.float32)
    observed = observe(chip, x, reads=2000)[layer.place.spec.name]
    beta, c = layer.beta.detach().numpy(), layer.c.detach().numpy()
    p = 0.5 * (1 + erf(beta * observed.t + c))
    z = (observed.fired - observed.reads * p).sum() / np.sqrt((observed.reads * p * (1 - p)).sum())
    allowed = SIGMAS
    return CheckResult(
        f"ideal cells fire as software does, {law}", f"{z:+.2f} sigma", f"{allowed:g} sigma", abs(z) <= allowed
    )


def same_seed_same_bits() -> CheckResult:
    """Halves of a batch, one after the other, give the bits of the whole."""
    net, x = _network(), np.random.default_rng(1).random((30, 60), dtype=np.float32)
    config = HardwareConfig(device=load_device("rram_illustrative"))
    together = MappedNetwork(net, config).sample(x, 7)
    chip = MappedNetwork(net, config)
    halves = torch.cat([chip.sample(x[:11], 7), chip.sample(x[11:], 7)], dim=1)
    same = torch.equal(together, halves)
    return CheckResult("same seed, same bits for any batch", "equal" if same else "different", "equal", same)


def _network() -> Network:
    layers = [
        {"type": "dense", "name": "fc1", "inputs": 60, "outputs": 30},
        {"type": "dense", "name": "fc2", "inputs": 30, "outputs": 20},
        {"type": "linear", "name": "out", "inputs": 20, "outputs": 4},
    ]
    net = Network(Architecture.model_validate({"layers": layers}))
    generator = torch.Generator().manual_seed(0)
    net.reset_parameters(generator)
    with torch.no_grad():
        for layer in net.nsm_layers():
            layer.beta.uniform_(0.6, 1.6, generator=generator)
            layer.c.uniform_(-0.4, 0.4, generator=generator)
    net.calibration_images = torch.rand((256, 60), generator=generator, dtype=torch.float32)
    return net
