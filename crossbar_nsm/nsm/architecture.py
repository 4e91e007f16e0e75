"""A network as data: the list of layers that users write in YAML and that every checkpoint carries."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, model_validator

from crossbar_nsm.nsm.methods.config import NSM, NSM_METHODS, Method
from crossbar_nsm.nsm.noise import BernoulliNoise, NoiseLaw
from device_models.errors import CheckpointError, quoted
from device_models.schema import Count, Schema, Whole
from device_models.shown import shown

MOST_WEIGHTS = 1_000_000_000
MOST_UNITS = 100_000_000  # of one layer: beta per position has one parameter for each
MOST_LAYERS = 1000
LayerName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=200)]
Size = Annotated[Count, Field(le=65536)]
Encoding = Literal["sign", "real"]
SEEN: dict[Encoding, str] = {"sign": "+1 where x >= 1/2, else -1", "real": "2x - 1"}  # by the first layer, of a pixel x
Shape = tuple[int, ...]  # of one image or of the states of one layer: (channels, height, width) or (units,)


class DenseSpec(Schema):
    """Fully connected hidden units; what they compute is the method's."""

    type: Literal["dense"] = "dense"
    """the kind of layer: every input goes to every output"""
    name: LayerName
    """of the layer, each its own: letters, digits and underscores"""
    inputs: Count
    """units of the layer before, or pixels"""
    outputs: Count
    """units of this layer"""


class ConvSpec(Schema):
    """Convolution of hidden units, square kernel."""

    type: Literal["conv"] = "conv"
    """the kind of layer: a convolution"""
    name: LayerName
    """of the layer, each its own: letters, digits and underscores"""
    inputs: Size
    """channels of the layer before, or of the image"""
    outputs: Size
    """channels of this layer"""
    kernel: Size
    """side of the square kernel [pixels]"""
    padding: Annotated[Whole, Field(ge=0, le=65536)] = 0
    """zeros on every side [pixels], which carry neither signal nor noise"""
    stride: Size = 1
    """from one position to the next [pixels]"""
    beta: Literal["channel", "position"] = "channel"
    """one beta and c per `channel`, or per output `position`"""

    @model_validator(mode="after")
    def _every_patch_has_inputs(self) -> ConvSpec:
        if self.padding >= self.kernel:
            raise ValueError(f"padding={self.padding} leaves patches without inputs; allowed: 0 to {self.kernel - 1}")
        return self


class PoolSpec(Schema):
    """Maximum or mean over square windows. The maximum of +-1 states is +-1."""

    type: Literal["max_pool", "average_pool"]
    """the kind of layer: the maximum or the mean of each window"""
    name: LayerName
    """of the layer, each its own: letters, digits and underscores"""
    size: Size
    """side of the square window [pixels]"""
    stride: Size | None = None
    """from one window to the next [pixels] (null: size)"""

    @property
    def step(self) -> int:
        """From one window to the next."""
        return self.stride or self.size


class LinearSpec(Schema):
    """Plain linear layer: weight (outputs, inputs), bias (outputs). Its outputs are logits."""

    type: Literal["linear"] = "linear"
    """the kind of layer: the output layer, at the end"""
    name: LayerName
    """of the layer, each its own: letters, digits and underscores"""
    inputs: Count
    """units of the layer before"""
    outputs: Count
    """classes of the data set"""


HiddenSpec = DenseSpec | ConvSpec
LayerSpec = Annotated[DenseSpec | ConvSpec | PoolSpec | LinearSpec, Field(discriminator="type")]


@shown
@dataclass(frozen=True)
class Placement:
    """A layer where it stands. inputs, outputs: shapes of one input and of the layer's states. binary_inputs: whether
    every input is +-1."""

    spec: DenseSpec | ConvSpec | PoolSpec | LinearSpec
    inputs: Shape
    outputs: Shape
    binary_inputs: bool

    @property
    def all_active(self) -> bool:
        """Whether every unit always has the noise of all its synapses: inputs +-1 and no padding."""
        return self.binary_inputs and not (isinstance(self.spec, ConvSpec) and self.spec.padding > 0)


class Architecture(Schema):
    """Hidden layers followed by one linear output layer; the method that trains them; the law of an NSM's noise xi."""

    layers: Annotated[list[LayerSpec], Field(min_length=2, max_length=MOST_LAYERS)]
    """the layers in their order: hidden ones, then one of type linear"""
    method: Method = NSM()
    """training method: what hidden units compute and how gradients pass; a name, or a mapping {name: ..., settings}"""
    noise: NoiseLaw = BernoulliNoise()
    """law of the multiplicative noise xi of an NSM"""
    image: tuple[Size, Size, Size] | None = None
    """[channels, height, width] of an image, needed by convolutions (null: flat)"""
    encoding: Encoding = "sign"
    """what the first layer, dense or a convolution, sees of a pixel x in [0,1]: its `sign`, +1 where 2x - 1 >= 0 and
    else -1, which is enough for pen strokes and events, or the `real` number 2x - 1, which keeps the grey levels of
    photographs: rows are driven with part of the read voltage"""

    @model_validator(mode="after")
    def _layers_fit(self) -> Architecture:
        names = [layer.name for layer in self.layers]
        if len(set(names)) < len(names):
            raise ValueError(f"layer names must differ, got {quoted(names)}")
        if self.layers[-1].type != "linear" or any(layer.type == "linear" for layer in self.layers[:-1]):
            raise ValueError("expected hidden layers and then one linear output layer")
        if not any(isinstance(layer, HiddenSpec) for layer in self.layers):
            raise ValueError("expected at least one hidden layer of type dense or conv")
        if self.image is None and not isinstance(self.layers[0], DenseSpec):
            raise ValueError(f"layer {names[0]} needs the size of the images: image: [channels, height, width]")
        placements = list(self.placements())
        weights = sum(_weights(layer) for layer in self.layers)
        if weights > MOST_WEIGHTS:
            raise ValueError(f"the layers have {weights:.2g} weights, allowed are {MOST_WEIGHTS:.0e}")
        for place in placements:
            if math.prod(place.outputs) > MOST_UNITS:
                raise ValueError(f"layer {place.spec.name} has {math.prod(place.outputs):.2g} units, allowed are 1e8")
        return self

    def placements(self) -> Iterator[Placement]:
        """Every layer with the shapes of its inputs and outputs; raises ValueError where they do not fit."""
        shape: Shape = (self.layers[0].inputs,) if self.image is None else self.image  # type: ignore[union-attr]
        binary, before = self.encoding == "sign", "the image"
        for spec in self.layers:
            outputs = _output_shape(spec, shape, before)
            yield Placement(spec, shape, outputs, binary)
            binary = binary if isinstance(spec, PoolSpec) and spec.type == "max_pool" else isinstance(spec, HiddenSpec)
            shape, before = outputs, spec.name

    def check_start(self, trained: Architecture) -> None:
        """Raises CheckpointError when parameters of a trained network cannot be taken over: it has other layers, or the
        same ones on images of another size."""
        sizes = [[place.outputs for place in which.placements()] for which in (trained, self)]
        if trained.layers != self.layers or sizes[0] != sizes[1]:
            raise CheckpointError(f"start_from: the trained network has other layers ({trained} against {self})")

    def __str__(self) -> str:
        """For example `784-300-300-300-10`, or `1x28x28-32c5-m2-512-10` (32 channels of 5x5, max-pool 2x2)."""
        first = str(self.inputs) if self.image is None else "x".join(map(str, self.image))
        return "-".join([first, *(_text(layer) for layer in self.layers)])

    @property
    def inputs(self) -> int:
        """Pixels of one image, all channels."""
        return math.prod(next(self.placements()).inputs)

    def takes(self, shape: Shape) -> bool:
        """Whether images of `shape` (without the batch) fit: by their number of pixels and, for convolutions, their
        height and width, unless they are flat."""
        needed = next(self.placements()).inputs
        given = tuple(size for size in shape if size != 1)
        flat = len(needed) == 1 or len(given) <= 1
        return math.prod(shape) == math.prod(needed) and (flat or given == tuple(size for size in needed if size != 1))

    @property
    def image_text(self) -> str:
        """Size of one image, for messages."""
        return f"{_shape_text(next(self.placements()).inputs)} pixels"

    @property
    def classes(self) -> int:
        last = self.layers[-1]
        assert isinstance(last, LinearSpec)
        return last.outputs

    @property
    def first_hidden(self) -> DenseSpec | ConvSpec:
        """The first layer with weights; only pools stand in front of it."""
        return next(layer for layer in self.layers if isinstance(layer, HiddenSpec))

    @property
    def is_nsm(self) -> bool:
        """Whether the hidden units are those of a Neural Sampling Machine, with (w, beta, c) and noise."""
        return self.method.name in NSM_METHODS

    @property
    def widest(self) -> int:
        """Inputs or states of the largest layer: what one pass needs memory for."""
        return max(math.prod(shape) for place in self.placements() for shape in (place.inputs, place.outputs))


def _output_shape(spec: LayerSpec, inputs: Shape, before: str) -> Shape:
    """Shape of a layer's states; `before` is the name of what gives it its inputs."""
    if isinstance(spec, (DenseSpec, LinearSpec)):
        if spec.inputs != math.prod(inputs):
            raise ValueError(
                f"layer {spec.name} takes {spec.inputs} inputs but {before} has {_shape_text(inputs)} outputs"
            )
        return (spec.outputs,)
    if len(inputs) != 3:
        raise ValueError(f"layer {spec.name} ({spec.type}) needs channels, height and width, but {before} has none")
    channels, height, width = inputs
    if isinstance(spec, PoolSpec):
        size, stride, padding, outputs = spec.size, spec.step, 0, channels
    else:
        size, stride, padding, outputs = spec.kernel, spec.stride, spec.padding, spec.outputs
        if spec.inputs != channels:
            raise ValueError(f"layer {spec.name} takes {spec.inputs} channels but {before} has {channels}")
    if size > min(height, width) + 2 * padding:
        raise ValueError(f"layer {spec.name} is {size}x{size}, larger than its inputs ({_shape_text(inputs)})")
    return outputs, *((length + 2 * padding - size) // stride + 1 for length in (height, width))


def _weights(spec: LayerSpec) -> int:
    if isinstance(spec, PoolSpec):
        return 0
    return spec.inputs * spec.outputs * (spec.kernel**2 if isinstance(spec, ConvSpec) else 1)


def multiply_adds(place: Placement) -> int:
    """Products of a weight and a state in one pass of one image."""
    return _weights(place.spec) * math.prod(place.outputs[1:])


def _shape_text(shape: Shape) -> str:
    return "x".join(map(str, shape)) if len(shape) == 1 else f"{'x'.join(map(str, shape))} = {math.prod(shape)}"


def _text(spec: LayerSpec) -> str:
    if isinstance(spec, PoolSpec):
        return f"{spec.type[0]}{spec.size}"
    return f"{spec.outputs}c{spec.kernel}" if isinstance(spec, ConvSpec) else str(spec.outputs)
