"""Learning curves of training runs."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from crossbar_nsm.experiment.training.training_result import TrainingResult
from crossbar_nsm.report.figures.style import (
    COLUMN_INCH,
    GREY,
    LAYER_COLOURS,
    look,
    plain_log_axis,
    save_figure,
    subplots,
)
from device_models.checks.arguments import checked, instance_of


@checked(result=instance_of(TrainingResult, of="what train gives"))
def learning_curves(result: TrainingResult) -> Figure:
    """Loss (left) and validation error (right) against the epoch, one line per run; a dot marks each best epoch."""
    with look():
        figure, (left, right) = subplots(1, 2, figsize=(2 * COLUMN_INCH, 0.8 * COLUMN_INCH))
        for index, run in enumerate(result.runs):
            colour = LAYER_COLOURS[index % len(LAYER_COLOURS)]
            epochs = [report.epoch for report in run.reports]
            label = f"seed {run.seed}"
            left.plot(epochs, [report.loss for report in run.reports], color=colour, lw=1, label=label)
            errors = [100 * report.validation_error for report in run.reports]
            right.plot(epochs, errors, color=colour, lw=1)
            right.plot(run.best.epoch, 100 * run.best.validation_error, "o", ms=4, color=colour)
        left.set(xlabel="epoch", ylabel="training loss (nats)", yscale="log", title="Loss of one noisy pass")
        logarithmic = all(report.validation_error > 0 for run in result.runs for report in run.reports)
        scale = "log" if logarithmic else "linear"
        best = min(result.runs, key=lambda run: run.best.validation_error).best
        right.set(
            xlabel="epoch",
            ylabel="validation error (%)",
            yscale=scale,
            title="Validation",
        )
        if logarithmic:
            plain_log_axis(right.yaxis, right.get_ylim())
        right.annotate(
            f"best: {100 * best.validation_error:.2f} % in epoch {best.epoch}", (0.97, 0.95), xycoords="axes fraction",
            ha="right", va="top", color=GREY, fontsize=7,
        )  # fmt: skip
        if len(result.runs) > 1:
            left.legend()
    return figure


def save_learning_curves(result: TrainingResult, folder: Path) -> list[Path]:
    """folder/learning_curves.png, .svg and .pdf."""
    return save_figure(learning_curves(result), folder, "learning_curves")
