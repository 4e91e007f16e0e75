"""Tables for a terminal; plain text when there is none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from crossbar_nsm.experiment.ageing import Ageing
    from crossbar_nsm.experiment.check import CheckResult
    from crossbar_nsm.experiment.compare import Row
    from crossbar_nsm.experiment.train import TrainingResult
    from crossbar_nsm.mapping.mapped_network import MappedNetwork


def print_table(table: Table) -> None:
    """To standard output, never cut: a narrow or absent terminal gets the width that the table needs."""
    console = Console()
    width = max(console.width if console.is_terminal else 0, Console(width=400).measure(table).maximum)
    Console(width=width, highlight=False).print(table)


def make_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "") -> Table:
    """First column left, the others right; no wrapping."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, caption=caption, caption_justify="left")
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index == 0 else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table


def comparison_table(rows: Sequence[Row]) -> Table:
    """One line per setting; error and difference in per cent, entropy and NLL in nats."""
    first = rows[0]
    title = f"{first.images} images x {first.samples} samples, {max(row.chips for row in rows)} chip(s)"
    columns = [
        "network",
        "error %",
        "95 % Wilson",
        "NLL",
        "ECE",
        "entropy",
        "difference %",
        "McNemar p",
        "reader",
        "seconds",
    ]
    return make_table(title, columns, [_comparison_line(row) for row in rows])


def _comparison_line(row: Row) -> list[str]:
    settings = ", ".join(f"{key}={value}" for key, value in row.set.items() if key != "neuron.scaling")
    return [
        row.name + (f"  {settings}" if settings else ""),
        f"{100 * row.error:.2f}" + (f" (chips ±{100 * row.chip_sd:.2f})" if row.chip_sd is not None else ""),
        f"{100 * row.error_low:.2f}-{100 * row.error_high:.2f}",
        f"{row.nll:.4f}",
        f"{row.ece:.4f}",
        f"{row.entropy:.4f}",
        _difference(row),
        "" if row.mcnemar_p is None else f"{row.mcnemar_p:.2g}",
        row.engine,
        f"{row.seconds:.1f}",
    ]


def _difference(row: Row) -> str:
    if row.difference is None:
        return "reference" if row.name == "ideal_synapse" else ""
    text = f"{100 * row.difference:+.2f}"
    if row.difference_low is not None and row.difference_high is not None:
        text += f" [{100 * row.difference_low:+.2f}, {100 * row.difference_high:+.2f}]"
    return text


def ageing_table(result: Ageing) -> Table:
    """One line per age and kind of settings; error in per cent, times in seconds."""
    first = result.rows[0]
    title = f"{result.config.device.name}/{result.config.neuron.scaling}, {first.images} images x {first.samples} "
    title += f"samples, {first.chips} chip(s); ideal software: error {100 * result.ideal.error:.2f} %, "
    title += f"NLL {result.ideal.nll:.4f}"
    left = {gain.age_s: f"{gain.ratio:.2f} (at most {gain.upper:.2f})" for gain in result.gains}
    columns = [
        "age",
        "settings",
        "error %",
        "NLL",
        "excess NLL",
        "95 %",
        "ECE",
        "beta/trained",
        "|c - trained|",
        "left",
    ]
    lines = [
        [
            f"{row.age_s:g} s",
            "calibrated anew" if row.recalibrated else "kept",
            f"{100 * row.error:.2f}",
            f"{row.nll:.4f}",
            f"{row.excess_nll:+.4f}",
            f"{row.excess_nll_low:+.4f} to {row.excess_nll_high:+.4f}",
            f"{row.ece:.4f}",
            f"{row.beta_ratio:.3f}",
            f"{row.c_error:.3f}",
            left.get(row.age_s, "") if row.recalibrated else "",
        ]
        for row in result.rows
    ]
    caption = "c error: mean |c - trained c|; left: excess NLL calibrated anew / kept, and its upper 95 % bound"
    return make_table(title, columns, lines, caption)


def mapping_rows(chip: MappedNetwork) -> list[dict[str, object]]:
    """One entry per layer on arrays: size, tiles, utilisation, and what calibration could and could not reach."""
    result: list[dict[str, object]] = []
    for layer in chip.mapped_layers():
        tiling = layer.arrays["main"].tiling
        arrays = len(layer.arrays)
        calibration = chip.calibration.get(layer.name)
        entry: dict[str, object] = {
            "layer": layer.name,
            "inputs": tiling.inputs,
            "outputs": tiling.outputs,
            "tiles": arrays * tiling.count,
            "grid": f"{len(tiling.row_slices)}x{len(tiling.output_slices)}",
            "utilisation": tiling.utilisation,
            "weights_clipped": layer.arrays["main"].targets.clipped_fraction,
            "write_attempts": layer.arrays["main"].mean_attempts,
            "reader": layer.reads.engine,
        }
        if calibration is not None:
            entry |= {
                "beta_trained": _spread(calibration.trained_beta),
                "beta_recovered": _spread(calibration.recovered_beta),
                "gain": _spread(calibration.gain),
                "normalisation_index": float(np.median(calibration.normalisation_index)),
                "beta_clipped": calibration.clipped_count,
            }
        result.append(entry)
    return result


def mapping_table(chip: MappedNetwork) -> Table:
    """The layers of a programmed chip."""
    columns = [
        "layer", "inputs", "outputs", "tiles", "utilisation", "weights clipped", "writes per cell", "reader",
        "trained beta", "recovered beta", "gain (a or g)", "norm. index", "beta clipped",
    ]  # fmt: skip
    lines = []
    for row in mapping_rows(chip):
        beta = "beta_trained" in row
        lines.append(
            [
                str(row["layer"]),
                str(row["inputs"]),
                str(row["outputs"]),
                f"{row['tiles']} ({row['grid']})",
                f"{100 * _float(row['utilisation']):.0f} %",
                f"{100 * _float(row['weights_clipped']):.2g} %",
                "1" if row["write_attempts"] is None else f"{_float(row['write_attempts']):.2g}",
                str(row["reader"]),
                _range(row.get("beta_trained")),
                _range(row.get("beta_recovered")),
                _range(row.get("gain")),
                f"{_float(row['normalisation_index']):.2f}" if beta else "",
                f"{row['beta_clipped']} of {row['outputs']}" if beta else "",
            ]
        )
    title = f"{chip.config.device.name}, {chip.config.neuron.scaling}, chip {chip.chip}, seed {chip.seed}"
    caption = "ranges are lowest .. median .. highest neuron; beta clipped: out of the circuit's reach"
    return make_table(title, columns, lines, caption)


def training_table(result: TrainingResult) -> Table:
    """One line per run, and mean and spread over runs when there are several; errors in per cent."""
    columns = ["run", "epochs", "best epoch", "validation error %", "test error %, best", "test error %, last"]
    lines = []
    for run in result.runs:
        tests = [_percent(run.test[which]["error"]) if run.test else "" for which in ("best", "last")]
        best = run.best
        lines.append(
            [f"seed {run.seed}", str(len(run.reports)), str(best.epoch), _percent(best.validation_error), *tests]
        )
    spreads = result.as_dict()["over_runs"]
    if len(result.runs) > 1:
        names = ("validation_error", "test_error_best", "test_error_last")
        cells = [_percent_spread(spreads[name]) if name in spreads else "" for name in names]
        lines.append([f"mean of {len(result.runs)} ± sd", "", "", *cells])
    return make_table("training", columns, lines)


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.2f}"


def _percent_spread(spread: dict[str, float]) -> str:
    return f"{100 * spread['mean']:.2f} ± {100 * spread['sd']:.2f}"


def checks_table(results: Sequence[CheckResult]) -> Table:
    """The self-test: what was measured, what is allowed, pass or fail."""
    lines = [[result.name, result.measured, result.allowed, "pass" if result.passed else "FAIL"] for result in results]
    passed = sum(result.passed for result in results)
    return make_table(f"self-test: {passed} of {len(results)} passed", ["check", "measured", "allowed", ""], lines)


def _spread(values: np.ndarray) -> list[float]:
    """[lowest, median, highest]; values may be infinite."""
    return [float(values.min()), float(np.median(values)), float(values.max())]


def _range(values: object) -> str:
    return " .. ".join(f"{value:.3g}" for value in values) if isinstance(values, list) else ""


def _float(value: object) -> float:
    assert isinstance(value, (int, float))
    return float(value)
