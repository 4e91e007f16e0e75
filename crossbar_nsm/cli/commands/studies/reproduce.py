"""`crossbar-nsm reproduce`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crossbar_nsm.cli.failure import Stopped
from crossbar_nsm.cli.options import Csv, Data, Json, Markdown, Overrides, Wide, to_write, with_data
from crossbar_nsm.cli.output import Form, form_of, print_as, say, say_text
from device_models.errors import ConfigError, DatasetError

if TYPE_CHECKING:
    from crossbar_nsm.report.tables.terminal import TextTable
    from crossbar_nsm.reproduce.planning.plan import ReproductionPlan


def reproduce(
    study: Annotated[
        str | None,
        typer.Argument(help="a study of the list, or all of MNIST; without one: the list", metavar="[STUDY]"),
    ] = None,
    config: Annotated[
        str | None, typer.Option(help="YAML, or a packaged one by name (mlp, cnn, ...), in place of the study's own")
    ] = None,
    only_list: Annotated[bool, typer.Option("--list", help="list the studies, and which are possible now")] = False,
    only_plan: Annotated[
        bool, typer.Option("--dry-run", help="print what would be trained, reused and evaluated, and about how long")
    ] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="few images and epochs, into OUT/quick, marked as no result")
    ] = False,
    out: Annotated[Path, to_write("DIR", "folder for tables, figures and trained networks")] = Path("out/paper"),
    overrides: Overrides = None,
    data: Data = None,
    as_csv: Csv = False,
    as_markdown: Markdown = False,
    as_json: Json = False,
    wide: Wide = False,
) -> None:
    """Reproduce a table or figure of the NSM paper, or list them.

    Networks that it needs are trained, or reused where they were trained before. What will be done, and about how long
    it takes, is said first.
    """
    form = form_of(as_json, as_csv, as_markdown)
    if study is None or only_list:
        options = {"--config": config, "--dry-run": only_plan, "--quick": quick, "--set": overrides, "STUDY": study}
        if given := [name for name, value in options.items() if value]:
            raise ConfigError(f"{', '.join(given)}: not for the list of studies, which takes --data alone")
        _print_list(data, form, wide)
        return
    from crossbar_nsm.cli.progress import progress_bars
    from crossbar_nsm.reproduce.planning.plan import plan_reproduction
    from crossbar_nsm.reproduce.reproduction import check_study

    settings = with_data(overrides, data)
    with progress_bars(form != "table") as bars:
        planned = plan_reproduction(study, config, *settings, out=out, quick=quick, progress=bars("measuring"))
    if not only_plan:
        for name in planned.studies:
            check_study(name, planned.folder)
    if only_plan or form == "table":
        _print_plan(planned, form, wide)
    if only_plan:
        return
    if planned.missing is not None:
        raise DatasetError(planned.missing)
    try:
        _run(planned, study, config, settings, out, form, wide)
    except KeyboardInterrupt:
        raise Stopped(f"stopped; trained networks are kept in {planned.folder}: the same command goes on") from None


def _print_list(data: Path | None, form: Form, wide: bool) -> None:
    from crossbar_nsm.reproduce.planning.overview import paper_studies
    from crossbar_nsm.reproduce.planning.tables import studies_table

    found = paper_studies(data)
    rows = [vars(one) for one in found]
    print_as(form, {"config": None, "rows": rows}, rows, [studies_table(found)], wide)


def _print_plan(planned: ReproductionPlan, form: Form, wide: bool) -> None:
    from crossbar_nsm.reproduce.planning.tables import plan_table

    whole = planned.as_dict()
    print_as(form, whole, whole["rows"], [plan_table(planned)], wide)


def _run(
    planned: ReproductionPlan, study: str, config: str | None, settings: list[str], out: Path, form: Form, wide: bool
) -> None:
    """Every study of the plan, each printed when it is there; as JSON, CSV or markdown all at the end."""
    from crossbar_nsm.cli.progress import progress_bars
    from crossbar_nsm.reproduce.catalogue import reproduce_paper
    from crossbar_nsm.reproduce.planning.tables import study_table

    found: dict[str, dict[str, Any]] = {}
    tables: list[TextTable] = []
    for name in planned.studies:
        with progress_bars(form != "table") as bars:
            result, figures = reproduce_paper(name, config, *settings, out=out, quick=planned.quick, progress=bars)
        used = planned.configs[name].model_dump(mode="json")
        found[name] = {"config": used, **result.as_dict(), "figures": figures, "quick": planned.quick}
        tables.append(study_table(result))
        if form == "table":
            print_as(form, found, [], tables[-1:], wide)
            say_text(result.says.split("\n"))
            say(f"Table: {planned.folder / name}.md, figure: {figures[0]}")
            print()
    if form == "table":
        return
    whole = found[study] if study in found else _all_of(found)
    print_as(form, whole | {"plan": planned.as_dict()["rows"]}, whole["rows"], tables, wide)


def _all_of(found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Several studies, whose rows have columns of their own."""
    rows = [{"study": name, **row} for name, one in found.items() for row in one["rows"]]
    return {"config": None, "rows": rows, "studies": found}
