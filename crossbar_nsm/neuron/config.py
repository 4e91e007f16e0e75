"""Configuration of the comparator neurons."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from crossbar_nsm.neuron.scalings import Scaling
from device_models.schema import Count, Current, Finite, Schema
from device_models.scope import Scope

RegisterBits = Annotated[Count, Field(le=24)]
MOST_AVERAGED_READS = 15  # counters of draws hold 16 reads of one decision


class ComparatorConfig(Schema):
    """Column-current comparator, behind the combined reads of a decision. `map` shows its errors beside a weight."""

    offset_sd_a: Annotated[Current, Scope.CHIP] = 0.0
    """sd of the offset between comparators [A, 1 uA is 1e-6] (constant of the chip)"""
    noise_sd_a: Current = 0.0
    """sd of the noise of a decision [A], drawn for each, after the reads are combined"""
    hysteresis_a: Current = 0.0
    """full width of the hysteresis [A]: the last decision pulls the signal half of it its own way"""


class NeuronConfig(Schema):
    """The circuit behind the columns, its registers, and how they are set."""

    scaling: Scaling = "paired"
    """circuit that realises a_i (see `crossbar_nsm.neuron.circuits`), or the name of one that is registered"""
    averaged_reads: Annotated[Count, Field(le=MOST_AVERAGED_READS)] = 8
    """how many reads the circuit `averaged` takes besides the noisy one"""
    mask_keep_probability: Annotated[Finite, Field(gt=0, lt=1), Scope.READ] = 0.5
    """probability with which the circuit `row_mask` drives a row in its masked read, drawn for each input neuron and
    pass"""
    gain_bits: RegisterBits | None = None
    """resolution of the register that holds the gain a_i of a neuron [bits] (null: exact); see
    `crossbar_nsm.neuron.resolution`"""
    threshold_bits: RegisterBits | None = None
    """resolution of the register that holds the threshold of a neuron [bits] (null: exact)"""
    calibration: Literal["none", "analytic", "measured"] = "analytic"
    """how the signals of the chip are known when gains and thresholds are set: `analytic` from the moments of the
    programmed cells, `measured` by reads of each calibration image, `none` by the ideal formula V = r^2 ||w||^2, r the
    device's read noise at g_max"""
    calibration_reads: Annotated[Count, Field(ge=2, le=1_000_000)] = 20
    """how often `calibration: measured` reads each calibration image"""
    comparator: ComparatorConfig = ComparatorConfig()
    """errors of the comparators"""
