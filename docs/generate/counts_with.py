"""What keys count with, as `settings_in_use` finds it by mapping small networks. That takes minutes, so it is stored:
`python -m docs.generate --look` looks anew, and a slow test compares."""

from pathlib import Path

import yaml

STORED = Path(__file__).with_name("counts_with.yaml")
BASE = "rram_illustrative"
ASKED = (
    "array.adc.bits", "array.adc.per", "array.adc.range_factor", "array.adc.inl_lsb", "array.adc.offset_sd_lsb",
    "array.dac.bits", "neuron.averaged_reads", "neuron.mask_keep_probability", "neuron.calibration_reads",
)  # fmt: skip


def stored() -> dict[str, dict[str, list[str]]]:
    """The choices, by switch, that a key counts with."""
    known: dict[str, dict[str, list[str]]] = yaml.safe_load(STORED.read_text(encoding="utf-8"))
    return known


def store(known: dict[str, dict[str, list[str]]]) -> None:
    STORED.write_text(yaml.safe_dump(known, sort_keys=True), encoding="utf-8")


def found() -> dict[str, dict[str, list[str]]]:
    """The same, looked for now on one device with the circuit `paired`."""
    from crossbar_nsm.experiment.settings_in_use.judge import Judge
    from device_models.files.document import Document

    judge = Judge(Document({"device": BASE}), {})
    return {key: choices for key in ASKED if (choices := judge.counts_with(key, {}))}
