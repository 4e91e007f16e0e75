"""A network as data: the list of layers that users write in YAML and that every checkpoint carries."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from crossbar_nsm.nsm.noise import BernoulliNoise, NoiseLaw
from device_models.schema import Count, Schema

MOST_WEIGHTS = 1_000_000_000
LayerName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]


class NSMDenseSpec(Schema):
    """Fully connected threshold units with noisy weights: weight (outputs, inputs), beta (outputs), c (outputs)."""

    type: Literal["nsm_dense"] = "nsm_dense"
    name: LayerName
    inputs: Count
    outputs: Count


class LinearSpec(Schema):
    """Plain linear layer: weight (outputs, inputs), bias (outputs). Its outputs are logits."""

    type: Literal["linear"] = "linear"
    name: LayerName
    inputs: Count
    outputs: Count


LayerSpec = Annotated[NSMDenseSpec | LinearSpec, Field(discriminator="type")]


class Architecture(Schema):
    """NSM layers followed by one linear output layer, and the law of their noise xi."""

    layers: Annotated[list[LayerSpec], Field(min_length=2)]
    noise: NoiseLaw = BernoulliNoise()

    @model_validator(mode="after")
    def _layers_fit(self) -> Architecture:
        names = [layer.name for layer in self.layers]
        if len(set(names)) < len(names):
            raise ValueError(f"layer names must differ, got {', '.join(names)}")
        if self.layers[-1].type != "linear" or any(layer.type == "linear" for layer in self.layers[:-1]):
            raise ValueError("expected nsm_dense layers and then one linear output layer")
        for first, second in zip(self.layers, self.layers[1:], strict=False):
            if first.outputs != second.inputs:
                raise ValueError(
                    f"layer {second.name} takes {second.inputs} inputs but {first.name} has {first.outputs} outputs"
                )
        weights = sum(layer.inputs * layer.outputs for layer in self.layers)
        if weights > MOST_WEIGHTS:
            raise ValueError(f"the layers have {weights:.2g} weights, allowed are {MOST_WEIGHTS:.0e}")
        return self

    @property
    def inputs(self) -> int:
        """Pixels of one image."""
        return self.layers[0].inputs

    @property
    def classes(self) -> int:
        return self.layers[-1].outputs
