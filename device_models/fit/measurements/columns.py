"""Columns of one file in SI: times, and conductances of what was measured, with the reason where there is none.

A conductance is what stands there, 1/R of a resistance, I/V of a current: V from a column beside it, or as given.
"""

from __future__ import annotations

import numpy as np

from device_models.errors import ConfigError, quoted
from device_models.fit.measurements.body import Body
from device_models.fit.measurements.clock import moments
from device_models.fit.measurements.missing import code, codes, lost
from device_models.fit.measurements.parts.model import Parts
from device_models.fit.measurements.plausible import check_median, out_of_range
from device_models.fit.measurements.styles import ONE_STYLE

LARGEST_TIME_S = 1e11
OF_VOLTAGE = 0.1  # by which the voltage of a read may differ from the one that was given
SWEEP = 0.2  # range of voltages over their median, from which they are no reads at one voltage
MOST_REASONS = 20

Reasons = dict[str, np.ndarray]  # which values are dropped, by reason


def any_of(reasons: Reasons, shape: int | tuple[int, ...]) -> np.ndarray:
    """Which values are dropped for one reason or another."""
    which = np.zeros(shape, dtype=bool)
    for values in reasons.values():
        which |= values
    return which


class Columns:
    """The columns of a file. said: what was done to them that is no matter of course."""

    def __init__(self, body: Body, parts: Parts, read_voltage_v: float | None):
        self.body, self.parts, self.read_voltage_v = body, parts, read_voltage_v
        self.path, self.place = body.found.path, body.found.place
        self.lines = np.array(body.lines)
        self.said: list[str] = []

    def times(self, at: list[int]) -> tuple[np.ndarray, Reasons]:
        """Times [s] of some columns, (rows, columns), NaN where there is none."""
        time, reasons = self._si(at)
        reasons[f"above {LARGEST_TIME_S:g} s"] = large = np.abs(time) > LARGEST_TIME_S
        time[large] = np.nan
        return time, {f"time: {why}": which for why, which in reasons.items()}

    def moments(self) -> np.ndarray:
        """Times [s] of dates and clocks, after the first of them, (rows, 1)."""
        columns = [self.body.texts[k] for k in self.parts.time]
        texts = columns[0] if len(columns) == 1 else [" ".join(pair) for pair in zip(*columns, strict=True)]
        try:
            return moments(texts)[:, None]
        except ValueError as problem:
            raise ConfigError(f"{self.place}: times such as {quoted(texts[0])}: {problem}") from None

    def conductances(self, at: list[int]) -> tuple[np.ndarray, Reasons]:
        """Conductances [S] of some columns of one kind, (rows, columns), NaN where there is none.

        Raises ConfigError where their median is no cell's.
        """
        kind = self.parts.headings[at[0]].kind
        g_s, reasons = self._si(at)
        with np.errstate(over="ignore", invalid="ignore"):
            if kind == "resistance":
                reasons["resistance 0"] = g_s == 0
                g_s[g_s == 0] = np.nan
                g_s = 1 / g_s
            if kind != "current" and self.parts.voltage:
                reasons |= {why: which & np.isfinite(g_s) for why, which in self._volts(at)[1].items()}
            elif kind == "current":
                volts, of_volts = self._volts(at)
                reasons |= {why: which & np.isfinite(g_s) for why, which in of_volts.items()}
                g_s = g_s / volts
        g_s[any_of(reasons, g_s.shape)] = np.nan
        what = self._called(at[0]) + (f" and {len(at) - 1} more" if len(at) > 1 else "")
        if kind == "current" and np.isfinite(g_s).any() and np.nanmedian(g_s) < 0:
            g_s = -g_s
            self.said.append(f"{what}: currents against the voltage, taken with the other sign")
        check_median(g_s, str(self.path), what)
        bounds = out_of_range(g_s)
        g_s[any_of(bounds, g_s.shape)] = np.nan
        return g_s, reasons | bounds

    def _volts(self, at: list[int]) -> tuple[np.ndarray | float, Reasons]:
        """The voltage of each read [V], NaN where there is none."""
        given = self.read_voltage_v
        if not self.parts.voltage:
            return np.nan if given is None else abs(given), {}
        columns = [self.parts.voltage[k] for k in at]
        volts, reasons = self._si(columns)
        reasons["no voltage"] = ~np.isfinite(volts) & ~any_of(reasons, volts.shape)
        reasons["voltage 0"] = volts == 0
        volts[volts == 0] = np.nan
        if given is None:
            self._check_steady(columns[0], volts[np.isfinite(volts)])
        else:
            other = np.abs(np.abs(volts) - abs(given)) > OF_VOLTAGE * abs(given)
            reasons[f"at another voltage than {abs(given):g} V"] = other
        return volts, reasons

    def _check_steady(self, k: int, volts: np.ndarray) -> None:
        """Raises ConfigError where voltages are those of a sweep or of pulses."""
        if not volts.size:
            return
        low, high = np.quantile(np.abs(volts), (0.02, 0.98))
        if high - low > SWEEP * float(np.median(np.abs(volts))):
            problem = f"{self._called(k)} goes from {volts.min():.3g} to {volts.max():.3g} V, as sweeps and pulses do"
            fix = "keep the reads at one voltage, as --read-voltage 0.1 (in V)"
            raise ConfigError(f"{self.place}: {problem}; {fix}")

    def _si(self, at: list[int]) -> tuple[np.ndarray, Reasons]:
        """Numbers in the SI unit of each column, NaN and by reason where there is none but blank. Raises ConfigError
        for words that are none."""
        numbers = self.body.columns(at)
        found = {(row, k): lost(text) or self._no_number(row, at[k], text) for row, k, text in self.body.words_in(at)}
        found |= {(int(row), int(k)): code(float(numbers[row, k])) for row, k in np.argwhere(codes(numbers))}
        reasons: Reasons = {}
        for place, why in found.items():
            if why not in reasons and len(reasons) >= MOST_REASONS:
                why = "instrument overflow of other kinds"
            reasons.setdefault(why, np.zeros(numbers.shape, dtype=bool))[place] = True
        numbers[any_of(reasons, numbers.shape)] = np.nan
        headings = [self.parts.headings[k] for k in at]
        with np.errstate(over="ignore"):
            if any(heading.log10 for heading in headings):
                numbers = np.where([heading.log10 for heading in headings], 10.0**numbers, numbers)
            return numbers * [heading.unit.factor if heading.unit else 1.0 for heading in headings], reasons

    def _no_number(self, row: int, k: int, text: str) -> str:
        heading = self.parts.headings[k]
        name = heading.kind if heading.role == "measured" else heading.role
        fix = f"; {ONE_STYLE}" if "," in text else ""
        if heading.role == "time" and text.count(":") == 1:
            fix = "; hours and minutes, or minutes and seconds? write 12:03:00"
        raise ConfigError(f"{self.path}:{self.lines[row]}: {name}: {quoted(text)} is not a number{fix}")

    def _called(self, k: int) -> str:
        return f"column `{self.parts.headings[k].text}`" if self.body.found.headings else f"column {k + 1}"
