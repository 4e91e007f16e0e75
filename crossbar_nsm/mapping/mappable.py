"""Which networks arrays can hold. Loads no torch: a study is checked before anything is computed."""

from __future__ import annotations

from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.methods.config import NSM_METHODS
from device_models.errors import MappingError


def check_mappable(architecture: Architecture) -> None:
    """Raises MappingError for networks that arrays cannot hold: those of other methods."""
    if not architecture.is_nsm:
        raise MappingError(
            f"a network of method {architecture.method.name} cannot be mapped: only NSM units (methods "
            f"{', '.join(NSM_METHODS)}) take their noise from the cells; train one of those, from this network on "
            "(training.start_from), or evaluate this one in software (compare --ideal-only)"
        ).see("train_a_network")


def check_layers(architecture: Architecture, config: HardwareConfig) -> None:
    """Raises MappingError when `config.layers` names a layer that the network does not have on arrays."""
    names = [layer.name for layer in architecture.layers]
    unknown = sorted(config.layers.keys() - set(names))
    if unknown:
        raise MappingError(f"layers: no layer {', '.join(unknown[:5])}; the network has {', '.join(names[:20])}").see(
            "configuration"
        )
    if names[-1] in config.layers and config.array.output_layer == "digital":
        raise MappingError(
            f"layers: {names[-1]} is computed digitally; set array.output_layer=array to give it a device"
        ).see("add_wires_and_converters")
