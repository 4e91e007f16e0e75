"""What small mapped networks make of a configuration: two that they cannot tell apart differ in nothing that is used.

Networks are small (see `small_network`), the hardware is not: cells are programmed, calibrated and read as those of the
whole network are. Nothing here says which setting is for what. Loads torch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

import numpy as np
from pydantic import ValidationError

from crossbar_nsm.engine.threads import using_threads
from crossbar_nsm.experiment.config.evaluation import EvaluationConfig, ExperimentConfig
from crossbar_nsm.experiment.network_on_chip import predict, programmed
from crossbar_nsm.experiment.settings_in_use.small_network import SmallNetwork, small_networks
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.output_layer import ArrayOutput
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.bundled import find_checkpoint, read_architecture
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from device_models.errors import CrossbarError
from device_models.warning import unsaid

SAMPLES = 16
MOST_SAMPLES = 600  # where images may stop early


class _Mapped:
    """A small network on its hardware, or none where it cannot be mapped so."""

    def __init__(self, small: SmallNetwork, config: ExperimentConfig):
        self._small, self._evaluation = small, _evaluation(config.evaluation)
        try:
            with _quiet():
                self.chip: MappedNetwork | None = programmed(small.net, small.hardware(config))
        except CrossbarError:
            self.chip = None

    @cached_property
    def cells(self) -> str:
        """Digest of the programmed and calibrated chip."""
        if self.chip is None:
            return ""
        values = []
        for layer in self.chip.mapped_layers():
            values += [array.g_s for array in layer.arrays.values()]
            values += list(vars(layer.settings).values()) if isinstance(layer, ArrayOutput) else []
        for calibration in self.chip.calibration.values():
            values += [calibration.gain, calibration.threshold, calibration.recovered_beta, calibration.recovered_c]
            values.append(calibration.frozen_share)
        return self.chip.engine + _digest(values)

    @cached_property
    def predictions(self) -> str:
        """Digest of the predictions of a few images."""
        if self.chip is None:
            return ""
        with _quiet():
            prediction = predict(self.chip, self._small.images, self._evaluation, lambda _done, _total: None)
        return _digest([prediction.probability, prediction.entropy, prediction.samples])


class Fingerprint:
    """A configuration as small networks see it; whatever is not asked for is not computed."""

    def __init__(self, networks: list[SmallNetwork], config: ExperimentConfig):
        self._networks, self._config, self._mapped = networks, config, dict[int, _Mapped]()

    @property
    def possible(self) -> bool:
        """Whether the first network can be mapped so."""
        return self._of(0).chip is not None

    @property
    def time_s(self) -> float:
        """Of a pass."""
        return self._config.read.interval_s

    def same_as(self, other: Fingerprint, at_a_glance: bool = False) -> bool:
        """Whether all results are the same, bit by bit (at_a_glance: of the first network); passes are made only where
        chips are alike otherwise."""
        count = 1 if at_a_glance else len(self._networks)
        pairs = ((self._of(number), other._of(number)) for number in range(count))
        return all(one.cells == another.cells and one.predictions == another.predictions for one, another in pairs)

    def _of(self, number: int) -> _Mapped:
        if number not in self._mapped:
            self._mapped[number] = _Mapped(self._networks[number], self._config)
        return self._mapped[number]


class Probe:
    """Fingerprints of configurations, each taken once."""

    def __init__(self) -> None:
        self._networks: dict[str, list[SmallNetwork]] = {}
        self._fingerprints: dict[str, Fingerprint] = {}

    def fingerprint(self, config: ExperimentConfig) -> Fingerprint | None:
        """None where the small network cannot be mapped so."""
        key = config.model_dump_json(exclude={"sweep"})
        if key not in self._fingerprints:
            self._fingerprints[key] = Fingerprint(self._of(config.checkpoint), config)
        return self._fingerprints[key] if self._fingerprints[key].possible else None

    def _of(self, checkpoint: str) -> list[SmallNetwork]:
        if checkpoint not in self._networks:
            self._networks[checkpoint] = small_networks(_architecture(checkpoint))
        return self._networks[checkpoint]


def _evaluation(config: EvaluationConfig) -> EvaluationConfig:
    """As many samples as it takes to see a difference."""
    samples = SAMPLES if config.early_stopping is None else min(config.samples, MOST_SAMPLES)
    return config.model_copy(update={"samples": samples})


def _architecture(checkpoint: str) -> Architecture:
    """From the header of the file, where that says it."""
    try:
        return Architecture.model_validate(read_architecture(find_checkpoint(checkpoint)))
    except ValidationError:
        return load_checkpoint(checkpoint).architecture


def _digest(values: list[np.ndarray]) -> str:
    digest = hashlib.sha256()
    for value in values:
        digest.update(np.ascontiguousarray(value).tobytes())
    return digest.hexdigest()


@contextmanager
def _quiet() -> Iterator[None]:
    """No warnings, since what is wrong with a try is no mistake of the user's; and one thread, since several take
    longer to wake up than a small network takes."""
    with using_threads(1), unsaid(), np.errstate(all="ignore"):
        yield
