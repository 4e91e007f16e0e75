"""Keys of training and of reproduction configurations, and of tuning."""

from pydantic import BaseModel

from crossbar_nsm.experiment.config.training import TrainConfig
from crossbar_nsm.mapping.learning.tuning_config import TuningConfig
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.reproduce.config import NetworkToTrain, ReproduceConfig
from docs.generate.keys import Key, entry, keys_of, kinds, with_inner
from docs.generate.markdown import page, prose

FIRST = """
`crossbar-nsm train FILE` trains the network that such a configuration describes; see
[train a network](../how_to/train_a_network.md). `crossbar-nsm configs train_mnist_mlp` prints one to begin with, and
`crossbar-nsm schema --training` this page as a JSON Schema.
"""
HARDWARE = """
Its keys are those of an [evaluation's](configuration.md) `device`, `array`, `read`, `neuron` and `layers`, with
`hardware.` in front of them, and two more:
"""
REPRODUCTION = """
`crossbar-nsm reproduce NAME --config FILE` takes a configuration of its own; `crossbar-nsm schema --reproduction`
prints it as a JSON Schema. `dataset`, `test`, `layers`, `noise`, `image` and `encoding` are as above, at the top of the
file.
"""
TUNING = """
`xb.tune` takes these as `TuningConfig`, `crossbar-nsm tune` as options. See
[train for a device](../how_to/train_for_a_device.md).
"""
SHARED = ("dataset", "test", "layers", "noise", "image", "encoding")
INSIDE = {"trained": NetworkToTrain, "watched": NetworkToTrain}


def training_configuration() -> str:
    keys = {key.dotted: key for key in keys_of(TrainConfig)}
    parts = [FIRST, "## The run", *(entry(key) for key in keys.values() if not key.sections)]
    parts += ["## network", prose(Architecture.__doc__), *_with_kinds(Architecture, "network.")]
    for name in ("dataset", "training", "test"):
        (model,) = keys[name].sections
        parts += [f"## {name}", prose(model.__doc__), *map(entry, with_inner(model, f"{name}."))]
    parts += ["## hardware", entry(keys["hardware"]), HARDWARE, *_hardware(keys["hardware"])]
    parts += ["## Reproduction", prose(ReproduceConfig.__doc__), REPRODUCTION]
    parts += [_reproduction(key) for key in keys_of(ReproduceConfig) if key.dotted not in SHARED]
    parts += ["## Tuning", prose(TuningConfig.__doc__), TUNING, *map(entry, with_inner(TuningConfig, ""))]
    return page("Keys of training", *parts)


def _with_kinds(model: type[BaseModel], prefix: str) -> list[str]:
    """Keys, and behind those that take one of several sections these sections."""
    return [part for key in keys_of(model, prefix) for part in (entry(key), kinds(key) if key.sections else "")]


def _hardware(key: Key) -> list[str]:
    (model,) = key.sections
    return [entry(one) for one in keys_of(model, "hardware.") if one.dotted.rpartition(".")[2] in model.__annotations__]


def _reproduction(key: Key) -> str:
    if key.dotted in INSIDE:
        inner = [one for one in keys_of(INSIDE[key.dotted]) if one.dotted != "training"]
        listed = "\n".join(f"- `{key.dotted}.NAME.{one.dotted}`: {one.text}" for one in inner)
        return f"{entry(key)}\n\n{listed}\n- `{key.dotted}.NAME.training`: [training](#training) of this network"
    if key.sections:
        (model,) = key.sections
        return "\n\n".join([entry(key), *(entry(one, 4) for one in with_inner(model, f"{key.dotted}."))])
    return entry(key)
