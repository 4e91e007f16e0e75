"""The demo: the bundled network in ideal software and on simulated RRAM, one table, three figures, and the reason."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from crossbar_nsm.experiment.compare import Comparison, compare
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.load import load_config
from crossbar_nsm.experiment.map_network import map_network
from crossbar_nsm.experiment.progress import ProgressOf
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.observation.erf_fit import Firing, fit_erf
from crossbar_nsm.mapping.observation.recovery import observe
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from crossbar_nsm.nsm.needed_noise import needed_fluctuation
from crossbar_nsm.nsm.network import Network
from device_models.errors import CheckpointError

OBSERVED_IMAGES, OBSERVED_READS = 64, 40


@dataclass(frozen=True)
class DemoResult:
    comparison: Comparison
    why: str
    figures: list[Path]


def demo_config(*overrides: str) -> ExperimentConfig:
    """The configuration that comes with the package, with overrides."""
    with resources.as_file(resources.files("crossbar_nsm.experiment") / "demo.yaml") as path:
        return load_config(path, *overrides)


def run_demo(folder: str | Path, *overrides: str, progress: ProgressOf) -> DemoResult:
    """Compare, then measure beta and firing probabilities on the device-exact reader, and draw."""
    from crossbar_nsm.report.figures.style import check_figures

    config = demo_config(*overrides)
    net = load_checkpoint(config.checkpoint)
    if net.calibration_images is None:
        raise CheckpointError(f"checkpoint {config.checkpoint}: the demo needs one that carries calibration images")
    check_figures(folder, "noise_needed", "recovered_beta", "activation_probability")
    comparison = compare(config, progress=progress)
    figures = demo_figures(net, config, folder, progress)
    return DemoResult(comparison, why(net, config), figures)


def why(net: Network, config: ExperimentConfig) -> str:
    """One paragraph: what the network needs, what the device has, and what each circuit makes of it."""
    chip = map_network(net, _with_scaling(config, "paired"))
    first = next(iter(chip.calibration.values()))
    needed = 100 * float(needed_fluctuation(np.median(first.trained_beta)))
    has = 100 * config.device.relative_read_sd
    return (
        f"Why: the trained network needs a synapse to fluctuate by about {needed:.0f} % (1/(sqrt 2 beta)), but a cell "
        f"of {config.device.name} fluctuates by {has:.2g} %: read once (none), the network is nearly deterministic and "
        f"overconfident. Two reads of the same cells, (1+g) r1 - g r2 with g about {np.median(first.gain):.0f} "
        "(paired), amplify the fresh noise and leave the weights alone, so calibration recovers beta; reading a second "
        "array instead (replica) amplifies the difference of two programming errors by the same g, which spoils the "
        "weights."
    )


def demo_figures(net: Network, config: ExperimentConfig, folder: str | Path, progress: ProgressOf) -> list[Path]:
    """noise_needed, recovered_beta, activation_probability, as PNG, SVG and PDF."""
    from crossbar_nsm.report.figures.firing import activation_probability, recovered_beta
    from crossbar_nsm.report.figures.noise import noise_needed
    from crossbar_nsm.report.figures.style import save_figure

    chips = {scaling: _oracle(net, config, scaling) for scaling in ("none", "paired")}
    firing_of = {scaling: _observe(chip, scaling, progress) for scaling, chip in chips.items()}
    fits = {scaling: {name: fit_erf(of) for name, of in layers.items()} for scaling, layers in firing_of.items()}
    betas = {name: layer.trained_beta for name, layer in chips["paired"].calibration.items()}
    drawn = {
        "noise_needed": noise_needed(config.device, betas),
        "recovered_beta": recovered_beta(chips, fits),
        "activation_probability": activation_probability(chips["paired"], firing_of["paired"]),
    }
    return [path for name, figure in drawn.items() for path in save_figure(figure, folder, name)]


def _observe(chip: MappedNetwork, scaling: str, progress: ProgressOf) -> dict[str, Firing]:
    images = chip.net.calibration_images
    if images is None:
        raise CheckpointError("these figures need a checkpoint that carries calibration images")
    step = progress(f"every cell drawn, {scaling}")
    return observe(chip, images[:OBSERVED_IMAGES].astype(np.float32) / 255, OBSERVED_READS, step)


def _oracle(net: Network, config: ExperimentConfig, scaling: str) -> MappedNetwork:
    """A chip whose reads draw every cell."""
    read = config.read.model_copy(update={"engine": "device"})
    return map_network(net, _with_scaling(config, scaling).model_copy(update={"read": read}))


def _with_scaling(config: ExperimentConfig, scaling: str) -> ExperimentConfig:
    return config.model_copy(update={"neuron": config.neuron.model_copy(update={"scaling": scaling})})
