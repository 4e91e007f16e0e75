"""What a device's laws amount to: the numbers and curves behind the tables and figures of `crossbar-nsm devices`.

Everything is exact (a law evaluated, or its median over cells); nothing is drawn. Conductances in siemens, noise as a
fraction of the cell's own conductance G, programming error as a fraction of g_max.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from device_models import Cells, Device, ReadConditions, Stream
from device_models.constants import BOLTZMANN_J_PER_K, ELEMENTARY_CHARGE_C
from device_models.references import first_doi

READ = ReadConditions()  # 0.2 V, 100 ns
SECOND, HOUR, DAY, YEAR = 1.0, 3600.0, 86400.0, 3.156e7
AGES_S = {"1 s": SECOND, "1 hour": HOUR, "1 day": DAY}
ABOUT = ("name", "family", "description", "references", "sources")
OWN_NUMBERS = {"telegraph", "flicker"}
LOWEST_SHARE = 1e-2  # of g_max: where curves over ln G begin when g_min is 0


@dataclass(frozen=True)
class Numbers:
    """A device in one line. None: it has no such effect. Mid range is (g_min + g_max) / 2."""

    mid_s: float
    programming_error: float  # sd over g_max at mid range
    read_noise: float  # fresh sd over G at mid range, at 0.2 V and 100 ns
    flicker_1s: float | None  # sd over G accumulated since programming, at mid range
    flicker_1day: float | None
    telegraph: tuple[float, float] | None  # median d of one trap at g_max and at g_min
    traps_per_cell: int | None
    drift: str | None
    selector_p: float | None  # chance to conduct, of a pair at mid range and g_min
    provenance: str
    doi: str | None


def numbers(device: Device) -> Numbers:
    """The derived numbers of the table of presets."""
    conductance, flicker, telegraph = device.conductance, device.flicker, device.telegraph
    mid = np.array([(conductance.g_min_s + conductance.g_max_s) / 2])
    target = device.programming.nearest_level(mid, conductance)
    variance = device.programming_moments_s(target)[1]
    grown = {age: None if flicker is None else float(flicker.sd_s(mid, age, conductance)[0] / mid[0])
             for age in (SECOND, DAY)}  # fmt: skip
    step = telegraph_amplitude(device, np.array([conductance.g_max_s, conductance.g_min_s]))
    return Numbers(
        mid_s=float(mid[0]),
        programming_error=float(np.sqrt(variance[0]) / conductance.g_max_s),
        read_noise=float(read_noise(device, mid)[0]),
        flicker_1s=grown[SECOND],
        flicker_1day=grown[DAY],
        telegraph=None if step is None else (float(step[0]), float(step[1])),
        traps_per_cell=None if telegraph is None else telegraph.traps_per_cell,
        drift=drift_text(device),
        selector_p=None if device.selector is None else float(selector_moments(device, mid)[0][0]),
        provenance=provenance(device),
        doi=first_doi(device),
    )


def grid_s(device: Device, points: int = 100) -> np.ndarray:
    """Conductances [S] over the range, evenly spaced in ln G."""
    lowest = max(device.conductance.g_min_s, LOWEST_SHARE * device.conductance.g_max_s)
    return np.geomspace(lowest, device.conductance.g_max_s, points)


def read_noise(device: Device, g_s: np.ndarray) -> np.ndarray:
    """Fresh sd(G)/G of one read at 0.2 V and 100 ns."""
    sd_s: np.ndarray = device.read_noise.sd_s(g_s, device.conductance, READ, device.temperature_k)
    return sd_s / g_s


def thermal_floor(device: Device, g_s: np.ndarray) -> np.ndarray:
    """sd(G)/G of the current noise 4 k T G averaged over 100 ns at 0.2 V, whether or not the device's law has it."""
    return np.sqrt(4 * BOLTZMANN_J_PER_K * device.temperature_k / (2 * READ.window_s * g_s)) / READ.voltage_v


def shot_floor(g_s: np.ndarray) -> np.ndarray:
    """sd(G)/G of the current noise 2 q I, under the same conditions."""
    return np.sqrt(2 * ELEMENTARY_CHARGE_C / (2 * READ.window_s * READ.voltage_v * g_s))


def telegraph_amplitude(device: Device, g_s: np.ndarray) -> np.ndarray | None:
    """Median d of one trap."""
    if device.telegraph is None:
        return None
    amplitude: np.ndarray = device.telegraph.amplitude(g_s, np.ones((1, *g_s.shape)))[0]
    return amplitude


def flicker(device: Device, g_s: np.ndarray, age_s: float) -> np.ndarray | None:
    """sd(G)/G of the 1/f noise that has accumulated `age_s` after programming, by the published law."""
    return None if device.flicker is None else device.flicker.sd_s(g_s, age_s, device.conductance) / g_s


def other_noise(device: Device, g_s: np.ndarray) -> dict[str, np.ndarray]:
    """sd(G)/G of slow noise that has no numbers of its own here, by its noun, a day after programming."""
    if not device.slow_noise.keys() - OWN_NUMBERS:
        return {}
    law = device.read_law(Cells(g_s, Stream()), replace(READ, age_s=DAY))
    others = {name: part.noun for name, part in device.slow_noise.items() if name not in OWN_NUMBERS}
    return {noun: law.slow[name].relative_sd(law.g_s) for name, noun in others.items()}


def selector_moments(device: Device, g_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(p, sd(xi)/mean(xi)) of selectors in series with cells at `g_s` [S]; per pair, the other cell is at g_min."""
    assert device.selector is not None
    other = np.full_like(g_s, device.conductance.g_min_s)
    law = device.selector.law(np.stack([g_s, other]) if device.selector.per == "pair" else g_s)
    mean = law.mean()
    return law.probability, np.sqrt(law.variance()) / np.where(mean > 0, mean, np.inf)


def drift_text(device: Device) -> str | None:
    """What becomes of a cell at mid range in a day, or by which law, in a few characters."""
    conductance, parts = device.conductance, []
    mid = np.array([(conductance.g_min_s + conductance.g_max_s) / 2])
    if device.relaxation is not None:
        day = DAY / device.relaxation.slower(device.temperature_k)
        mean, sd = (100 * value[0] / mid[0] for value in device.relaxation.moments_s(mid, day))
        parts.append(f"{mean:+.1f} ± {sd:.1f} %")
    if device.drift is not None and device.drift.exponent is not None:
        parts.append(f"t^-{device.drift.exponent.mean.value(mid, conductance)[0]:.3f}")
    elif device.drift is not None and device.drift.law is not None:
        parts.append(device.drift.law.name)
    if device.retention is not None:
        parts.append(f"window {100 * (device.retention.window(DAY, device.temperature_k) - 1):+.1f} %")
    return ", ".join(parts) or None


def provenance(device: Device) -> str:
    """Where the numbers come from, those that are definitions left out; a number without a source is the user's. One
    illustrative number is enough for the device not to be called measured."""
    kinds: Counter[str] = Counter(
        device.sources[key].provenance if key in device.sources else "user"
        for key, value in given(device)
        if key in device.sources or isinstance(value, (float, list))
    )
    defined = kinds.pop("definition", 0)
    total = kinds.total()
    if not total:
        return "definitions" if defined else ""
    chosen = [kind for kind in ("illustrative", "derived", "user") if kinds[kind]]
    if len(chosen) == 1 and kinds[chosen[0]] == total:
        return f"all {chosen[0]}"
    return ", ".join(f"{kinds[kind]}/{total} {kind}" for kind in chosen) or "all measured"


def given(device: Device) -> Iterator[tuple[str, Any]]:
    """Dotted keys and values that were written, not left at their defaults; null and empty left out."""
    written = device.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    yield from _leaves({key: value for key, value in written.items() if key not in ABOUT}, "")


def _leaves(section: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in section.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


@dataclass(frozen=True)
class Curves:
    """The same over the range: `g_s` [S], everything else as fractions, of shape g_s. None: no such effect."""

    g_s: np.ndarray
    programming_sd_s: np.ndarray
    programming_bias_s: np.ndarray
    read_noise: np.ndarray
    thermal_floor: np.ndarray
    shot_floor: np.ndarray
    telegraph: np.ndarray | None
    flicker: dict[str, np.ndarray] | None  # by age
    selector_p: np.ndarray | None
    selector_sd: np.ndarray | None  # sd(xi)/mean(xi)
    mean_attempts: np.ndarray | None


def curves(device: Device, points: int = 100) -> Curves:
    """The laws over the range of conductance."""
    g_s = grid_s(device, points)
    mean, variance = device.programming_moments_s(g_s)
    p, sd = selector_moments(device, g_s) if device.selector is not None else (None, None)
    ages = {name: flicker(device, g_s, age) for name, age in AGES_S.items()}
    grown = {name: sd for name, sd in ages.items() if sd is not None}
    return Curves(
        g_s, np.sqrt(variance), mean - g_s, read_noise(device, g_s), thermal_floor(device, g_s), shot_floor(g_s),
        telegraph_amplitude(device, g_s), grown or None, p, sd, mean_attempts(device, g_s),
    )  # fmt: skip


def mean_attempts(device: Device, target_s: np.ndarray) -> np.ndarray | None:
    """How often write-verify writes a cell on average; None without it."""
    verify = device.programming.verify
    if verify is None:
        return None
    return verify.mean_attempts(device.programming.spread(device.conductance, device.wear), target_s)
