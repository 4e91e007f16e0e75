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

Equations: docs/physics.md#error-budget.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from crossbar_nsm.engine.sampling.passes import Progress
from crossbar_nsm.experiment.budget.effects.catalogue import check_names, present_effects, without
from crossbar_nsm.experiment.budget.rows import (
    BudgetRow,
    Change,
    ChipMeasures,
    Measure,
    View,
    changes,
    chip_measures,
    make_row,
)
from crossbar_nsm.experiment.budget.verdict import budget_verdict
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.load import ConfigLike
from crossbar_nsm.experiment.evaluate import network_of, run_trial
from crossbar_nsm.experiment.images.evaluation import evaluation_images
from crossbar_nsm.experiment.progress import ProgressOf, no_progress
from crossbar_nsm.experiment.single_point import single_point
from crossbar_nsm.experiment.split_hint import suggest_split
from crossbar_nsm.experiment.studies.trial import Trial
from crossbar_nsm.mapping.mappable import check_mappable
from device_models.checks.arguments import a_function, a_text, an_override, checked, each, path_or
from device_models.errors import explained_by
from device_models.files.frames import frame
from device_models.number_text import counted
from device_models.numerics import usual_numerics
from device_models.shown import shown
from device_models.warning import each_warning_once

if TYPE_CHECKING:
    import polars

SOFTWARE, CIRCUIT, OTHERS = "ideal_software", "circuit", "others"


@shown
@dataclass(frozen=True)
class Budget:
    """effects: what each stands for, by name. total: whole hardware against ideal software. classes: None in older
    files."""

    config: ExperimentConfig
    effects: dict[str, str]
    rows: list[BudgetRow]
    total: dict[Measure, Change]
    images: int
    classes: int | None
    samples: int
    chips: int
    seconds: float

    def view(self, name: View) -> list[BudgetRow]:
        """The rows of one view, in order."""
        return [row for row in self.rows if row.view == name]

    @property
    def verdict(self) -> list[str]:
        """What hardware costs and what of it, in sentences; the conclusion first."""
        return budget_verdict(self)

    def as_dict(self) -> dict[str, Any]:
        """What `budget --json` prints."""
        return asdict(self) | {"config": self.config.model_dump(mode="json"), "verdict": self.verdict}

    def table(self) -> polars.DataFrame:
        """One row per step of each view; changes are columns `change.<measure>.mean`, `.low` and so on."""
        return frame(asdict(row) for row in self.rows)


@explained_by("find_what_costs")
@checked(config=path_or(ExperimentConfig), overrides=an_override, only=each(a_text), progress=a_function)
@usual_numerics()
@each_warning_once()
def budget(
    config: ConfigLike,
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
    net = network_of(point)
    check_mappable(net.architecture)
    images = len(evaluation_images(point, net))
    chosen = {effect.name: effect.text for effect in present if not only or effect.name in only}
    rest = [effect.name for effect in present if effect.name not in chosen]
    steps = {name: [name] for name in chosen} | ({OTHERS: rest} if rest else {})
    texts = chosen | ({OTHERS: "together: " + ", ".join(rest)} if rest else {})
    rows, total = _views(point, steps, net.architecture.layers[-1].name, progress)
    evaluation = point.evaluation
    seconds = round(time.perf_counter() - started, 3)
    classes = net.architecture.classes
    return Budget(point, texts, rows, total, images, classes, evaluation.samples, evaluation.chips, seconds)


def _views(
    point: ExperimentConfig, steps: dict[str, list[str]], output: str, progress: ProgressOf
) -> tuple[list[BudgetRow], dict[Measure, Change]]:
    """All rows, and the total change. output: the name of the network's last layer. Configurations that several
    views share are evaluated once."""
    everything = {name for names in steps.values() for name in names}

    def with_effects(names: Collection[str]) -> ExperimentConfig:
        return without(point, everything - set(names), output)

    ladder = [with_effects(()), *map(with_effects, accumulate(steps.values()))]
    alone = [with_effects(names) for names in steps.values()]
    left_out = [with_effects(everything - set(names)) for names in steps.values()]
    measures = _Measures(point, [*ladder, *alone, *left_out], progress)
    software, ideal, full = measures.software, ladder[0], ladder[-1]
    circuit = changes(measures[ideal], software)
    rows = [make_row("ladder", SOFTWARE, software, None), make_row("ladder", CIRCUIT, measures[ideal], circuit)]
    for name, before, after in zip(steps, ladder, ladder[1:], strict=False):
        rows.append(measures.row("ladder", name, after, before, after))
    rows += [measures.row("alone", name, here, ideal, here) for name, here in zip(steps, alone, strict=True)]
    rows += [measures.row("left_out", name, here, here, full) for name, here in zip(steps, left_out, strict=True)]
    return rows, changes(measures[full], software)


class _Measures:
    """What configurations measure, each evaluated once, and ideal software."""

    def __init__(self, point: ExperimentConfig, configs: list[ExperimentConfig], progress: ProgressOf):
        different = {_key(config): config for config in configs}
        evaluation = point.evaluation
        chips = range(evaluation.chips)
        seeded = [evaluation.model_copy(update={"seed": evaluation.seed + chip}) for chip in chips]
        trials = {SOFTWARE: [Trial(point.model_copy(update={"evaluation": one}), "ideal_synapse") for one in seeded]}
        trials |= {key: [Trial(config, "hardware", chip) for chip in chips] for key, config in different.items()}
        suggest_split(one for ones in trials.values() for one in ones)
        bar = _bar(progress, len(different), len(chips))
        self._known = {key: chip_measures([run_trial(one, next(bar)) for one in ones]) for key, ones in trials.items()}

    @property
    def software(self) -> ChipMeasures:
        return self._known[SOFTWARE]

    def __getitem__(self, config: ExperimentConfig) -> ChipMeasures:
        return self._known[_key(config)]

    def row(
        self, view: View, effect: str, here: ExperimentConfig, before: ExperimentConfig, after: ExperimentConfig
    ) -> BudgetRow:
        """The row of the configuration `here`; the effect is what `after` has and `before` has not."""
        change = None if before == after else changes(self[after], self[before])
        return make_row(view, effect, self[here], change)


def _bar(progress: ProgressOf, configurations: int, chips: int) -> Iterator[Progress]:
    """One bar for all trials, those of ideal software first: what follows each of them."""
    total = (configurations + 1) * chips
    bar = progress(f"{counted(configurations, 'configuration')} and software x {counted(chips, 'chip')}")
    for before in range(total):
        yield partial(_follow, bar, before, total)


def _follow(bar: Progress, before: int, total: int, done: int, passes: int) -> None:
    bar(before * passes + done, total * passes)


def _key(config: ExperimentConfig) -> str:
    return config.model_dump_json()
