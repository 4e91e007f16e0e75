"""`crossbar-nsm train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crossbar_nsm.cli.failure import Stopped
from crossbar_nsm.cli.options import ConfigPath, Csv, Data, Json, Markdown, Overrides, Wide, with_data
from crossbar_nsm.cli.output import form_of, print_as, say


def train(
    config: ConfigPath,
    overrides: Overrides = None,
    data: Data = None,
    threads: Annotated[
        int | None, typer.Option(metavar="N", help="short for --set threads=N (default: 1, or all for large networks)")
    ] = None,
    as_csv: Csv = False,
    as_markdown: Markdown = False,
    as_json: Json = False,
    wide: Wide = False,
) -> None:
    """Train a network, once or with several seeds.

    A run that was stopped goes on where it was.
    """
    form = form_of(as_json, as_csv, as_markdown)
    from crossbar_nsm.cli.progress import Bar, progress_bars
    from crossbar_nsm.experiment.config.load import load_train_config
    from crossbar_nsm.experiment.train import train as run_training
    from crossbar_nsm.experiment.training.run_folder import check_places
    from crossbar_nsm.nsm.training.state import EpochReport
    from crossbar_nsm.report.figures.learning import save_learning_curves
    from crossbar_nsm.report.figures.style import check_figures
    from crossbar_nsm.report.tables.training import training_table

    asked = [] if threads is None else [f"threads={threads}"]
    settings = load_train_config(config, *with_data(overrides, data), *asked)
    check_places(settings)
    check_figures(settings.output, "learning_curves")

    def on_epoch(report: EpochReport, epochs: int) -> None:
        if form == "table":
            print(
                f"epoch {report.epoch}/{epochs}  loss {report.loss:.4f}  "
                f"validation error {100 * report.validation_error:.2f} %  {report.seconds:.1f} s",
                flush=True,
            )

    try:
        with progress_bars(form != "table") as bars:

            def start_run(label: str) -> Bar:
                if settings.runs > 1 and form == "table":
                    print(f"{label}:", flush=True)
                return bars(label)

            result = run_training(settings, on_epoch=on_epoch, progress=start_run)
    except KeyboardInterrupt:
        raise Stopped(f"stopped; the same command goes on from the last epoch saved in {settings.output}") from None
    figures = save_learning_curves(result, Path(settings.output))
    whole = {"config": settings.model_dump(mode="json")} | result.as_dict() | {"figures": figures}
    print_as(form, whole, whole["rows"], [training_table(result)], wide)
    if form == "table":
        say(f"checkpoint of the best epoch: {result.checkpoint}")
        say(f"learning curves: {figures[0]}")
