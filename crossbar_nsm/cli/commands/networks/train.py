"""`crossbar-nsm train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crossbar_nsm.cli.failure import Stopped
from crossbar_nsm.cli.options import ConfigPath, Data, Json, Overrides, with_data
from crossbar_nsm.cli.output import print_json, say


def train(
    config: ConfigPath,
    overrides: Overrides = None,
    data: Data = None,
    threads: Annotated[
        int | None, typer.Option(metavar="N", help="short for --set threads=N (default: 1, or all for large networks)")
    ] = None,
    as_json: Json = False,
) -> None:
    """Train a network, once or with several seeds.

    A run that was stopped goes on where it was.
    """
    from crossbar_nsm.cli.progress import Bar, progress_bars
    from crossbar_nsm.experiment.config.load import load_train_config
    from crossbar_nsm.experiment.train import train as run_training
    from crossbar_nsm.experiment.training.run_folder import check_places
    from crossbar_nsm.nsm.training.state import EpochReport
    from crossbar_nsm.report.figures.learning import save_learning_curves
    from crossbar_nsm.report.figures.style import check_figures
    from crossbar_nsm.report.tables.terminal import print_table
    from crossbar_nsm.report.tables.training import training_table

    asked = [] if threads is None else [f"threads={threads}"]
    settings = load_train_config(config, *with_data(overrides, data), *asked)
    check_places(settings)
    check_figures(settings.output, "learning_curves")

    def on_epoch(report: EpochReport, epochs: int) -> None:
        if not as_json:
            print(
                f"epoch {report.epoch}/{epochs}  loss {report.loss:.4f}  "
                f"validation error {100 * report.validation_error:.2f} %  {report.seconds:.1f} s",
                flush=True,
            )

    try:
        with progress_bars(as_json) as bars:

            def start_run(label: str) -> Bar:
                if settings.runs > 1 and not as_json:
                    print(f"{label}:", flush=True)
                return bars(label)

            result = run_training(settings, on_epoch=on_epoch, progress=start_run)
    except KeyboardInterrupt:
        raise Stopped(f"stopped; the same command goes on from the last epoch saved in {settings.output}") from None
    figures = save_learning_curves(result, Path(settings.output))
    if as_json:
        print_json(result.as_dict() | {"figures": [str(path) for path in figures]})
        return
    print_table(training_table(result))
    say(f"checkpoint of the best epoch: {result.checkpoint}")
    say(f"learning curves: {figures[0]}")
