"""A network on a chip, as users ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from crossbar_nsm.experiment.config.load import ConfigLike, document_of, resolve
from crossbar_nsm.experiment.network_on_chip import programmed
from crossbar_nsm.experiment.settings_in_use.unused import check_settings
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.nsm.network import Network
from device_models.checks.arguments import checked, instance_of, optional, path_or, whole_number


@checked(
    net=instance_of(Network, of="a network, as load_checkpoint gives it"), config=path_or(HardwareConfig),
    seed=optional(whole_number()), chip=whole_number(),
)  # fmt: skip
def map_network(
    net: Network, config: ConfigLike | HardwareConfig, seed: int | None = None, chip: int = 0
) -> MappedNetwork:
    """Program `net` on chip number `chip`. `seed` replaces `evaluation.seed`; a path, the name of a configuration of
    the package, or a mapping with the same sections ({"device": "rram_illustrative", "neuron.scaling": "paired"}), is
    loaded, and settings of it without effect are warned of. Its `calibration_images`, if any, take the place of those
    that `net` carries.

    Raises ConfigError with one line for every mistake of the configuration, MappingError for a network that cannot be
    put on arrays so.
    """
    if isinstance(config, (Mapping, str, Path)):
        document = document_of(config)
        config = resolve(document)
        check_settings(document, config.model_copy(update={"sweep": {}}))
    return programmed(net, config, seed, chip)
