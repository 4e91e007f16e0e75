"""Configuration of the comparator neurons."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from crossbar_nsm.neuron.scalings import Scaling
from device_models.schema import Count, Current, Finite, Schema

RegisterBits = Annotated[Count, Field(le=24)]
MOST_AVERAGED_READS = 15  # counters of draws hold 16 reads of one decision


class ComparatorConfig(Schema):
    """Column-current comparator: offset_sd_a between comparators (scope chip), noise_sd_a per decision, after the reads
    are combined (scope decision), hysteresis_a the full width of the hysteresis. All in ampere."""

    offset_sd_a: Current = 0.0
    noise_sd_a: Current = 0.0
    hysteresis_a: Current = 0.0


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
