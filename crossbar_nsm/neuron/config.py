"""Configuration of the comparator neurons."""

from __future__ import annotations

from typing import Literal

from device_models.schema import NonNegative, Schema

Scaling = Literal["none", "digital", "paired", "replica"]


class ComparatorConfig(Schema):
    """Column-current comparator: offset_sd_a between comparators (scope chip), noise_sd_a per decision, after the reads
    are combined (scope decision), hysteresis_a the full width of the hysteresis. All in ampere."""

    offset_sd_a: NonNegative = 0.0
    noise_sd_a: NonNegative = 0.0
    hysteresis_a: NonNegative = 0.0


class NeuronConfig(Schema):
    """scaling: the circuit that realises a_i (see `crossbar_nsm.neuron.circuits`). calibration: `analytic` uses the
    moments of the programmed cells, `none` the ideal formula V = r^2 ||w||^2, r the device's read noise at g_max."""

    scaling: Scaling = "paired"
    calibration: Literal["analytic", "none"] = "analytic"
    comparator: ComparatorConfig = ComparatorConfig()
