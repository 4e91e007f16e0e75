"""`crossbar-nsm tune`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crossbar_nsm.cli.options import ConfigPath, Csv, Data, Json, Markdown, Overrides, Wide, to_write, with_data
from crossbar_nsm.cli.output import form_of, print_as


def tune(
    config: ConfigPath,
    overrides: Overrides = None,
    data: Data = None,
    out: Annotated[Path | None, to_write("CHIP.safetensors", "save the tuned chip")] = None,
    epochs: Annotated[int, typer.Option(min=1, help="passes over the training images")] = 5,
    learning_rate: Annotated[float, typer.Option(min=1e-9, max=1e3, help="of Adam")] = 1e-2,
    images: Annotated[int, typer.Option(min=10, help="training images, a fifth of them held out")] = 5000,
    train_on: Annotated[str | None, typer.Option(help="data set of the training images")] = None,
    chip: Annotated[int, typer.Option(min=0, help="number of the chip")] = 0,
    as_csv: Csv = False,
    as_markdown: Markdown = False,
    as_json: Json = False,
    wide: Wide = False,
) -> None:
    """Tune gains and thresholds of a chip with the chip in the loop."""
    form = form_of(as_json, as_csv, as_markdown)
    from crossbar_nsm.cli.progress import progress_bars
    from crossbar_nsm.experiment.single_point import single_point
    from crossbar_nsm.experiment.tune import tune as run_tuning
    from crossbar_nsm.mapping.learning.tuning_config import TuningConfig
    from crossbar_nsm.report.tables.tuning import tuning_table
    from device_models.files.writing import check_output

    settings = single_point(config, tuple(with_data(overrides, data)), "tune")
    if out is not None:
        check_output(out, "chip")
    with progress_bars(form != "table") as bars:
        result = run_tuning(
            settings,
            settings=TuningConfig(epochs=epochs, learning_rate=learning_rate),
            images=images,
            train_on=train_on,
            chip=chip,
            progress=bars,
            on_batch=bars("tuning"),
        )
    if out is not None:
        result.chip.save(out)
    whole = {"config": settings.model_dump(mode="json")} | result.as_dict()
    print_as(form, whole, whole["rows"], [tuning_table(result)], wide)
    if form == "table":
        best = result.report.best.epoch
        kept = f"epoch {best}" if best else "the chip as calibrated"
        print(f"kept: {kept}, by the NLL of the held-out training images")
