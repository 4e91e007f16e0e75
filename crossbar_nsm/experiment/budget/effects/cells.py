"""Effects of the cells.

Noise needs care, for it is the network's xi: without any the network would be another one. So

- `read_noise` taken out leaves fresh noise proportional to G, with the sd that the device's own law has at g_max;
- `selector` taken out leaves one without memory, series divider and leakage, which passes reads with the same
  probability when it is unloaded;
- `telegraph` and `flicker` taken out leave nothing, unless the device has no other noise: then, as for a device without
  any noise, fresh noise of 5 % of G is the stand-in.

`g_min` taken out moves the lower end of the range to 0, or as far down as the laws that stay reach: a resistance step
to its `highest_ohm`, a set by a compliance current not at all; error polynomials are extended where they stay positive.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from crossbar_nsm.experiment.budget.effects.effect import Data, Effect, of_cells
from crossbar_nsm.experiment.config import ExperimentConfig
from device_models.device import Device

STAND_IN_SD = 0.05  # of G: fresh noise of a device that has none
FINER = 4096  # pulses in place of one: a staircase without steps
NEAREST = 1e-6  # that the probability of an ideal selector may come to 0 and 1

Acts = Callable[[Device, ExperimentConfig], bool]


def keep_within_laws(data: Data, device: Device) -> None:
    """Edit a device whose g_min was taken out: no lower than its remaining laws reach."""
    conductance, lowest = data["conductance"], device.conductance.g_min_s
    programming, telegraph = data["programming"], data["telegraph"]
    if conductance["g_min_s"] == lowest:
        return
    if programming.get("set") and programming["set"]["compliance"]:
        conductance["g_min_s"] = lowest
    if telegraph and telegraph["resistance_step"]["highest_ohm"]:
        conductance["g_min_s"] = max(conductance["g_min_s"], 1 / telegraph["resistance_step"]["highest_ohm"])
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
    if not _has_noise(data) and (ideal_read_noise or _has_noise(device.model_dump())):
        data["read_noise"] = {"relative_sd": STAND_IN_SD}


def _has_noise(data: Data) -> bool:
    slow = any(data[part] is not None for part in ("telegraph", "flicker", "selector"))
    return slow or any(data["read_noise"].get(key) for key in ("relative_sd", "law", "thermal", "shot"))


def _part(name: str, text: str, acts: Acts) -> Effect:
    """An effect that is an optional part of the device."""

    def take_out(data: Data, _device: Device, _config: ExperimentConfig) -> None:
        data[name] = None

    return of_cells(name, text, (name,), acts, take_out)


def _written(acts: Callable[[Device], bool]) -> Acts:
    """Of programming: nothing where measured conductances take its place."""
    return lambda device, config: config.array.conductances is None and acts(device)


def _has_levels(device: Device) -> bool:
    pulses = device.programming.pulses
    return pulses.count < FINER if pulses is not None else device.conductance.levels is not None


def _continuous(data: Data, _device: Device, _config: ExperimentConfig) -> None:
    data["conductance"]["levels"] = None
    pulses = data["programming"].get("pulses")
    if pulses is not None:  # as long a staircase of finer steps: the error in volts stays what it is
        pulses["count"] *= FINER
        for staircase in (pulses["potentiation"], pulses["depression"]):
            staircase["step_v"] /= FINER


def _exactly_programmed(data: Data, _device: Device, _config: ExperimentConfig) -> None:
    pulses = data["programming"]["pulses"]
    if pulses is not None:  # whose levels stay
        pulses = pulses | {"cycle_sd_v": 0.0, "device_sd_v": 0.0}
    data["programming"] = {"pulses": pulses}


def _down_to_zero(data: Data, _device: Device, _config: ExperimentConfig) -> None:
    data["conductance"]["g_min_s"] = 0.0


def _never_stuck(data: Data, _device: Device, _config: ExperimentConfig) -> None:
    data["faults"] = {}


def _worn(device: Device) -> bool:
    return device.wear > 1 or (device.endurance is not None and device.endurance.failure_probability() > 0)


def _not_proportional(device: Device, _config: ExperimentConfig) -> bool:
    noise = device.read_noise
    return noise.law is not None or noise.thermal or noise.shot or not _has_noise(device.model_dump())


def _proportional(data: Data, device: Device, config: ExperimentConfig) -> None:
    top_s, conditions = np.array([device.conductance.g_max_s]), config.read.conditions(config.evaluation.age_s)
    sd_s = device.read_noise.sd_s(top_s, device.conductance, conditions, device.temperature_k)
    data["read_noise"] = {"relative_sd": float(sd_s[0] / top_s[0])}


def _memoryless(data: Data, device: Device, _config: ExperimentConfig) -> None:
    if device.selector is not None:
        keep = min(max(device.selector.unloaded_probability, NEAREST), 1 - NEAREST)
        data["selector"] = {"keep_probability": keep, "per": device.selector.per}


def _relaxes(device: Device, config: ExperimentConfig) -> bool:
    return device.relaxation is not None and config.evaluation.age_s >= device.relaxation.from_s


def _drifts(device: Device, config: ExperimentConfig) -> bool:
    return device.drift is not None and config.evaluation.age_s > (device.drift.reference_time_s or 0.0)


def _forgets(device: Device, config: ExperimentConfig) -> bool:
    return device.retention is not None and device.retention.loss_per_decade > 0 and config.evaluation.age_s > 0


WRITING = [
    of_cells(
        "levels",
        "finite number of levels",
        ("conductance.levels", "programming.pulses"),
        _written(_has_levels),
        _continuous,
    ),
    of_cells(
        "programming",
        "set and reset variability",
        ("programming",),
        _written(lambda device: bool(device.programming.scopes)),
        _exactly_programmed,
    ),
    of_cells(
        "g_min",
        "idle cells that conduct",
        ("conductance.g_min_s",),
        _written(lambda device: device.conductance.g_min_s > 0),
        _down_to_zero,
    ),
    of_cells(
        "stuck_cells",
        "stuck cells",
        ("faults",),
        _written(lambda device: device.faults.yield_fraction < 1),
        _never_stuck,
    ),
    _part("endurance", "wear by earlier cycles", _written(_worn)),
]

LIVING = [
    of_cells("read_noise", "own law of fresh noise", ("read_noise",), _not_proportional, _proportional),
    _part("telegraph", "telegraph noise", lambda device, _: device.telegraph is not None),
    _part("flicker", "1/f noise", lambda device, _: device.flicker is not None),
    of_cells(
        "selector",
        "memory and divider of the selector",
        ("selector",),
        lambda device, _: device.selector is not None and device.selector.threshold is not None,
        _memoryless,
    ),
    _part("relaxation", "relaxation after programming", _relaxes),
    _part("drift", "drift of conductance", _drifts),
    _part("retention", "loss of polarisation", _forgets),
]
