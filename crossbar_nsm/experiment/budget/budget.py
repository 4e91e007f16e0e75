"""Error budget: what each non-ideality costs between ideal software and the whole hardware.

Three views of the effects that a configuration has (`crossbar_nsm.experiment.budget.effects`):

- ladder: ideal software, ideal cells in the configured circuit, then one effect after the other until the hardware is
  whole. Each change is one to the step before, so they add up; what a step costs depends on the steps before it.
- alone: ideal cells with one effect.
- left out: the whole hardware without one effect; the change is what the effect adds there.

Ideal cells are exact, conduct nothing when idle, and have fresh noise proportional to G: noise is the network's xi and
cannot be left out. With it every circuit that has gain gives back the trained network. `neuron.scaling: none` has none,
and fires with the beta that the device's noise gives: that gap is the step `circuit`, like betas that a circuit cannot
reach, and the noise that outputs share under `row_mask`. Effects may mend one another (noise covers an offset), so
changes may be negative and those of single effects need not add up.

All configurations see the same images on the same chips (the same seeds for the same draws), so changes are taken chip
by chip. Their intervals are those of the mean over chips (Student's t); the choice of images is not in them. Ideal
software is run once per chip, with seeds of its own.

Trials are cheap while the moments reader serves (`read.slow_noise: split` for 1/f and telegraph noise); trajectories
and selectors draw every cell, so take few images and samples.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from crossbar_nsm.datasets.dataset import Dataset
from crossbar_nsm.engine.sampling.passes import Progress
from crossbar_nsm.experiment.budget.effects.catalogue import check_names, present_effects, without
from crossbar_nsm.experiment.budget.rows import BudgetRow, Change, Measure, Outcome, View, changes, make_row, outcome_of
from crossbar_nsm.experiment.compare import no_progress, single_point
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.evaluate import (
    Evaluation,
    ProgressOf,
    evaluate_hardware,
    evaluate_ideal,
    evaluation_images,
)
from crossbar_nsm.mapping.mappable import check_mappable
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from crossbar_nsm.nsm.network import Network
from device_models.checks.arguments import a_function, a_text, checked, each, path_or
from device_models.numerics import usual_numerics

SOFTWARE, CIRCUIT, OTHERS = "ideal_software", "circuit", "others"


@dataclass(frozen=True)
class Budget:
    """effects: what each stands for, by name. total: whole hardware against ideal software."""

    config: ExperimentConfig
    effects: dict[str, str]
    rows: list[BudgetRow]
    total: dict[Measure, Change]
    images: int
    samples: int
    chips: int
    seconds: float

    def view(self, name: View) -> list[BudgetRow]:
        """The rows of one view, in order."""
        return [row for row in self.rows if row.view == name]

    def as_dict(self) -> dict[str, Any]:
        """What `budget --json` prints."""
        return asdict(self) | {"config": self.config.model_dump(mode="json")}


@checked(config=path_or(ExperimentConfig), overrides=a_text, only=each(a_text), progress=a_function)
@usual_numerics()
def budget(
    config: ExperimentConfig | str | Path,
    *overrides: str,
    only: Sequence[str] = (),
    progress: ProgressOf = no_progress,
) -> Budget:
    """Take a configuration's hardware apart. only: names of effects to look at one by one; the rest of them then are
    one step, `others`.

    Raises ConfigError for a sweep, and for names of effects that the configuration does not have.
    """
    started = time.perf_counter()
    point = single_point(config, overrides, "budget")
    present = present_effects(point)
    check_names(only, present)
    net = load_checkpoint(point.checkpoint)
    check_mappable(net.architecture)
    data = evaluation_images(point, net)
    chosen = {effect.name: effect.text for effect in present if not only or effect.name in only}
    rest = [effect.name for effect in present if effect.name not in chosen]
    steps = {name: [name] for name in chosen} | ({OTHERS: rest} if rest else {})
    texts = chosen | ({OTHERS: "together: " + ", ".join(rest)} if rest else {})
    rows, total = _views(point, steps, net, data, progress)
    evaluation = point.evaluation
    seconds = round(time.perf_counter() - started, 3)
    return Budget(point, texts, rows, total, len(data), evaluation.samples, evaluation.chips, seconds)


def _views(
    point: ExperimentConfig, steps: dict[str, list[str]], net: Network, data: Dataset, progress: ProgressOf
) -> tuple[list[BudgetRow], dict[Measure, Change]]:
    """All rows, and the total change. Configurations that several views share are evaluated once."""
    everything = {name for names in steps.values() for name in names}
    output = net.architecture.layers[-1].name

    def with_effects(names: Collection[str]) -> ExperimentConfig:
        return without(point, everything - set(names), output)

    ladder = [with_effects(()), *map(with_effects, accumulate(steps.values()))]
    alone = [with_effects(names) for names in steps.values()]
    left_out = [with_effects(everything - set(names)) for names in steps.values()]
    outcomes = _Outcomes(net, data, point, [*ladder, *alone, *left_out], progress)
    software, ideal, whole = outcomes.software, ladder[0], ladder[-1]
    circuit = changes(outcomes[ideal], software)
    rows = [make_row("ladder", SOFTWARE, software, None), make_row("ladder", CIRCUIT, outcomes[ideal], circuit)]
    for name, before, after in zip(steps, ladder, ladder[1:], strict=False):
        rows.append(outcomes.row("ladder", name, after, before, after))
    rows += [outcomes.row("alone", name, here, ideal, here) for name, here in zip(steps, alone, strict=True)]
    rows += [outcomes.row("left_out", name, here, here, whole) for name, here in zip(steps, left_out, strict=True)]
    return rows, changes(outcomes[whole], software)


class _Outcomes:
    """Outcomes of configurations, each evaluated once, and of ideal software."""

    def __init__(
        self,
        net: Network,
        data: Dataset,
        point: ExperimentConfig,
        configs: list[ExperimentConfig],
        progress: ProgressOf,
    ):
        different = {_key(config): config for config in configs}
        evaluation = point.evaluation
        chips, seeds = evaluation.chips, [evaluation.seed + chip for chip in range(evaluation.chips)]
        trials = _trials(progress, len(different), chips)
        of_seeds = [evaluation.model_copy(update={"seed": seed}) for seed in seeds]
        ideal = [evaluate_ideal(net, data, "synapse", settings, trials).predictions[0] for settings in of_seeds]
        software = Evaluation(SOFTWARE, ideal, evaluation.samples, 0.0)
        self.software = outcome_of(software, data)
        self._known = {
            key: outcome_of(evaluate_hardware(net, data, config, trials), data) for key, config in different.items()
        }

    def __getitem__(self, config: ExperimentConfig) -> Outcome:
        return self._known[_key(config)]

    def row(
        self, view: View, effect: str, here: ExperimentConfig, before: ExperimentConfig, after: ExperimentConfig
    ) -> BudgetRow:
        """The row of the configuration `here`; the effect is what `after` has and `before` has not."""
        change = None if before == after else changes(self[after], self[before])
        return make_row(view, effect, self[here], change)


def _trials(progress: ProgressOf, configurations: int, chips: int) -> ProgressOf:
    """One bar for all evaluations of chips, ideal software among them."""
    total, begun = (configurations + 1) * chips, iter(range((configurations + 1) * chips))
    bar = progress(f"{configurations} configurations and software x {chips} chip(s)")

    def of_chip(_label: str) -> Progress:
        before = next(begun)
        return lambda done, passes: bar(before * passes + done, total * passes)

    return of_chip


def _key(config: ExperimentConfig) -> str:
    return config.model_dump_json()
