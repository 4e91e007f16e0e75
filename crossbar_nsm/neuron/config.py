"""Configuration of the comparator neurons."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from crossbar_nsm.neuron.scalings import Scaling
from device_models.schema import DESCRIBED, Count, Current, Finite, Schema

RegisterBits = Annotated[Count, Field(le=24)]
MOST_AVERAGED_READS = 15  # counters of draws hold 16 reads of one decision


class ComparatorConfig(Schema):
    """Column-current comparator, behind the combined reads of a decision. `map` shows its errors beside a weight."""

    model_config = DESCRIBED

    offset_sd_a: Current = 0.0
    """sd of the offset between comparators [A, 1 uA is 1e-6] (constant of the chip)"""
    noise_sd_a: Current = 0.0
    """sd of the noise of a decision [A], drawn for each, after the reads are combined"""
    hysteresis_a: Current = 0.0
    """full width of the hysteresis [A]: the last decision pulls the signal half of it its own way"""


class NeuronConfig(Schema):
    """scaling: the circuit that realises a_i (see `crossbar_nsm.neuron.circuits`), or one that is registered;
    averaged_reads: how many reads `averaged` takes besides the noisy one; mask_keep_probability: with which `row_mask`
    drives a row. gain_bits, threshold_bits: resolution of the registers that hold a_i and the threshold (null: exact;
    see `crossbar_nsm.neuron.resolution`). calibration: `analytic` uses the moments of the programmed cells, `measured`
    reads each calibration image calibration_reads times, `none` the ideal formula V = r^2 ||w||^2, r the device's read
    noise at g_max."""

    scaling: Scaling = "paired"
    averaged_reads: Annotated[Count, Field(le=MOST_AVERAGED_READS)] = 8
    mask_keep_probability: Annotated[Finite, Field(gt=0, lt=1)] = 0.5
    gain_bits: RegisterBits | None = None
    threshold_bits: RegisterBits | None = None
    calibration: Literal["none", "analytic", "measured"] = "analytic"
    calibration_reads: Annotated[Count, Field(ge=2, le=1_000_000)] = 20
    comparator: ComparatorConfig = ComparatorConfig()
