"""`crossbar-nsm demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from crossbar_nsm.cli.options import Csv, Data, Json, Markdown, Overrides, Wide, to_write, with_data
from crossbar_nsm.cli.output import form_of, print_comparison, say_drawn, say_text

NEXT = """
Next:
  your images  crossbar-nsm compare mnist_mlp_rram --set dataset.name=images.npz
  your cells   crossbar-nsm devices fit reads.csv --out my_device.yaml
  a study      crossbar-nsm init my_study
More of each: crossbar-nsm docs use_your_images, fit_measurements, run_a_study"""


def demo(
    out: Annotated[Path, to_write("DIR", "folder for the figures")] = Path("out/demo"),
    overrides: Overrides = None,
    data: Data = None,
    as_csv: Csv = False,
    as_markdown: Markdown = False,
    as_json: Json = False,
    wide: Wide = False,
) -> None:
    """Run the bundled network in software and on simulated RRAM.

    Prints one table and saves three figures.
    """
    form = form_of(as_json, as_csv, as_markdown)
    from crossbar_nsm.cli.progress import progress_bars
    from crossbar_nsm.report.demo import run_demo

    with progress_bars(form != "table") as bars:
        result = run_demo(out, *with_data(overrides, data), progress=bars)
    print_comparison(result.comparison, form, {"why": result.why, "figures": result.figures}, wide)
    if form == "table":
        say_text([result.why])
        say_drawn(result.figures)
        print(NEXT)
