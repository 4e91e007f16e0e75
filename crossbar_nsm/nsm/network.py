"""The ideal NSM network: built from an Architecture, trained in torch, sampled with reproducible streams."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from crossbar_nsm.engine.passes import Progress, chunks, mean_classes, sample_classes
from crossbar_nsm.engine.product import one_blas_thread
from crossbar_nsm.nsm.architecture import Architecture, NSMDenseSpec
from crossbar_nsm.nsm.layers import NoisePlace, NSMDense
from crossbar_nsm.nsm.sampling import IdealSampler, Xi
from device_models.errors import ConfigError, DatasetError


class NSMNetwork(nn.Module):
    """NSM layers and a linear output layer.

    `facts` (JSON-able) says how the network was trained; `calibration_images` (n, inputs) uint8 are training images
    that travel with it, or None.
    """

    def __init__(
        self,
        architecture: Architecture,
        facts: dict[str, Any] | None = None,
        calibration_images: np.ndarray | None = None,
    ):
        super().__init__()
        self.architecture = architecture
        self.facts = facts or {}
        self.calibration_images = calibration_images
        self.layers = nn.ModuleDict()
        for spec in architecture.layers:
            if hasattr(self.layers, spec.name):
                raise ConfigError(f"layer name {spec.name!r} is taken by torch; choose another")
            self.layers[spec.name] = (
                NSMDense(spec, architecture.noise)
                if isinstance(spec, NSMDenseSpec)
                else nn.Linear(spec.inputs, spec.outputs)
            )

    def nsm_layers(self) -> Iterator[NSMDense]:
        return (layer for layer in self.layers.values() if isinstance(layer, NSMDense))

    def named_nsm_layers(self) -> Iterator[tuple[str, NSMDense]]:
        return ((name, layer) for name, layer in self.layers.items() if isinstance(layer, NSMDense))

    @property
    def output_layer(self) -> nn.Linear:
        layer = self.layers[self.architecture.layers[-1].name]
        assert isinstance(layer, nn.Linear)
        return layer

    def encode(self, images: Tensor | np.ndarray) -> Tensor:
        """Images in [0,1] or +-1, flat or image shaped, as states sign(2x - 1) of shape (batch, inputs), float32.

        Raises DatasetError when the size does not fit the first layer or a value lies outside [-1, 1].
        """
        try:
            x = (
                images
                if isinstance(images, Tensor)
                else torch.from_numpy(np.array(images, dtype=np.float32, order="C"))
            )
        except (TypeError, ValueError):
            raise DatasetError("images: expected numbers in an array (batch, pixels) or image shaped") from None
        x = x.detach().to("cpu", torch.float32)
        if x.ndim < 2 or x.shape[0] == 0 or x[0].numel() != self.architecture.inputs:
            raise DatasetError(
                f"images of shape {tuple(x.shape)}: expected a batch of one or more images "
                f"of {self.architecture.inputs} pixels each, flat or image shaped"
            )
        if not bool((x.abs() <= 1).all()):  # also catches NaN
            raise DatasetError("images hold NaN or values outside [0, 1] (or +-1); divide 8-bit images by 255")
        return torch.where(2 * x.flatten(1) - 1 >= 0, 1.0, -1.0)

    def reset_parameters(self, generator: torch.Generator) -> None:
        """Fresh random weights."""
        for layer in self.nsm_layers():
            layer.reset_parameters(generator)
        bound = 1 / math.sqrt(self.output_layer.in_features)
        nn.init.uniform_(self.output_layer.weight, -bound, bound, generator=generator)
        nn.init.zeros_(self.output_layer.bias)

    def forward(self, images: Tensor, noise_place: NoisePlace, generator: torch.Generator) -> Tensor:
        """Logits (batch, classes) of one noisy pass, differentiable through the activation probabilities."""
        z = self.encode(images)
        for layer in self.nsm_layers():
            z = layer(z, noise_place, generator)
        logits: Tensor = self.output_layer(z)
        return logits

    def sample(
        self,
        images: Tensor | np.ndarray,
        samples: int = 100,
        noise: NoisePlace = "synapse",
        xi: Xi = "erf",
        seed: int = 0,
    ) -> Tensor:
        """Class probabilities of every Monte Carlo pass, (samples, batch, classes) float32.

        noise, xi: see `crossbar_nsm.nsm.sampling`. Image k of the batch has the same draws in every call with this
        seed, whatever the size of the batch and the number of threads.
        """
        run = self._sampler(images, noise, xi, seed)
        with one_blas_thread():
            out = sample_classes(
                run.logits, len(run.states), samples, self.architecture.classes, "input_major", first_image=0
            )
        return torch.from_numpy(out)

    def predict(
        self,
        images: Tensor | np.ndarray,
        samples: int = 100,
        noise: NoisePlace = "synapse",
        xi: Xi = "erf",
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Tensor:
        """Mean of `sample` over the samples, (batch, classes) float32; memory does not grow with `samples`."""
        run = self._sampler(images, noise, xi, seed)
        with one_blas_thread():
            out = mean_classes(
                run.logits, len(run.states), samples, self.architecture.classes, "input_major", 0, progress
            )
        return torch.from_numpy(out)

    def layer_inputs(self, images: Tensor | np.ndarray, seed: int = 0) -> dict[str, np.ndarray]:
        """One synapse-noise pass per image: the inputs +-1 that each layer sees, name -> (batch, inputs) float32."""
        run = self._sampler(images, "synapse", "erf", seed, purpose="layer inputs")
        with one_blas_thread():
            parts = [run.hidden_states(passes) for passes in chunks(len(run.states), 1, "input_major")]
        states = [run.states, *(np.concatenate(layer) for layer in zip(*parts, strict=True))]
        return dict(zip(self.layers.keys(), states, strict=True))

    def _sampler(
        self, images: Tensor | np.ndarray, noise: NoisePlace, xi: Xi, seed: int, purpose: str = "ideal"
    ) -> IdealSampler:
        return IdealSampler(self, self.encode(images).numpy(), noise, xi, seed, purpose)
