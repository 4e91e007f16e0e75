"""The trials that a manifest tells of, and their outcomes put together point by point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.studies.folder.manifest import Manifest
from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.experiment.studies.trial import Trial
from crossbar_nsm.experiment.studies.trial_result import TrialResult
from device_models.shown import Several


def trials_of(manifest: Manifest, base: ExperimentConfig, configs: Sequence[ExperimentConfig]) -> dict[str, Trial]:
    """Every trial of a study, by key. configs: of its points."""
    trials = {
        key: Trial(base, "ideal_neuron" if name == "ideal_neuron" else "ideal_synapse")
        for name, key in manifest.ideal.items()
    }
    for entry, config in zip(manifest.points, configs, strict=True):
        trials.setdefault(entry.reference, Trial(config, "ideal_synapse"))
        trials |= {key: Trial(config, "hardware", chip) for chip, key in enumerate(entry.chips)}
    return trials


def assembled(
    manifest: Manifest,
    config: ExperimentConfig,
    configs: Sequence[ExperimentConfig],
    results: Mapping[str, TrialResult],
    failed: Mapping[str, str],
) -> Results:
    """config: with the sweep; configs: of its points. results, failed: of trials by key, and why others have none."""
    points: Several[PointResults] = Several()
    for entry, of_point in zip(manifest.points, configs, strict=True):
        chips = dict(enumerate(entry.chips))
        points.append(
            PointResults(
                settings=entry.settings,
                config=of_point,
                chips={chip: results[key] for chip, key in chips.items() if key in results},
                failures={chip: failed[key] for chip, key in chips.items() if key in failed},
                reference=results.get(entry.reference),
            )
        )
    ideal = {name: results[key] for name, key in manifest.ideal.items() if key in results}
    missing = len(manifest.keys) - len(results) - len(failed)
    told = manifest.model_dump(exclude_unset=True)
    return Results(config, points, ideal, told, missing, _ideal_failures(manifest, failed))


def _ideal_failures(manifest: Manifest, failed: Mapping[str, str]) -> dict[str, str]:
    """Each once: points share ideal software where they share images and samples."""
    names = {entry.reference: f"ideal_synapse beside {entry.name}" for entry in reversed(manifest.points)}
    names |= {key: name for name, key in manifest.ideal.items()}
    return {name: failed[key] for key, name in names.items() if key in failed}
