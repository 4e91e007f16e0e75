"""A trained network on a programmed chip, with the same interface as the ideal network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.engine.computing import computing
from crossbar_nsm.engine.kernels.product import one_blas_thread
from crossbar_nsm.engine.sampling.config import early_stopping
from crossbar_nsm.engine.sampling.pass_plan import PassPlan
from crossbar_nsm.engine.sampling.passes import SAMPLES, Passes, Progress
from crossbar_nsm.engine.sampling.prediction import Prediction
from crossbar_nsm.engine.sampling.sampler import Sampler
from crossbar_nsm.mapping.calibration.images import ATTACH, calibration_states, warn_of_none
from crossbar_nsm.mapping.calibration.layer_calibration import LayerCalibration
from crossbar_nsm.mapping.circuit.unit_mistakes import warn_of_unit_mistakes
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.files.conductance_file import write_conductances
from crossbar_nsm.mapping.files.measured_array import warn_of_other_arrays
from crossbar_nsm.mapping.files.measured_conductances import measured_conductances
from crossbar_nsm.mapping.mappable import check_layers, check_mappable
from crossbar_nsm.mapping.mapped_layer import MappedLayer
from crossbar_nsm.mapping.one_call import turn
from crossbar_nsm.mapping.output_layer import ArrayOutput, DigitalOutput
from crossbar_nsm.mapping.programming import LayerSite
from crossbar_nsm.mapping.stored import Stored
from crossbar_nsm.mapping.targets import Values, wanted_settings
from crossbar_nsm.nsm.architecture import Placement
from crossbar_nsm.nsm.methods.nsm import NSMLayer
from crossbar_nsm.nsm.network import Network
from crossbar_nsm.nsm.numpy_product import Pool
from crossbar_nsm.nsm.values import check_computable
from device_models.checks.arguments import (
    a_flag,
    a_function,
    a_number,
    a_path,
    checked,
    instance_of,
    optional,
    whole_number,
)
from device_models.errors import MappingError
from device_models.files.frames import frame
from device_models.number_text import time_text
from device_models.shown import ByName, from_notebook, shown
from device_models.streams import Stream
from device_models.warning import warn

if TYPE_CHECKING:
    import polars

LATEST_AGE_S = 1e30


_checked = checked(
    net=instance_of(Network, of="a Network"), config=instance_of(HardwareConfig, of="a HardwareConfig"),
    seed=whole_number(), chip=whole_number(), age_s=a_number(0, LATEST_AGE_S), samples=SAMPLES, recalibrate=a_flag,
    stored=optional(instance_of(Stored, of="a Stored, what another chip keeps")),
    targets=instance_of(Mapping, of="(beta, c) by layer"),
    path=a_path, progress=optional(a_function),
)  # fmt: skip


@shown
class MappedNetwork(nn.Module):
    """`net` programmed on chip number `chip` of the hardware described by `config`, calibrated age_s after that; all
    draws follow from `seed`. stored: what takes the place of programming and of a calibration for the trained beta and
    c (default: the conductances of the file `config.array.conductances`, if any).

    Each call of `sample` or `predict` goes on in simulated time: the image counter, states of the cells and comparator
    memories continue; calls from several threads take turns, and one that is interrupted leaves the chip as it was.
    `reset()` returns to the moment after calibration. Raises MappingError when `config.layers` names a layer that the
    network does not have on arrays, ConfigError for NaN in the network.
    """

    @_checked
    @computing()
    def __init__(
        self,
        net: Network,
        config: HardwareConfig,
        seed: int = 0,
        chip: int = 0,
        age_s: float = 0.0,
        stored: Stored | None = None,
    ):
        super().__init__()
        stream = Stream(seed=seed, chip=chip)
        check_computable(net.values())
        check_mappable(net.architecture)
        check_layers(net.architecture, config)
        output = net.architecture.layers[-1].name
        measured: Any = measured_conductances(net.architecture, config) if stored is None else {}
        stored = Stored(measured) if stored is None else stored
        self.net, self.config, self.seed, self.chip, self.age_s = net, config, stream.seed, stream.chip, age_s
        self.image_counter = 0
        states = calibration_states(net, self.seed)
        blind = not states and config.neuron.calibration == "analytic" and config.array.output_layer == "digital"
        if blind and not _keeps_all(net, stored):
            warn_of_none()
        with one_blas_thread():
            self.stages = [
                self._stage(place, stream, stored, states)
                for place in net.architecture.placements()
                if place.spec.name != output
            ]
            self.hidden = [stage for stage in self.stages if isinstance(stage, MappedLayer)]
            self.output = self._output_layer(stream, stored, states.get(output))
        if measured:
            given = [(layer, operand) for layer, found in measured.items() for operand in found]
            warn_of_other_arrays(str(config.array.conductances), self.named_arrays(), given)
        self._warn_without_noise()
        self._warn_of_extrapolation()
        warn_of_unit_mistakes(config, self.mapped_layers())

    def _shown_fields(self) -> dict[str, Any]:
        return {
            "net": str(self.net.architecture),
            "hardware": self.config.hardware_name,
            "seed": self.seed,
            "chip": self.chip,
            "age_s": self.age_s,
            "engine": self.engine,
            "image_counter": self.image_counter,
        }

    def table(self) -> polars.DataFrame:
        """One row per layer on arrays: tiles, cells, reads and time of a pass, what calibration reached."""
        return frame(from_notebook("rows_of")(self))

    @property
    def calibration(self) -> dict[str, LayerCalibration]:
        """Per layer: trained and recovered beta, normalisation index, gain (a_i or g_i), threshold, clipped, what
        programming did to weight directions, what calibration cost."""
        return ByName({layer.name: layer.calibration for layer in self.hidden})

    @property
    def engine(self) -> str:
        """Which reader serves the hidden layers, moments or device, and what it approximates; several where layers
        differ."""
        return "+".join(dict.fromkeys(layer.reads.description for layer in self.hidden))

    def reset(self) -> None:
        """Back to the moment after calibration: image counter 0, states at the first read, no comparator memory."""
        with computing():
            self.image_counter = 0
            for layer in self.hidden:
                layer.reset()
            self.output.reset()

    @_checked
    def sample(self, images: Tensor | np.ndarray, samples: int = 100) -> Tensor:
        """Class probabilities of every Monte Carlo pass, (samples, batch, classes) float32.

        images: as `Network.encode` takes them. Raises DatasetError for images that the network does not take,
        ConfigError for samples out of range, as the methods that follow do.
        """
        with self._sampler(images, samples) as sampler:
            return torch.from_numpy(sampler.sample())

    @_checked
    def predict(self, images: Tensor | np.ndarray, samples: int = 100, progress: Progress | None = None) -> Tensor:
        """Mean of `sample` over the samples, (batch, classes) float32; memory does not grow with `samples`."""
        return torch.from_numpy(self.predict_uncertainty(images, samples, progress).probability)

    @_checked
    def predict_uncertainty(
        self, images: Tensor | np.ndarray, samples: int = 100, progress: Progress | None = None
    ) -> Prediction:
        """As `predict`, with the entropy of single passes beside it: entropy and mutual information of every image."""
        with self._sampler(images, samples) as sampler:
            return sampler.predict(progress)

    @_checked
    def predict_until_sure(
        self,
        images: Tensor | np.ndarray,
        samples: int = 100,
        confidence: float = 0.99,
        block: int = 10,
        effective_share: float = 1.0,
        progress: Progress | None = None,
    ) -> Prediction:
        """As `predict_uncertainty`, but an image gets no more passes once its decision is, with this confidence, that
        of all `samples`; `Prediction.samples` says how many it got. See `crossbar_nsm.engine.sampling.early_stopping`.

        effective_share: effective number of samples per sample, below 1 where slow noise makes successive passes alike.
        """
        stopping = early_stopping(confidence=confidence, block=block, effective_share=effective_share)
        with self._sampler(images, samples) as sampler:
            return sampler.predict_until_sure(stopping, progress)

    @property
    def has_memory(self) -> bool:
        """Whether reads or decisions depend on those before: by slow noise of the cells or by hysteresis."""
        states = (state for layer in self.mapped_layers() for state in layer.reads.states().values())
        return any(state.size for state in states) or any(layer.comparator.has_memory for layer in self.hidden)

    def forward(self, images: Tensor | np.ndarray) -> Tensor:
        """What `chip(images)` gives: class probabilities of one pass per image, (batch, classes), as `sample` does with
        one sample: simulated time goes on, and there are no gradients."""
        return self.sample(images, samples=1)[0]

    if TYPE_CHECKING:  # torch gives Any

        def __call__(self, images: Tensor | np.ndarray) -> Tensor: ...

    def mapped_layers(self) -> list[MappedLayer | ArrayOutput]:
        """Every layer that lies on arrays, in order."""
        return [*self.hidden, *([self.output] if isinstance(self.output, ArrayOutput) else [])]

    def named_arrays(self) -> dict[tuple[str, str], Crossbar]:
        """Every array by layer and its name there, `main` or `replica`."""
        return {(layer.name, name): array for layer in self.mapped_layers() for name, array in layer.arrays.items()}

    @_checked
    def retarget(self, targets: Mapping[str, tuple[Values, Values]]) -> None:
        """Set gains and thresholds anew, so that the neurons of each named layer have other (beta, c): numbers or
        arrays in the shape of the layer's beta. Simulated time and states stay.

        Raises MappingError for a layer that is not on arrays, for other shapes, and for values that no checkpoint has
        or whose thresholds are too large to calculate with; all layers are as they were then.
        """
        with computing():
            for layer, target, setting in wanted_settings(self.hidden, targets):
                layer.retarget(target, setting)

    @_checked
    def at_age(self, age_s: float, recalibrate: bool = False) -> MappedNetwork:
        """The same programmed cells `age_s` after programming, with states as at the first read, and with the settings
        of this chip or calibrated for the same targets anew. Raises ConfigError for an age that is negative or too
        large."""
        stored = Stored(
            {layer.name: {k: array.g_s for k, array in layer.arrays.items()} for layer in self.mapped_layers()},
            {layer.name: (layer.target, None) if recalibrate else layer.registers for layer in self.hidden},
            self.output.settings if isinstance(self.output, ArrayOutput) and not recalibrate else None,
        )
        return MappedNetwork(self.net, self.config, self.seed, self.chip, age_s, stored)

    @_checked
    def export_conductances(self, path: str | Path) -> Path:
        """Write the conductances of all arrays, as programmed, to .npz or .csv; see
        `crossbar_nsm.mapping.files.conductance_file`. Raises FileError where the file cannot be written, or another one
        is in the way."""
        arrays = [(*name, array) for name, array in self.named_arrays().items()]
        return write_conductances(path, arrays, self.config.array.conductances)

    @_checked
    def save(self, path: str | Path) -> Path:
        """Write the chip with all its states; see `crossbar_nsm.mapping.files.saved_chip`. Raises CheckpointError for a
        chip that could not be loaded again, FileError where the file cannot be written or another one is in the way."""
        from crossbar_nsm.mapping.files.saved_chip import save_chip

        with computing():
            return save_chip(self, path)

    @contextmanager
    def _sampler(self, images: Tensor | np.ndarray, samples: int) -> Iterator[Sampler]:
        encoded, architecture = self.net.encode(images).numpy(), self.net.architecture
        states = np.ascontiguousarray(encoded.reshape(len(encoded), -1))
        with turn(self, len(states)):
            plan = PassPlan(
                len(states), samples, architecture.classes, self.config.read.order, self.image_counter,
                architecture.widest, self.has_memory,
            )  # fmt: skip
            yield Sampler(plan, lambda passes: self._logits(states, passes))

    def _warn_without_noise(self) -> None:
        """Warns of layers whose reads are the same in every pass."""
        quiet = [layer for layer in self.hidden if layer.noiseless]
        if quiet:
            devices = ", ".join(dict.fromkeys(layer.device.name for layer in quiet))
            warn(
                f"{', '.join(layer.name for layer in quiet)} on {devices}: no noise that changes from pass to pass, so "
                f"neurons are deterministic (beta infinite, c unknown) and circuit {self.config.neuron.scaling} has "
                "nothing to amplify; set device.read_noise, take another device, or neuron.scaling: row_mask"
            )

    def _warn_of_extrapolation(self) -> None:
        """Warns of parts of devices that were not measured as long after programming as the chip is read."""
        for device in {device.name: device for device in self.config.devices}.values():
            for part in device.parts.values():
                at_300_k_s = part.measured_until_s
                last_s = None if at_300_k_s is None else at_300_k_s * part.slower(device.temperature_k)
                if last_s is not None and self.age_s > last_s * (1 + 1e-9):
                    warn(
                        f"{device.name}: {part.noun} was measured up to {time_text(last_s)} after programming; cells "
                        f"read {time_text(self.age_s)} after it are taken to be as they were then"
                    )

    def _stage(
        self, place: Placement, stream: Stream, stored: Stored, states: dict[str, np.ndarray]
    ) -> MappedLayer | Pool:
        """A hidden layer on arrays, or a pool: digital, of comparator outputs."""
        name, layer = place.spec.name, self.net.layers[place.spec.name]
        if not isinstance(layer, NSMLayer):
            return Pool(place)
        site = self._site(name, stream, stored)
        return MappedLayer(place, layer, site, states.get(name), stored.registers.get(name))

    def _site(self, layer: str, stream: Stream, stored: Stored) -> LayerSite:
        return LayerSite(self.config, stream.at(layer=layer), self.age_s, stored.conductances.get(layer, {}))

    def _logits(self, states: np.ndarray, passes: Passes) -> np.ndarray:
        z, input_of = passes.of(states), passes.input_of
        for stage in self.stages:
            if isinstance(stage, MappedLayer):
                z = stage.fire(z, input_of, passes)
                input_of = np.arange(len(passes))
            else:
                z = stage(z)
        return self.output.logits(z, passes)

    def _output_layer(self, stream: Stream, stored: Stored, states: np.ndarray | None) -> DigitalOutput | ArrayOutput:
        name, layer = self.net.architecture.layers[-1].name, self.net.output_layer
        weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
        if self.config.array.output_layer == "digital":
            return DigitalOutput(weight, bias)
        if states is None:
            raise MappingError(
                "array.output_layer=array needs calibration images to set the ADC's range, and the network carries "
                f"none; {ATTACH}"
            ).see("add_wires_and_converters")
        *_, place = self.net.architecture.placements()
        return ArrayOutput(weight, bias, self._site(name, stream, stored), states, place.binary_inputs, stored.output)


def _keeps_all(net: Network, stored: Stored) -> bool:
    """Whether every neuron keeps the settings of an earlier calibration."""
    kept = {name for name, (_target, calibrated) in stored.registers.items() if calibrated is not None}
    return all(name in kept for name, _ in net.named_nsm_layers())
