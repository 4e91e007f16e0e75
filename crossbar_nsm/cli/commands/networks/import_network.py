"""`crossbar-nsm import`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from crossbar_nsm.cli.options import Data, Json, to_write
from crossbar_nsm.cli.output import print_json, say

if TYPE_CHECKING:
    from crossbar_nsm.nsm.architecture import Placement
    from crossbar_nsm.nsm.network import Network
    from crossbar_nsm.nsm.noise import BernoulliNoise, GaussianNoise


class Noise(StrEnum):
    bernoulli = "bernoulli"
    gaussian = "gaussian"


class BiasConvention(StrEnum):
    code = "code"
    paper = "paper"
    c = "c"


class Encoding(StrEnum):
    sign = "sign"
    real = "real"


StateDict = Annotated[
    Path, typer.Argument(help="plain state_dict of an NSM, such as the authors' published code writes", metavar="FILE")
]
# the same words stand in the error that asks for it; importing them from there would load what networks need
FORMULAS = (
    "in P = 1/2 (1 + erf(beta w.z/|w| + c)) it may be c itself (`c`), be added to w.z (`paper`: c = bias/(|w| "
    "sqrt(2 v)), v the variance of the noise), or enter as in the published code (`code`: c = bias/sqrt(2 p (1-p)), in "
    "convolutions over |w| too)"
)
Convention = Annotated[
    BiasConvention | None,
    typer.Option(help=f"what the `bias` of hidden layers is, where they have one: {FORMULAS}", show_default=False),
]
KeepProbability = Annotated[
    float, typer.Option(help="of bernoulli noise; with gaussian noise, p of the code's bias constant")
]
ConvKeepProbability = Annotated[
    float | None, typer.Option(help="p of convolutions, where it is not --keep-probability")
]
NetworkFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE.yaml", help="layers and image, where shapes do not tell how convolutions are pooled"),
]
FirstLayerSees = Annotated[
    Encoding | None,
    typer.Option(
        help="what its first layer sees of a pixel x in [0, 1]: `sign`: +1 where x >= 1/2, else -1; `real`: 2x - 1 "
        "(not given: as --network says, else sign)",
        show_default=False,
    ),
]
CalibrationImages = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE.npz", help="training images for calibrating chips, of a data set, attached to the network"
    ),
]


def import_network(
    file: StateDict,
    out: Annotated[Path, to_write("NET.safetensors", "checkpoint to write")],
    noise: Annotated[Noise, typer.Option(help="law of the noise it was trained with")],
    bias_convention: Convention = None,
    keep_probability: KeepProbability = 0.5,
    sigma: Annotated[float, typer.Option(help="standard deviation of gaussian noise")] = 1.0,
    conv_keep_probability: ConvKeepProbability = None,
    network: NetworkFile = None,
    encoding: FirstLayerSees = None,
    calibration_images: CalibrationImages = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Turn trained weights (a PyTorch state_dict) into a checkpoint."""
    from crossbar_nsm.nsm.checkpoints.checkpoint import save_checkpoint
    from crossbar_nsm.nsm.checkpoints.published import import_published
    from device_models.files.writing import check_output

    check_output(out, "checkpoint")
    law = _noise_law(noise, keep_probability, sigma, conv_keep_probability)
    convention: Literal["code", "paper", "c"] | None = None if bias_convention is None else bias_convention.value
    seen: Literal["sign", "real"] | None = None if encoding is None else encoding.value
    net = import_published(file, law, convention, keep_probability, network, conv_keep_probability, seen)
    if calibration_images is not None:
        from crossbar_nsm.experiment.images.calibration import calibration_images_of

        net.calibration_images = calibration_images_of(calibration_images, None if data is None else str(data))
    checkpoint = save_checkpoint(net, out)
    layers = [_layer_summary(net, place) for place in net.architecture.placements()]
    if as_json:
        print_json(_summary(net, checkpoint, layers))
    else:
        _print(net, checkpoint, layers, conv_keep_probability is not None)


def _noise_law(
    noise: Noise, keep_probability: float, sigma: float, conv_keep_probability: float | None
) -> BernoulliNoise | GaussianNoise:
    """The law that the options name. Raises ConfigError, with the option, for a value that no law has."""
    from crossbar_nsm.nsm.noise import BernoulliNoise, GaussianNoise
    from device_models.files.document import Document
    from device_models.schema import validate

    def given(key: str, value: float, option: str) -> Document:
        return Document({key: value}, {(key,): option})

    bernoulli = validate(BernoulliNoise, given("keep_probability", keep_probability, "--keep-probability"))
    gaussian = validate(GaussianNoise, given("sigma", sigma, "--sigma"))
    if conv_keep_probability is not None:
        validate(BernoulliNoise, given("keep_probability", conv_keep_probability, "--conv-keep-probability"))
    return bernoulli if noise is Noise.bernoulli else gaussian


def _summary(net: Network, checkpoint: Path, layers: list[dict[str, Any]]) -> dict[str, Any]:
    """What --json prints."""
    summary = {"config": None, "rows": layers, "checkpoint": str(checkpoint), "network": str(net.architecture)}
    summary["encoding"] = net.architecture.encoding
    pooling = net.facts.get("pooling")
    attached = {} if net.calibration_images is None else {"calibration_images": len(net.calibration_images)}
    return summary | ({} if pooling is None else {"pooling": pooling}) | attached


def _print(net: Network, checkpoint: Path, layers: list[dict[str, Any]], conv_differs: bool) -> None:
    """conv_differs: whether convolutions keep another share of their inputs than dense layers."""
    from crossbar_nsm.nsm.architecture import SEEN

    print(f"network: {net.architecture}")
    encoding = net.architecture.encoding
    print(f"encoding: {encoding}; the first layer sees {SEEN[encoding]} of a pixel x; if not so: --encoding")
    if encoding == "real":
        print("its units fire by (beta w.z/|w| + c)/s with s = |w*z|/|w|, since grey inputs carry less noise")
    if net.facts.get("pooling") == "inferred":
        print("image size and pools are inferred from shapes: stride 1, no padding, max-pooling; if not so: --network")
    if conv_differs:
        print("units fire as published; where neuron noise is drawn, its law is that of --keep-probability everywhere")
    print("layers (beta: lowest / median / highest)")
    for layer in layers:
        print(_layer_line(layer))
    if net.calibration_images is None:
        print("calibration images: none, so chips are calibrated blind; --calibration-images attaches some")
    else:
        print(f"calibration images: {len(net.calibration_images)}")
    say(f"checkpoint: {checkpoint}")


def _layer_summary(net: Network, place: Placement) -> dict[str, Any]:
    """What a layer is, as in the YAML, with the shape of its states and [lowest, median, highest] beta (null in layers
    without). inputs and outputs of convolutions and pools: channels."""
    import numpy as np

    from crossbar_nsm.nsm.architecture import PoolSpec

    summary: dict[str, Any] = place.spec.model_dump(mode="json")
    if isinstance(place.spec, PoolSpec):
        summary |= {"inputs": place.inputs[0], "outputs": place.outputs[0]}
    if len(place.outputs) > 1:
        summary["shape"] = list(place.outputs)
    if "beta" in summary:
        summary["beta_per"] = summary["beta"]
    layer = dict(net.named_nsm_layers()).get(place.spec.name)
    summary["beta"] = None if layer is None else np.quantile(layer.beta.detach().numpy(), [0, 0.5, 1]).tolist()
    return summary


def _layer_line(layer: dict[str, Any]) -> str:
    """One line for a layer of `_layer_summary`."""
    kind, per, window = layer["type"], "", layer.get("kernel") or layer.get("size")
    parts = [f"{layer['inputs']} -> {layer['outputs']}"]
    if window:
        shape = "x".join(map(str, layer["shape"]))
        parts = [f"{layer['inputs']} channels -> {shape}", f"{kind.replace('_', '-')} {window}x{window}"]
        usual = {"stride": (None, 1 if kind == "conv" else window), "padding": (None, 0)}
        parts += [f"{key} {layer[key]}" for key, values in usual.items() if layer.get(key) not in values]
        per = f" per {layer['beta_per']}" if "beta_per" in layer else ""
    if layer["beta"] is not None:
        parts.append("beta{} {:.3g} / {:.3g} / {:.3g}".format(per, *layer["beta"]))
    elif kind == "linear":
        parts.append(kind)
    return f"{layer['name']}: {', '.join(parts)}"
