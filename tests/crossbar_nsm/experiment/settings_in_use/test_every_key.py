"""A walk over every key of the configuration's schema: each changes results somewhere, and where it is said to have no
effect, a whole network of another size gives the same bits with any other value of it."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from support.hostile.configurations import BASES, every_key
from support.networks import dense_network, images

from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.load import resolve
from crossbar_nsm.experiment.config.points import at_point
from crossbar_nsm.experiment.map_network import map_network
from crossbar_nsm.experiment.network_on_chip import predict
from crossbar_nsm.experiment.settings_in_use import unused
from crossbar_nsm.experiment.settings_in_use.judge import Judge
from crossbar_nsm.experiment.settings_in_use.other_values import other_values
from device_models.errors import CrossbarError
from device_models.files.document import Document, parse_document

NOT_OF_A_CHIP = {
    "checkpoint", "calibration_images", "dataset.name", "dataset.root", "evaluation.images", "evaluation.samples",
    "evaluation.chips", "evaluation.margin", "sweep", "array.conductances",
}  # fmt: skip
SAY_OR_REFUSE = {
    "device.name", "device.family", "device.description", "device.references", "device.sources",
    "device.programming.error_polynomial_s.valid_s", "device.telegraph.resistance_step.highest_ohm",
    "device.telegraph.jumps.resistance_step.highest_ohm",
}  # fmt: skip
DRAWN_ONLY = {  # in figures of the device; of results only what was measured at, which no law here needs
    "device.programming.pulses.potentiation.start_v", "device.programming.pulses.depression.start_v",
    "device.programming.pulses.width_s", "device.read_noise.interval_s",
}  # fmt: skip
NO_OTHER_VALUE = {
    "device.programming.law", "device.drift.law", "device.read_noise.law", "device.telegraph.resistance_step.law",
    "device.telegraph.jumps.resistance_step.law",
}  # fmt: skip


def base(name: str) -> Document:
    document = parse_document(f"dataset: {{name: mnist5k}}\n{BASES[name]}\n", "c.yaml")
    resolve(document)
    return document


def test_every_key_is_judged_or_says_what_is_evaluated():
    keys = set(every_key())
    assert len(keys) > 120
    assert {key for key in keys if not unused._judged(key)} == NOT_OF_A_CHIP | SAY_OR_REFUSE


def asked_somewhere(key: str, judges: dict[str, Judge]) -> bool:
    """Whether results change with a key in one of the configurations; those that have its section come first."""
    likely = sorted(judges, key=lambda name: -sum(part in BASES[name] for part in key.split(".")[1:]))
    return any(judges[name].verdict(key, {}) for name in likely)


def test_every_key_of_circuits_and_reads_changes_results_somewhere():
    judges = {name: Judge(base(name), {}) for name in BASES if "illustrative" in BASES[name]}
    keys = [key for key in every_key() if key.split(".")[0] in ("neuron", "read")]
    assert {key for key in keys if not asked_somewhere(key, judges)} == NO_OTHER_VALUE & set(keys)


@pytest.mark.slow
def test_every_key_changes_results_somewhere_or_is_noted_everywhere():
    judges = {name: Judge(base(name), {}) for name in BASES}
    keys = [key for key in dict.fromkeys(every_key()) if unused._judged(key)]
    assert {key for key in keys if not asked_somewhere(key, judges)} == NO_OTHER_VALUE | DRAWN_ONLY


@pytest.mark.slow
@pytest.mark.parametrize("name", ["plain", "parts", "digital sums", "averaged", "mask", "telegraph", "blank out"])
def test_a_whole_network_agrees(name):
    """Another network, several times as large, other images: results stay the same to the bit wherever a key is said to
    have no effect, and change where it is said to have one."""
    document = base(name)
    judge, whole = Judge(document, {}), Whole(document)
    for key in dict.fromkeys(every_key()):
        verdict = judge.verdict(key, {}) if unused._judged(key) else None
        if verdict is not None:
            assert whole.changes(key) is verdict, key


class Whole:
    """A network of 60-40-30-5 on the hardware of a document."""

    def __init__(self, document: Document):
        self.document, self.net = document, dense_network(60, 40, 30, 5, seed=4)
        with torch.no_grad():  # heavy tails, or no outlier is worth cutting
            for layer in self.net.nsm_layers():
                layer.weight.copy_(layer.weight**3 / layer.weight.std() ** 2)
        self.net.calibration_images = np.random.default_rng(5).integers(0, 256, (40, 60), dtype=np.uint8)
        self.base = self.results({})

    def results(self, settings: dict) -> list[np.ndarray] | None:
        try:
            config = at_point(self.document, settings)
            rows, cols = max(1, config.array.rows // 13), max(2, config.array.cols // 26 * 2)  # 784 inputs for 60
            array = config.array.model_copy(update={"rows": rows, "cols": cols})
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                chip = map_network(self.net, config.model_copy(update={"array": array}))
                evaluation = config.evaluation.model_copy(update={"samples": 24})
                found = predict(chip, images(30, 60, seed=6), evaluation, lambda _done, _total: None)
        except CrossbarError:
            return None
        gains = [layer.gain for layer in chip.calibration.values()]
        return [
            found.probability,
            found.entropy,
            *gains,
            *(layer.recovered_beta for layer in chip.calibration.values()),
        ]

    def changes(self, key: str) -> bool:
        value = at_point(self.document, {})
        for part in key.split("."):
            value = getattr(value, part, None)
        others = (self.results({key: other}) for other in other_values(ExperimentConfig, key, value))
        return any(
            found is not None and any(not np.array_equal(a, b) for a, b in zip(self.base, found, strict=True))
            for found in others
        )
