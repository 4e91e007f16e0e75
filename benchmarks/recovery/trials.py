"""What is tried: devices by the configurations that are shipped for them, circuits, calibrations."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass

CHIPS = 5
FEW = (1000, 50)  # images, samples
ALL = (10_000, 100)
CNN = (1000, 30)
CIRCUITS = ("none", "paired", "averaged", "digital", "replica")
CALIBRATIONS = ("none", "analytic", "measured")


@dataclass(frozen=True)
class DeviceCase:
    """A device under conditions: its configuration, what is set besides, and on how many images x samples its best
    circuit is tried (fewer samples where every cell is drawn)."""

    title: str
    config: str
    settings: tuple[str, ...] = ()
    best: tuple[int, int] = ALL


DEVICES = {
    "rram": DeviceCase("RRAM", "configs/mnist_mlp_rram.yaml"),
    "rram_wan": DeviceCase("RRAM (Wan 2022)", "configs/mnist_mlp_rram.yaml", ("device=rram_wan2022",)),
    "telegraph": DeviceCase("RRAM, telegraph noise", "configs/mnist_mlp_telegraph.yaml"),
    "telegraph_split": DeviceCase(
        "RRAM, telegraph noise split", "configs/mnist_mlp_telegraph.yaml", ("read.slow_noise=split",)
    ),
    "pcm_1s": DeviceCase("PCM, 1 s", "configs/mnist_mlp_pcm.yaml", ("evaluation.age_s=1",)),
    "pcm_1day": DeviceCase("PCM, 1 day", "configs/mnist_mlp_pcm.yaml"),
    "fefet": DeviceCase("FeFET, 1 day", "configs/mnist_mlp_fefet.yaml"),
    "selector": DeviceCase(
        "FeFET + selector", "configs/mnist_mlp_fefet_selector.yaml", ("read.pair_interval_s=4.5e-6",), (10_000, 20)
    ),
    "levy_a": DeviceCase(
        "RRAM, measured (Levy A)",
        "configs/mnist_mlp_rram.yaml",
        ("device=rram_levy_a", "read.slow_noise=split", "evaluation.age_s=200"),
    ),
    "levy_b": DeviceCase(  # whose reads were not repeated: the read noise is assumed
        "RRAM, measured (Levy B), 10,000 s, 1 % read noise assumed",
        "configs/mnist_mlp_rram.yaml",
        ("device=rram_levy_b", "device.read_noise.relative_sd=0.01", "evaluation.age_s=1e4"),
    ),
    "gong": DeviceCase(
        "RRAM, measured staircase of pulses (Gong 2022)", "configs/mnist_mlp_rram.yaml", ("device=rram_gong2022",)
    ),
    "lin": DeviceCase("RRAM (Lin 2023)", "configs/mnist_mlp_rram.yaml", ("device=rram_lin2023",)),
}


@dataclass(frozen=True)
class Trial:
    """One chip of one setting."""

    device: str
    circuit: str
    calibration: str
    images: int
    samples: int
    chip: int
    network: str = "mnist_mlp"

    @property
    def name(self) -> str:
        parts = (self.network, self.device, self.circuit, self.calibration, f"{self.images}x{self.samples}")
        return "-".join((*parts, str(self.chip)))

    def overrides(self, data: str) -> list[str]:
        """What is laid over the device's configuration."""
        return [
            *DEVICES[self.device].settings, f"checkpoint={self.network}",
            f"neuron.scaling={self.circuit}", f"neuron.calibration={self.calibration}",
            "dataset.name=mnist", f"dataset.root={json.dumps(data)}",
            f"evaluation.images={self.images}", f"evaluation.samples={self.samples}",
        ]  # fmt: skip


def table_trials(devices: list[str], circuits: list[str], calibrations: list[str]) -> Iterator[Trial]:
    """Every circuit and calibration on few images."""
    for chip in range(CHIPS):
        for device, circuit, calibration in itertools.product(devices, circuits, calibrations):
            yield Trial(device, circuit, calibration, *FEW, chip)


def best_trials(best: dict[str, tuple[str, str]]) -> Iterator[Trial]:
    """The best circuit and calibration of each device: the MLP on all images, the CNN on fewer."""
    for network in ("mnist_mlp", "mnist_cnn"):
        for chip, (device, settings) in itertools.product(range(CHIPS), best.items()):
            yield Trial(device, *settings, *best_size(device, network), chip, network)


def best_size(device: str, network: str) -> tuple[int, int]:
    """Images and samples that the best circuit of a device is tried on."""
    return CNN if network == "mnist_cnn" else DEVICES[device].best
