"""A network as data: the list of layers that users write in YAML and that every checkpoint carries."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from crossbar_nsm.nsm.method_config import NSM, NSM_METHODS, Method
from crossbar_nsm.nsm.noise import BernoulliNoise, NoiseLaw
from device_models.schema import Count, Schema

MOST_WEIGHTS = 1_000_000_000
LayerName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]


class DenseSpec(Schema):
    """Fully connected hidden units; what they compute is the method's."""

    type: Literal["dense"] = "dense"
    name: LayerName
    inputs: Count
    outputs: Count


class LinearSpec(Schema):
    """Plain linear layer: weight (outputs, inputs), bias (outputs). Its outputs are logits."""

    type: Literal["linear"] = "linear"
    name: LayerName
    inputs: Count
    outputs: Count


LayerSpec = Annotated[DenseSpec | LinearSpec, Field(discriminator="type")]


class Architecture(Schema):
    """Hidden layers followed by one linear output layer; the method that trains them; the law of an NSM's noise xi."""

    layers: Annotated[list[LayerSpec], Field(min_length=2)]
    method: Method = NSM()
    noise: NoiseLaw = BernoulliNoise()

    @model_validator(mode="after")
    def _layers_fit(self) -> Architecture:
        names = [layer.name for layer in self.layers]
        if len(set(names)) < len(names):
            raise ValueError(f"layer names must differ, got {', '.join(names)}")
        if self.layers[-1].type != "linear" or any(layer.type == "linear" for layer in self.layers[:-1]):
            raise ValueError("expected dense layers and then one linear output layer")
        for first, second in zip(self.layers, self.layers[1:], strict=False):
            if first.outputs != second.inputs:
                raise ValueError(
                    f"layer {second.name} takes {second.inputs} inputs but {first.name} has {first.outputs} outputs"
                )
        weights = sum(layer.inputs * layer.outputs for layer in self.layers)
        if weights > MOST_WEIGHTS:
            raise ValueError(f"the layers have {weights:.2g} weights, allowed are {MOST_WEIGHTS:.0e}")
        return self

    def __str__(self) -> str:
        """For example `784-300-300-300-10`."""
        return "-".join(str(size) for size in (self.inputs, *(layer.outputs for layer in self.layers)))

    @property
    def inputs(self) -> int:
        """Pixels of one image."""
        return self.layers[0].inputs

    @property
    def classes(self) -> int:
        return self.layers[-1].outputs

    @property
    def is_nsm(self) -> bool:
        """Whether the hidden units are those of a Neural Sampling Machine, with (w, beta, c) and noise."""
        return self.method.name in NSM_METHODS
