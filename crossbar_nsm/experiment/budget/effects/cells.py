"""Effects of the cells.

Each part of a device says what its ideal is (`device_models.parts.part`) and becomes an effect by itself. Noise needs
care, for it is the network's xi: without any the network would be another one. So

- `read_noise` taken out leaves fresh noise proportional to G, with the sd that the device's own law has at g_max;
- `selector` taken out leaves one without memory, series divider and leakage, which passes reads with the same
  probability when it is unloaded;
- slow noise (`telegraph`, `flicker`) taken out leaves nothing, unless the device has no other noise: then, as for a
  device without any noise, fresh noise of 5 % of G is the stand-in.

`g_min` taken out moves the lower end of the range to 0, or as far down as the laws that stay reach: a resistance step
to its `highest_ohm`, a table of programming errors or a polynomial of read noise to where it begins, a set by a
compliance current not at all; error polynomials are extended where they stay positive.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from crossbar_nsm.experiment.budget.effects.effect import Data, Effect, of_cells
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from device_models.device import Device
from device_models.files.document import Document
from device_models.parts.part import Part, SlowNoise
from device_models.schema import validate

STAND_IN_SD = 0.05  # of G: fresh noise of a device that has none
FINER = 4096  # pulses in place of one: a staircase without steps

Acts = Callable[[Device, ExperimentConfig], bool]


def keep_within_laws(data: Data, device: Device) -> None:
    """Edit a device whose g_min was taken out: no lower than its remaining laws reach."""
    conductance, lowest = data["conductance"], device.conductance.g_min_s
    programming, telegraph = data["programming"], data["telegraph"]
    if conductance["g_min_s"] == lowest:
        return
    if programming.get("set") and programming["set"]["compliance"]:
        conductance["g_min_s"] = lowest
    for traps in filter(None, (telegraph, telegraph and telegraph["jumps"])):
        if traps["resistance_step"]["highest_ohm"]:
            conductance["g_min_s"] = max(conductance["g_min_s"], 1 / traps["resistance_step"]["highest_ohm"])
    for section, law in (("programming", device.programming.law), ("read_noise", device.read_noise.law)):
        if data[section].get("law") and law is not None and law.covers_s is not None:
            conductance["g_min_s"] = max(conductance["g_min_s"], law.covers_s[0])
    if programming.get("error_polynomial_s"):
        conductance["g_min_s"] = _extended(programming["error_polynomial_s"], conductance["g_min_s"])


def _extended(polynomial: Data, low_s: float) -> float:
    """Let an error polynomial hold down to low_s, if it is positive there; how far down it holds [S]."""
    first_s, last_s = polynomial["valid_s"]
    below_s = np.linspace(min(low_s, first_s), first_s, 101)
    if np.polynomial.polynomial.polyval(below_s, polynomial["coefficients"]).min() < 0:
        return float(first_s)
    polynomial["valid_s"] = (float(below_s[0]), last_s)
    return low_s


def keep_some_noise(data: Data, device: Device, ideal_read_noise: bool) -> None:
    """Give a device whose noise was all taken out the stand-in."""
    if not validate(type(device), Document(data)).noisy and (ideal_read_noise or device.noisy):
        data["read_noise"] = {"relative_sd": STAND_IN_SD}


def of_part(section: str, kind: type[Part], acts: Acts | None = None, name: str | None = None) -> Effect:
    """The effect of a part of the device, which describes itself; acts: where it does anything (default: where it is
    not ideal)."""

    def take_out(data: Data, device: Device, config: ExperimentConfig) -> None:
        if data[section] is not None:
            read = config.read.conditions(config.evaluation.age_s)
            data[section] = validate(kind, Document(data[section])).ideal(device, read)

    return of_cells(name or section, kind.effect, (section,), acts or _not_ideal(section), take_out)


def _not_ideal(section: str) -> Acts:
    def acts(device: Device, config: ExperimentConfig) -> bool:
        part = device.parts.get(section)
        return part is not None and not part.is_ideal(config.evaluation.age_s / part.slower(device.temperature_k))

    return acts


def _written(acts: Acts) -> Acts:
    """Of programming: nothing where measured conductances take its place."""
    return lambda device, config: config.array.conductances is None and acts(device, config)


def _has_levels(device: Device, _config: ExperimentConfig) -> bool:
    pulses = device.programming.pulses
    return pulses.count < FINER if pulses is not None else device.conductance.levels is not None


def _continuous(data: Data, _device: Device, _config: ExperimentConfig) -> None:
    data["conductance"]["levels"] = None
    pulses = data["programming"].get("pulses")
    if pulses is not None:  # as long a staircase of finer steps: the error in volts stays what it is
        pulses["count"] *= FINER
        for spread in ("cycle_sd_pulses", "device_sd_pulses"):
            pulses[spread] *= FINER
        for staircase in (pulses["potentiation"], pulses["depression"]):
            if staircase["step_v"] is not None:
                staircase["step_v"] /= FINER


def _down_to_zero(data: Data, _device: Device, _config: ExperimentConfig) -> None:
    data["conductance"]["g_min_s"] = 0.0


def _own_noise(device: Device, config: ExperimentConfig) -> bool:
    return not device.noisy or _not_ideal("read_noise")(device, config)


def writing(kinds: Mapping[str, type[Part]]) -> list[Effect]:
    """Effects of programming, with the parts that a device may have by their sections."""
    programming, faults, endurance = (
        of_part(section, kinds[section], _written(_not_ideal(section)), name)
        for section, name in (("programming", None), ("faults", "stuck_cells"), ("endurance", None))
    )
    return [
        of_cells(
            "levels",
            "finite number of levels",
            ("conductance.levels", "programming.pulses"),
            _written(_has_levels),
            _continuous,
        ),
        programming,
        of_cells(
            "g_min",
            "idle cells that conduct",
            ("conductance.g_min_s",),
            _written(lambda device, _: device.conductance.g_min_s > 0),
            _down_to_zero,
        ),
        faults,
        endurance,
    ]


def living(kinds: Mapping[str, type[Part]]) -> list[Effect]:
    """Effects of reads, then of time; slow noise that is added to the model comes in by itself."""
    slow = [section for section, kind in kinds.items() if issubclass(kind, SlowNoise)]
    ageing = [section for section, kind in kinds.items() if kind.ages and section not in slow]
    others = [of_part(section, kinds[section]) for section in (*slow, "selector", *ageing)]
    return [of_part("read_noise", kinds["read_noise"], _own_noise), *others]
