"""Configuration of the arrays and of their reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field, model_validator

from crossbar_nsm.array.wires.parameters import Wires
from device_models.parts.read_noise import ReadConditions
from device_models.schema import (
    Count,
    Finite,
    NonNegative,
    PathText,
    Positive,
    Schema,
    Voltage,
    VoltageSd,
    Window,
)
from device_models.scope import Scope
from device_models.shown import shown

Pairing = Literal["one_sided", "balanced"]
Scale = Literal["per_column", "per_row", "per_tile"]
Clipping = Literal["least_error", "none"]
Engine = Literal["auto", "moments", "device"]


Resistance = Annotated[NonNegative, Field(le=1e12)]
Bits = Annotated[Count, Field(le=24)]


class AdcConfig(Schema):
    """ADCs of column currents: of an output layer on an array, and of every layer with `array.partial_sums: digital`.

    See `crossbar_nsm.array.adc`.
    """

    bits: Bits = 8
    """resolution: 2^bits steps from end to end of the range"""
    per: Literal["column", "tile"] = "column"
    """of an output layer: one ADC per `column`, behind the analog sum of its row tiles, or per row `tile`, with a
    digital sum behind"""
    range_factor: Annotated[Finite, Field(ge=1e-3, le=1e3)] = 1.1
    """full scale over the largest current of the calibration images, of either sign; currents beyond are clipped"""
    inl_lsb: Annotated[NonNegative, Scope.CHIP] = 0.0
    """integral nonlinearity [LSB, steps of the ADC]: largest deviation of the transition levels from the line through
    their end points, a bow up or down (constant of the chip)"""
    offset_sd_lsb: Annotated[NonNegative, Scope.CHIP] = 0.0
    """sd of the offset between converters [LSB] (constant of the chip)"""

    @model_validator(mode="after")
    def _levels_rise(self) -> AdcConfig:
        last = 2 ** (self.bits - 1) - 1  # number of the last level, counted from the middle
        _check_bow(self.bits, self.inl_lsb, last / 2)  # the parabola k - inl_lsb (k / last)^2 rises up to there
        return self


class DacConfig(Schema):
    """Drivers of the rows, one per input of a layer, shared by its tiles and by a replica.

    All are constants of the chip. See `crossbar_nsm.array.dac`.
    """

    bits: Bits | None = None
    """resolution: 2^bits levels, evenly from -read.voltage_v to +read.voltage_v with both ends (null: any voltage)"""
    inl_lsb: Annotated[NonNegative, Scope.CHIP] = 0.0
    """integral nonlinearity [LSB, steps of the driver]: largest deviation of the levels from the line through both
    ends, a bow up or down between them; needs bits"""
    offset_sd_v: Annotated[VoltageSd, Scope.CHIP] = 0.0
    """sd of the offset between drivers [V]"""
    gain_sd: Annotated[NonNegative, Field(le=0.1), Scope.CHIP] = 0.0
    """sd of the gain between drivers [fraction of the voltage]"""

    @model_validator(mode="after")
    def _levels_rise(self) -> DacConfig:
        if self.bits is None and self.inl_lsb:
            raise ValueError(f"inl_lsb={self.inl_lsb:g} counts steps of the driver, which needs bits: set bits too")
        if self.bits is not None:
            _check_bow(self.bits, self.inl_lsb, 2**self.bits / 4)  # the last two levels meet
        return self


def _check_bow(bits: int, inl_lsb: float, limit: float) -> None:
    """Raises ValueError when the levels of a converter with such a bow would not rise: from `limit` on."""
    if bits == 1 and inl_lsb:
        raise ValueError(f"inl_lsb={inl_lsb:g}: 1 bit has no levels between end points to bend; set inl_lsb to 0")
    if bits > 1 and inl_lsb >= limit:
        raise ValueError(f"inl_lsb={inl_lsb:g}: must be less than {limit:g} with {bits} bits, or codes go missing")


class ArrayConfig(Schema):
    """Tiles of rows x cols physical cells (an output takes two columns) and how weights become conductances."""

    rows: Count = 256
    """rows (word lines) of a tile, one per input; a layer with more inputs is cut into several row tiles"""
    cols: Annotated[Count, Field(ge=2, multiple_of=2)] = 256
    """columns (bit lines) of a tile, two per output; a layer with more outputs is cut into several column tiles"""
    pairing: Pairing = "one_sided"
    """where the cells of a pair stand: `one_sided` leaves the idle one at g_min; `balanced` moves both around the
    middle of the range"""
    scale: Scale = "per_column"
    """weight units per siemens, chosen `per_column` (per neuron), `per_row` (with row drive voltages to match) or
    `per_tile` (with drive voltages per tile to match)"""
    clipping: Clipping = "least_error"
    """how much of the largest weights is cut so that the range serves the others: as much as makes the error of the
    layer's weights least (`least_error`), or nothing (`none`); see `crossbar_nsm.mapping.conductances`"""
    r_row_ohm: Resistance = 0.0
    """resistance of a segment of a row between two cells [ohm]; rows are driven at the left"""
    r_col_ohm: Resistance = 0.0
    """resistance of a segment of a column between two cells [ohm]; columns are sensed at the bottom"""
    r_driver_ohm: Resistance = 0.0
    """resistance in series with every row driver [ohm]"""
    r_sense_ohm: Resistance = 0.0
    """resistance in series with every sense amplifier [ohm]"""
    output_layer: Literal["digital", "array"] = "digital"
    """where the linear output layer is: computed in software (`digital`), or on an `array` behind ADCs"""
    partial_sums: Literal["analog", "digital"] = "analog"
    """how row tiles add up: on the bit line in front of one comparator (`analog`), or with an ADC for every row tile,
    column and read, in all layers, behind which sums and decisions are `digital`"""
    adc: AdcConfig = AdcConfig()
    """converters of column currents"""
    dac: DacConfig = DacConfig()
    """drivers of the rows"""
    conductances: PathText | None = None
    """file of measured conductances, .npz or .csv, that take the place of programming (null: cells are programmed); see
    `crossbar_nsm.mapping.files.conductance_file`"""

    @property
    def wires(self) -> Wires:
        """The resistances of the wires of every tile."""
        return Wires(self.r_row_ohm, self.r_col_ohm, self.r_driver_ohm, self.r_sense_ohm)

    @property
    def adc_per_tile(self) -> bool:
        """Whether an output layer has an ADC for each row tile: by choice, or since nothing adds up in analog."""
        return self.partial_sums == "digital" or self.adc.per == "tile"

    @property
    def drive_is_shifted(self) -> bool:
        """Whether drivers add something of their own to the inputs, so that their size depends on their sign."""
        return self.dac.offset_sd_v > 0 or (self.dac.inl_lsb > 0 and self.scale != "per_column")

    @model_validator(mode="after")
    def _one_driver_per_row(self) -> ArrayConfig:
        if self.scale == "per_tile" and self.drive_is_shifted:
            raise ValueError(
                "scale: per_tile gives every tile drivers of its own, whose dac.offset_sd_v and dac.inl_lsb are not "
                "simulated; set both to 0, or use scale: per_column or per_row"
            )
        return self


class ReadConfig(Schema):
    """One vector read: inputs are +-voltage_v on the rows (bipolar), currents are averaged over window_s."""

    voltage_v: Annotated[Voltage, Field(ge=1e-9)] = 0.2
    """read voltage on a row [V]: + or - this for an input of +1 or -1"""
    window_s: Window = 1e-7
    """how long the current of one read is averaged [s]"""
    interval_s: Positive = 1e-6
    """start to start of successive vectors [s], of which a pass has one per patch"""
    pair_interval_s: Positive | None = None
    """start to start of the reads that one decision combines [s] (null: the window)"""
    order: Literal["input_major", "sample_major"] = "input_major"
    """all samples of one image after the other, or one sample of every image (see
    `crossbar_nsm.engine.sampling.passes`); calibration takes successive passes to be of one image, as in input_major"""
    engine: Engine = "auto"
    """what computes reads: `auto` takes the fastest reader that is exact for the device's law"""
    slow_noise: Literal["trajectory", "split"] = "trajectory"
    """1/f and telegraph noise as a `trajectory` of every cell, or `split` into a fresh and a frozen part, an
    approximation that is much faster (see `device_models.read_law`)"""

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


@shown
@dataclass(frozen=True)
class ReadSchedule:
    """How an array is read, `age_s` after programming. spacing_s: the shortest time between reads that are combined, at
    which `read.slow_noise: split` cuts slow noise (None: that of successive passes)."""

    read: ReadConfig = field(default_factory=ReadConfig)
    age_s: float = 0.0
    spacing_s: float | None = None

    @property
    def shortest_spacing_s(self) -> float:
        return self.read.interval_s if self.spacing_s is None else self.spacing_s
