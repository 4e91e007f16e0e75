"""`crossbar-nsm timing`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crossbar_nsm.cli.options import (
    ConfigPath,
    Csv,
    Data,
    Json,
    Markdown,
    Overrides,
    Wide,
    check_plot,
    to_write,
    with_data,
)
from crossbar_nsm.cli.output import form_of, print_as, say, say_text


def timing(
    config: ConfigPath,
    overrides: Overrides = None,
    data: Data = None,
    samples: Annotated[
        int | None, typer.Option(help="samples of an image (default: evaluation.samples)", min=1)
    ] = None,
    plot: Annotated[Path | None, to_write("DIR", "also draw what samples are worth at other read intervals")] = None,
    as_csv: Csv = False,
    as_markdown: Markdown = False,
    as_json: Json = False,
    wide: Wide = False,
) -> None:
    """Count the independent samples of a chip whose noise is slow.

    Of every layer: effective samples, the shares of its noise that are fresh, slow and frozen, and the read interval
    that would make samples independent.
    """
    form = form_of(as_json, as_csv, as_markdown)
    from crossbar_nsm.cli.progress import progress_bars
    from crossbar_nsm.experiment.images.evaluation import evaluation_images
    from crossbar_nsm.experiment.map_network import map_network
    from crossbar_nsm.experiment.single_point import single_point
    from crossbar_nsm.mapping.timing import timing as time_layers
    from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
    from crossbar_nsm.report.tables.timing import timing_rows, timing_table

    settings = single_point(config, tuple(with_data(overrides, data)), "timing")
    check_plot(plot, "effective_samples")
    net = load_checkpoint(settings.checkpoint)
    images = len(evaluation_images(settings, net))
    with progress_bars(form != "table") as bars:
        chip = map_network(net, settings)
        layers = time_layers(chip, samples or settings.evaluation.samples, images, plot is not None, bars("layers"))
    figures = []
    if plot is not None:
        from crossbar_nsm.report.figures.style import save_figure
        from crossbar_nsm.report.figures.timing import effective_samples_against_interval

        title = f"{settings.device.name}, {settings.neuron.scaling}"
        figures = save_figure(effective_samples_against_interval(layers, title), plot, "effective_samples")
    rows, drawn = timing_rows(layers), {} if plot is None else {"figures": figures}
    whole = {"config": settings.model_dump(mode="json"), "rows": rows} | drawn
    print_as(form, whole, rows, [timing_table(layers)], wide)
    if form == "table":
        say_text(f"{name}: {layer.advice}." for name, layer in layers.items())
        for path in figures:
            say(f"Figure: {path}")
