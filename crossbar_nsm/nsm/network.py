"""A network built from an Architecture: trained in torch, sampled with reproducible streams."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, get_args

import numpy as np
import torch
from torch import Tensor, nn

from crossbar_nsm.engine.computing import computing
from crossbar_nsm.engine.kernels.product import one_blas_thread
from crossbar_nsm.engine.sampling.config import early_stopping
from crossbar_nsm.engine.sampling.pass_plan import PassPlan
from crossbar_nsm.engine.sampling.passes import SAMPLES, Progress
from crossbar_nsm.engine.sampling.prediction import Prediction
from crossbar_nsm.engine.sampling.sampler import Sampler
from crossbar_nsm.nsm.architecture import Architecture, LinearSpec, Placement, PoolSpec
from crossbar_nsm.nsm.baseline_pass import BaselinePass
from crossbar_nsm.nsm.carried_images import CarriesImages
from crossbar_nsm.nsm.draws import Draws
from crossbar_nsm.nsm.ideal_pass import IdealPass, Xi, XiDraws
from crossbar_nsm.nsm.images import encoded, pixels_of
from crossbar_nsm.nsm.methods.catalogue import hidden_layer
from crossbar_nsm.nsm.methods.layer import HiddenLayer, NoisePlace
from crossbar_nsm.nsm.methods.nsm import NSMLayer
from crossbar_nsm.nsm.pooling import PoolLayer
from crossbar_nsm.nsm.substrate import Substrate, Substrates, in_place_of
from crossbar_nsm.nsm.values import check_computable
from device_models.checks.arguments import a_function, checked, instance_of, one_of, optional, whole_number
from device_models.errors import ConfigError, quoted
from device_models.shown import shown

COUNTER = "num_batches_tracked"  # of batch normalisation, which evaluation does not need
_checked = checked(
    samples=SAMPLES, noise=one_of(get_args(NoisePlace)), xi=one_of(get_args(Xi)), seed=whole_number(),
    substrates=optional(instance_of(Mapping, of="(w, a, b) by layer, as substrates() gives them")),
    progress=optional(a_function),
)  # fmt: skip


@shown
class Network(CarriesImages, nn.Module):
    """Hidden layers of one method's units and a linear output layer; `facts` (JSON-able) says how it was trained."""

    def __init__(
        self,
        architecture: Architecture,
        facts: dict[str, Any] | None = None,
        calibration_images: np.ndarray | None = None,
        training_digests: np.ndarray | None = None,
    ):
        super().__init__()
        self.architecture = architecture
        self.facts = facts or {}
        self._calibration_images, self.training_digests = calibration_images, training_digests
        self.layers = nn.ModuleDict()
        for place in architecture.placements():
            if hasattr(self.layers, place.spec.name):
                raise ConfigError(f"layer name {quoted(place.spec.name)} is taken by torch; choose another")
            self.layers[place.spec.name] = _layer(architecture, place)

    def _shown_fields(self) -> dict[str, Any]:
        images = self.calibration_images
        return {
            "architecture": str(self.architecture),
            "method": self.architecture.method.name,
            **({"noise": self.architecture.noise} if self.architecture.is_nsm else {}),
            "parameters": sum(parameter.numel() for parameter in self.parameters()),
            "calibration_images": 0 if images is None else len(images),
            "facts": self.facts,
        }

    def hidden_layers(self) -> Iterator[HiddenLayer]:
        """The layers with units of the method, in their order, without pools and the output layer."""
        return (layer for layer in self.layers.values() if isinstance(layer, HiddenLayer))

    def nsm_layers(self) -> Iterator[NSMLayer]:
        """The NSM layers; none in a network of another method."""
        return (layer for layer in self.layers.values() if isinstance(layer, NSMLayer))

    def named_nsm_layers(self) -> Iterator[tuple[str, NSMLayer]]:
        """The NSM layers with their names."""
        return ((name, layer) for name, layer in self.layers.items() if isinstance(layer, NSMLayer))

    def substrates(self) -> dict[str, Substrate]:
        """(w, a, b) of every NSM layer, by name; raises ConfigError for a network of another method, and for one with
        NaN or on another device than the CPU."""
        check_computable(self.values())
        if not self.architecture.is_nsm:
            raise ConfigError(f"a network of method {self.architecture.method.name} has no multiplicative noise")
        return {name: Substrate.of_layer(layer) for name, layer in self.named_nsm_layers()}

    def values(self) -> dict[str, Tensor]:
        """Everything that training sets, by layer and part, running means of batch normalisation included."""
        state = self.state_dict()
        return {name.removeprefix("layers."): value for name, value in state.items() if not name.endswith(COUNTER)}

    @property
    def output_layer(self) -> nn.Linear:
        """The linear layer at the end: weight (classes, inputs), bias (classes)."""
        layer = self.layers[self.architecture.layers[-1].name]
        assert isinstance(layer, nn.Linear)
        return layer

    @computing()
    def encode(self, images: Tensor | np.ndarray) -> Tensor:
        """Images in [0,1] or +-1, flat or image shaped, as states (see `Architecture.encoding`) of shape (batch,
        inputs) or (batch, channels, height, width), float32.

        Raises DatasetError when the size does not fit the network or a value lies outside [-1, 1], or below 0 where the
        first layer sees real numbers.
        """
        return encoded(pixels_of(images, self.architecture), self.architecture)

    def reset_parameters(self, generator: torch.Generator) -> None:
        """Fresh random weights."""
        for layer in self.hidden_layers():
            layer.reset_parameters(generator)
        bound = 1 / math.sqrt(self.output_layer.in_features)
        nn.init.uniform_(self.output_layer.weight, -bound, bound, generator=generator)
        nn.init.zeros_(self.output_layer.bias)

    def forward(self, states: Tensor, noise_place: NoisePlace | None = None, draws: Draws | None = None) -> Tensor:
        """Logits (batch, classes) of one noisy pass of encoded images (see `encode`), differentiable by the method's
        rule. draws: `crossbar_nsm.nsm.draws.GeneratorDraws` of a torch generator in training. `sample` and `predict`
        take images, and have no gradients. Raises ConfigError without noise_place and draws."""
        if noise_place is None or draws is None:
            raise ConfigError(
                'a network is called with encoded images, noise and draws: net(net.encode(x), "synapse", draws); '
                "net.predict(x) and net.sample(x) take images alone"
            )
        return self.walk(states, lambda _name, layer, z: layer(z, noise_place, draws))

    def walk(self, states: Tensor, fire: Callable[[str, HiddenLayer, Tensor], Tensor]) -> Tensor:
        """Logits of encoded images where `fire(name, layer, z)` gives the states of every hidden layer from its inputs
        z; pooling and flattening in between are done here."""
        z = states
        for name, layer in self.layers.items():
            if z.ndim > 2 and not _keeps_image_shape(layer):
                z = z.flatten(1)
            z = fire(name, layer, z) if isinstance(layer, HiddenLayer) else layer(z)
        return z

    @_checked
    def sample(
        self,
        images: Tensor | np.ndarray,
        samples: int = 100,
        noise: NoisePlace = "synapse",
        xi: Xi = "erf",
        seed: int = 0,
        substrates: Substrates | None = None,
    ) -> Tensor:
        """Class probabilities of every Monte Carlo pass, (samples, batch, classes) float32.

        noise, xi: see `crossbar_nsm.nsm.ideal_pass`; networks of other methods have neither. substrates: (w, a, b) to
        simulate in place of the trained ones (see `substrates()`). Image k of the batch has the same draws in every
        call with this seed, whatever the size of the batch and the number of threads. Raises DatasetError for images
        that the network does not take, ConfigError for other arguments, as the methods that follow do.
        """
        with self._sampler(images, samples, XiDraws(noise, xi, seed), substrates) as sampler:
            out = sampler.sample()
        return torch.from_numpy(out).expand(samples, -1, -1)

    @_checked
    def predict(
        self,
        images: Tensor | np.ndarray,
        samples: int = 100,
        noise: NoisePlace = "synapse",
        xi: Xi = "erf",
        seed: int = 0,
        progress: Progress | None = None,
        substrates: Substrates | None = None,
    ) -> Tensor:
        """Mean of `sample` over the samples, (batch, classes) float32; memory does not grow with `samples`."""
        prediction = self.predict_uncertainty(images, samples, noise, xi, seed, progress, substrates)
        return torch.from_numpy(prediction.probability)

    @_checked
    def predict_uncertainty(
        self,
        images: Tensor | np.ndarray,
        samples: int = 100,
        noise: NoisePlace = "synapse",
        xi: Xi = "erf",
        seed: int = 0,
        progress: Progress | None = None,
        substrates: Substrates | None = None,
    ) -> Prediction:
        """As `predict`, with the entropy of single passes beside it: entropy and mutual information of every image."""
        with self._sampler(images, samples, XiDraws(noise, xi, seed), substrates) as sampler:
            return sampler.predict(progress)

    @_checked
    def predict_until_sure(
        self,
        images: Tensor | np.ndarray,
        samples: int = 100,
        confidence: float = 0.99,
        block: int = 10,
        noise: NoisePlace = "synapse",
        xi: Xi = "erf",
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Prediction:
        """As `predict_uncertainty`, but an image gets no more passes once its decision is, with this confidence, that
        of all `samples`; `Prediction.samples` says how many it got. See
        `crossbar_nsm.engine.sampling.early_stopping`."""
        stopping = early_stopping(confidence=confidence, block=block)
        with self._sampler(images, samples, XiDraws(noise, xi, seed)) as sampler:
            return sampler.predict_until_sure(stopping, progress)

    @_checked
    def layer_inputs(self, images: Tensor | np.ndarray, seed: int = 0) -> dict[str, np.ndarray]:
        """One synapse-noise pass per image: the inputs that each layer sees, flat, name -> (batch, inputs) float32."""
        states = self.encode(images).numpy()
        one_pass = self.ideal_pass(states, XiDraws(seed=seed, purpose="layer inputs"))
        with one_blas_thread():
            parts = [one_pass.layer_states(passes) for passes in self._plan(states, 1).passes()]
        inputs = [states.reshape(len(states), -1), *(np.concatenate(layer) for layer in zip(*parts, strict=True))]
        return dict(zip(self.layers.keys(), inputs, strict=True))

    @contextmanager
    def _sampler(
        self, images: Tensor | np.ndarray, samples: int, draws: XiDraws, substrates: Substrates | None = None
    ) -> Iterator[Sampler]:
        states = self.encode(images).numpy()
        of_nsm = self.architecture.is_nsm or substrates is not None
        forward = self.ideal_pass(states, draws, substrates) if of_nsm else BaselinePass(self, states, draws.seed)
        with one_blas_thread():
            yield Sampler(self._plan(states, self.passes_that_differ(samples)), forward.logits)

    def _plan(self, states: np.ndarray, samples: int) -> PassPlan:
        return PassPlan(len(states), samples, self.architecture.classes, widest=self.architecture.widest)

    def ideal_pass(self, states: np.ndarray, draws: XiDraws, substrates: Substrates | None = None) -> IdealPass:
        """The forward pass of encoded images with xi drawn like that. Raises ConfigError for substrates that are not
        one for each NSM layer, for NaN in them or in the network, and in a network of another method."""
        own = self.substrates()
        used = own if substrates is None else in_place_of(own, substrates)
        return IdealPass(self.architecture, used, self.output_layer, states, draws)

    def passes_that_differ(self, samples: int) -> int:
        """A network without noise gives the same probabilities in every pass: one is enough."""
        return samples if any(layer.noisy for layer in self.hidden_layers()) else 1


class OutputLayer(nn.Linear):
    """Made without values, and so without random numbers: torch's `skip_init` loads half a second of packages."""

    def reset_parameters(self) -> None:
        """Left to the network."""


def _layer(architecture: Architecture, place: Placement) -> nn.Module:
    match place.spec:
        case LinearSpec():
            return OutputLayer(place.spec.inputs, place.spec.outputs, dtype=torch.float32)
        case PoolSpec():
            return PoolLayer(place.spec)
        case _:
            return hidden_layer(architecture, place)


def _keeps_image_shape(layer: nn.Module) -> bool:
    return isinstance(layer, PoolLayer) or (isinstance(layer, HiddenLayer) and len(layer.place.outputs) == 3)
