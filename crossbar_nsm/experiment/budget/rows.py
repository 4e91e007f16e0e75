"""Rows of an error budget: what one configuration measures, and changes from one to another, chip by chip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from crossbar_nsm.experiment.studies.trial_result import TrialResult
from crossbar_nsm.statistics.over_chips import OverChips, metrics_over_chips
from device_models.shown import shown

Measure = Literal["error", "nll", "ece"]
MEASURES: tuple[Measure, ...] = ("error", "nll", "ece")
View = Literal["ladder", "alone", "left_out"]
SMALLEST_BETA = 1e-6  # below it a ratio to the trained beta says nothing


@shown
@dataclass(frozen=True)
class Change:
    """Mean over chips, its standard error and 95 % interval (None with one chip)."""

    mean: float
    se: float | None = None
    low: float | None = None
    high: float | None = None


@shown
@dataclass(frozen=True)
class BudgetRow:
    """One configuration: means over chips. change: by measure, what the effect adds in this view (None where it could
    not be taken out). beta_ratio: 5 %, 50 % and 95 % points of recovered over trained beta of all neurons. nll_capped:
    see `Metrics`."""

    view: View
    effect: str
    error: float
    nll: float
    ece: float
    change: dict[Measure, Change] | None
    beta_ratio: tuple[float, float, float] | None
    engine: str
    nll_capped: float = 0.0


@dataclass(frozen=True)
class ChipMeasures:
    """measures: by name. The rest as in `BudgetRow`."""

    measures: dict[Measure, OverChips]
    nll_capped: float
    beta_ratio: tuple[float, float, float] | None
    engine: str


def chip_measures(results: Sequence[TrialResult]) -> ChipMeasures:
    """Of the chips of one configuration; ratios of beta are pooled over layers and chips."""
    of_chips = metrics_over_chips(np.stack([result.prediction.probability for result in results]), results[0].labels)
    measures = {name: of_chips[name] for name in MEASURES}
    layers = [layer for result in results for layer in result.recovery.values()]
    ratios = [_ratios(layer.recovered_beta, layer.trained_beta) for layer in layers]
    capped = of_chips["nll_capped"].mean
    return ChipMeasures(measures, capped, _points(np.concatenate(ratios)) if ratios else None, results[0].engine)


def _ratios(recovered: np.ndarray, trained: np.ndarray) -> np.ndarray:
    known = np.abs(trained) > SMALLEST_BETA
    result: np.ndarray = recovered[known] / trained[known]
    return result


def _points(ratios: np.ndarray) -> tuple[float, float, float]:
    low, middle, high = np.quantile(ratios, [0.05, 0.5, 0.95], method="closest_observation")  # some may be infinite
    return float(low), float(middle), float(high)


def make_row(view: View, effect: str, here: ChipMeasures, change: dict[Measure, Change] | None) -> BudgetRow:
    """The row of the configuration with the measures `here`."""
    means = {name: values.mean for name, values in here.measures.items()}
    return BudgetRow(
        view, effect, **means, change=change, beta_ratio=here.beta_ratio, engine=here.engine, nll_capped=here.nll_capped
    )


def changes(after: ChipMeasures, before: ChipMeasures) -> dict[Measure, Change]:
    """Chip by chip, by measure."""
    return {name: _change(after.measures[name] - before.measures[name]) for name in MEASURES}


def _change(of_chips: OverChips) -> Change:
    return Change(of_chips.mean, of_chips.se, *(of_chips.interval() or (None, None)))
