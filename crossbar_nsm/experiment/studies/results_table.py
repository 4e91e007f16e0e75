"""The table of a study: one row per point and chip. It holds no times and no hosts: same settings, same table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.experiment.studies.trial_result import LayerRecovery, TrialResult
from crossbar_nsm.statistics.metrics import measure, wrong
from crossbar_nsm.statistics.paired import paired_difference
from device_models.files.frames import column_kind, column_value

if TYPE_CHECKING:
    from crossbar_nsm.experiment.studies.results import Results

MEASURED = {
    "error": pl.Float64,
    "nll": pl.Float64,
    "brier": pl.Float64,
    "ece": pl.Float64,
    "entropy": pl.Float64,
    "nll_capped": pl.Int64,
    "mutual_information": pl.Float64,
    "samples_used": pl.Float64,
    "difference": pl.Float64,
    "mcnemar_p": pl.Float64,
    "beta_ratio": pl.Float64,
    "clipped": pl.Float64,
    "images": pl.Int64,
    "engine": pl.String,
}


def results_table(results: Results) -> pl.DataFrame:
    """Columns: network, one for each swept key, chip (null: software), seed, samples; error, nll, brier, ece, entropy
    and mutual_information [nat]; nll_capped (images, see `Metrics`); samples_used (mean); difference of error to
    ideal_synapse on the same images, with McNemar's exact p; beta_ratio (median of recovered / trained beta), clipped
    (share of neurons), images, engine, and failure, the reason why a trial has no numbers."""
    swept = {key: column_kind(values) for key, values in results.swept.items()}
    rows = []
    for one in results.software:
        settings, evaluation = _settings(one.settings, swept), one.config.evaluation
        rows.append({"network": one.name, **settings, "seed": evaluation.seed, "samples": evaluation.samples})
        rows[-1] |= _measured(one.result, one.reference)
    for point in results.points:
        rows += _point_rows(point, swept)
    schema = {"network": pl.String, **swept, "chip": pl.Int64, "seed": pl.UInt64, "samples": pl.Int64, **MEASURED}
    return pl.DataFrame(rows, schema=schema | {"failure": pl.String})


def _point_rows(point: PointResults, swept: dict[str, Any]) -> list[dict[str, Any]]:
    settings = _settings(point.settings, swept)
    evaluation, rows = point.config.evaluation, []
    for chip in sorted(point.chips.keys() | point.failures.keys()):
        row = {"network": point.name, **settings, "chip": chip, "seed": evaluation.seed, "samples": evaluation.samples}
        if chip in point.chips:
            rows.append(row | _measured(point.chips[chip], point.reference))
        else:
            rows.append(row | {"failure": point.failures[chip]})
    return rows


def _settings(settings: dict[str, Any], swept: dict[str, Any]) -> dict[str, Any]:
    return {key: column_value(value, swept[key]) for key, value in settings.items()}


def _measured(result: TrialResult, reference: TrialResult | None) -> dict[str, Any]:
    prediction = result.prediction
    row = vars(measure(prediction.probability, result.labels)) | {
        "mutual_information": float(prediction.mutual_information.mean()),
        "samples_used": float(prediction.samples.mean()),
        "images": len(result.labels),
        "engine": result.engine or None,
    }
    if reference is not None:
        here, there = (wrong(one.prediction.probability, one.labels) for one in (result, reference))
        paired = paired_difference(here[None], there)
        row |= {"difference": paired.difference, "mcnemar_p": paired.mcnemar_p}
    return row | (_recovered(list(result.recovery.values())) if result.recovery else {})


def _recovered(layers: list[LayerRecovery]) -> dict[str, float | None]:
    trained = np.concatenate([layer.trained_beta for layer in layers])
    recovered = np.concatenate([layer.recovered_beta for layer in layers])
    known = trained != 0
    ratio = float(np.median(recovered[known] / trained[known])) if known.any() else None
    return {"beta_ratio": ratio, "clipped": float(np.concatenate([layer.clipped for layer in layers]).mean())}
