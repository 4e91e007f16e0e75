"""Configuration of the arrays and of their reads."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from crossbar_nsm.array.wires.parameters import Wires
from device_models.read_noise import ReadConditions
from device_models.schema import Count, NonNegative, Positive, Schema

Pairing = Literal["one_sided", "balanced"]
Scale = Literal["per_column", "per_row", "per_tile"]
Clipping = Literal["least_error", "none"]
Engine = Literal["auto", "moments", "device"]


class ConverterConfig(Schema):
    """ADC of an output layer on an array; full scale = range_factor x the largest current of the calibration images.

    per: one ADC per `column`, behind the analog sum of its row tiles, or per row `tile`, with a digital sum behind.
    """

    bits: Annotated[Count, Field(le=24)] = 8
    per: Literal["column", "tile"] = "column"
    range_factor: Positive = 1.1


class ArrayConfig(Schema):
    """Tiles of rows x cols physical cells (an output takes two columns) and how weights become conductances.

    pairing: `one_sided` leaves the idle cell of a pair at g_min; `balanced` moves both around the middle of the range.
    scale: weight units per siemens, chosen `per_column` (per neuron), `per_row` (with row drive voltages to match) or
    `per_tile` (with drive voltages per tile to match). clipping: how much of the largest weights is cut so that the
    range serves the others (see `crossbar_nsm.mapping.conductances`). output_layer: `digital`, or on an `array` with
    an ADC. conductances: a file of measured conductances that take the place of programming (see
    `crossbar_nsm.mapping.conductance_file`). r_row_ohm, r_col_ohm: one segment of the wires between cells, rows driven
    at the left and columns sensed at the bottom; r_driver_ohm, r_sense_ohm: in series with every driver and every sense
    amplifier (see `crossbar_nsm.array.wires`).
    """

    rows: Count = 256
    cols: Annotated[Count, Field(ge=2, multiple_of=2)] = 256
    pairing: Pairing = "one_sided"
    scale: Scale = "per_column"
    clipping: Clipping = "least_error"
    r_row_ohm: NonNegative = 0.0
    r_col_ohm: NonNegative = 0.0
    r_driver_ohm: NonNegative = 0.0
    r_sense_ohm: NonNegative = 0.0
    output_layer: Literal["digital", "array"] = "digital"
    adc: ConverterConfig = ConverterConfig()
    conductances: str | None = None

    @property
    def wires(self) -> Wires:
        """The resistances of the wires of every tile."""
        return Wires(self.r_row_ohm, self.r_col_ohm, self.r_driver_ohm, self.r_sense_ohm)


class ReadConfig(Schema):
    """One vector read: inputs are +-voltage_v on the rows (bipolar), currents are averaged over window_s.

    interval_s: start to start of successive passes. pair_interval_s: start to start of the reads that one decision
    combines (default: the window). order: see `crossbar_nsm.engine.passes`. engine: `auto` takes the fastest reader
    that is exact for the device's law. slow_noise: 1/f noise as a `trajectory` of every cell, or `split` into a fresh
    and a frozen part, an approximation that is much faster (see `device_models.read_law`).
    """

    voltage_v: Positive = 0.2
    window_s: Positive = 1e-7
    interval_s: Positive = 1e-6
    pair_interval_s: Positive | None = None
    order: Literal["input_major", "sample_major"] = "input_major"
    input_coding: Literal["bipolar"] = "bipolar"
    engine: Engine = "auto"
    slow_noise: Literal["trajectory", "split"] = "trajectory"

    @property
    def between_reads_s(self) -> float:
        """Start to start of two reads of one decision [s]."""
        return self.window_s if self.pair_interval_s is None else self.pair_interval_s

    def conditions(self, age_s: float) -> ReadConditions:
        """What a device needs to know of a read `age_s` after programming."""
        return ReadConditions(self.voltage_v, self.window_s, self.interval_s, age_s)

    @model_validator(mode="after")
    def _reads_fit(self) -> ReadConfig:
        if self.between_reads_s < self.window_s:
            raise ValueError(f"pair_interval_s={self.between_reads_s:g} is shorter than window_s={self.window_s:g}")
        if self.interval_s < self.between_reads_s + self.window_s:
            raise ValueError(
                f"interval_s={self.interval_s:g} leaves no room for two reads "
                f"(pair_interval_s + window_s = {self.between_reads_s + self.window_s:g})"
            )
        return self
