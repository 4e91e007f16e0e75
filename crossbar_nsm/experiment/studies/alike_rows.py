"""Points of a sweep whose results are the same, and why: rows alike to every digit look like a sweep that is broken.

Two reasons are told apart. A setting may have no effect beside the others of its points. Or it changes how strong the
fresh noise is, and a circuit with a gain makes up for that: calibration finds the gain at which a neuron has its
trained beta, signal over noise is then the same whatever the noise was, and the same draws decide alike, but for a
rounding here and there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.settings_text import setting_text, value_text
from crossbar_nsm.experiment.config.sweep_section import sweep_factors
from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.experiment.studies.trial_result import LayerRecovery, TrialResult
from crossbar_nsm.neuron.circuits import circuit_of

MOST_ROUNDED = 0.02  # share of images in which a rounding may show
SHOWN = 4
NO_EFFECT = "no effect beside these settings"
SAME_LAW = (
    "calibration gives every neuron the gain with which it fires as trained, however strong the fresh noise of its "
    "reads, so that the law of its decisions is the same"
)


def alike_rows(config: ExperimentConfig, points: Sequence[PointResults]) -> list[str]:
    """A sentence for every factor of the sweep of `config` along which neighbouring points, all else the same, have the
    same results."""
    sentences = []
    for factor in sweep_factors(config.sweep)[0]:
        keys = list(factor.values)
        runs = [run for line in _lines(points, keys) for run in _alike_runs(line)]
        by_reason: dict[str, list[list[PointResults]]] = {}
        for run in runs:
            by_reason.setdefault(_reason(run), []).append(run)
        sentences += [_sentence(keys, those, reason) for reason, those in by_reason.items()]
    return sentences


def _lines(points: Sequence[PointResults], keys: Sequence[str]) -> list[list[PointResults]]:
    """Points that differ in `keys` alone."""
    lines: dict[str, list[PointResults]] = {}
    for point in points:
        rest = {key: value for key, value in point.settings.items() if key not in keys}
        lines.setdefault(repr(rest), []).append(point)
    return list(lines.values())


def _alike_runs(line: Sequence[PointResults]) -> list[list[PointResults]]:
    """Neighbours with the same results, two or more together."""
    runs: list[list[PointResults]] = []
    for point in line:
        if runs and alike(runs[-1][0], point):
            runs[-1].append(point)
        else:
            runs.append([point])
    return [run for run in runs if len(run) > 1]


def alike(one: PointResults, other: PointResults) -> bool:
    """Whether every chip of both has the same results."""
    chips = one.chips.keys() | other.chips.keys()
    return bool(chips) and one.chips.keys() == other.chips.keys() and all(
        _same(one.chips[chip], other.chips[chip]) for chip in chips
    )  # fmt: skip


def _same(one: TrialResult, other: TrialResult) -> bool:
    first, second = one.prediction.probability, other.prediction.probability
    if one.images_digest != other.images_digest or first.shape != second.shape or one.engine != other.engine:
        return False
    changed = float((first != second).any(axis=1).mean())
    return changed == 0 or (changed <= MOST_ROUNDED and _same_law(one, other))


def _same_law(one: TrialResult, other: TrialResult) -> bool:
    """Whether all neurons have the same beta and c on both."""
    return one.recovery.keys() == other.recovery.keys() and all(
        _close(one.recovery[layer], other.recovery[layer]) for layer in one.recovery
    )


def _close(one: LayerRecovery, other: LayerRecovery) -> bool:
    pairs = ((one.recovered_beta, other.recovered_beta), (one.recovered_c, other.recovered_c))
    return all(a.shape == b.shape and np.allclose(a, b, rtol=1e-4, atol=1e-6) for a, b in pairs)


def _reason(run: Sequence[PointResults]) -> str:
    """Circuits with a gain that differ, or read cells of other noise, are calibrated to the same law; all else that
    gives the same bits is not asked for."""
    asked = [(circuit_of(point.config.neuron), [d.read_noise for d in point.config.devices]) for point in run]
    gain = all(any(circuit.slope) for circuit, _ in asked)
    return SAME_LAW if gain and any(one != asked[0] for one in asked) else NO_EFFECT


def _sentence(keys: Sequence[str], runs: Sequence[Sequence[PointResults]], reason: str) -> str:
    """Which rows are the same, for the first of the runs, and how many others there are."""
    first = runs[0]
    values = [", ".join(value_text(point.settings[key], key) for key in keys) for point in first]
    listed = values if len(values) <= SHOWN else [values[0], values[1], "...", values[-1]]
    rest = [setting_text(key, value) for key, value in first[0].settings.items() if key not in keys]
    beside = f" with {', '.join(rest)}" if rest else ""
    more = f" (and beside {len(runs) - 1} other settings)" if len(runs) > 1 else ""
    return f"same rows for {', '.join(keys)} = {'; '.join(listed)}{beside}{more}: {reason}"
