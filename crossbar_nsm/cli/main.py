"""`crossbar-nsm`: one function per command. Heavy packages are imported inside the commands that need them.

Exit codes: 0 ok, 1 a check failed, 2 bad input (one line per mistake on standard error).
"""

from __future__ import annotations

import json
import sys
import warnings
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from device_models.errors import ConfigError, CrossbarError

if TYPE_CHECKING:
    from crossbar_nsm.nsm.architecture import Placement
    from crossbar_nsm.nsm.network import Network

app = typer.Typer(
    help="Neural Sampling Machines on simulated memory arrays: the cells' noise is the network's noise.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

ConfigPath = Annotated[Path, typer.Argument(help="YAML configuration", metavar="CONFIG")]
Overrides = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="override a dotted key; repeatable")
]
Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="data folder (default: CROSSBAR_NSM_DATA)")]
Json = Annotated[bool, typer.Option("--json", help="print JSON instead of a table")]


class Noise(StrEnum):
    bernoulli = "bernoulli"
    gaussian = "gaussian"


class BiasConvention(StrEnum):
    code = "code"
    paper = "paper"


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="folder for the figures")] = Path("out/demo"),
    overrides: Overrides = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Run the bundled network in ideal software and on simulated RRAM; print one table, save three figures."""
    from crossbar_nsm.cli.progress import progress_bars
    from crossbar_nsm.report.demo import run_demo
    from crossbar_nsm.report.tables import comparison_table, print_table

    with progress_bars(as_json) as bars:
        result = run_demo(out, *_overrides(overrides, data), progress=bars)
    if as_json:
        figures = [str(path) for path in result.figures]
        _print_json(result.comparison.as_dict() | {"why": result.why, "figures": figures})
        return
    print_table(comparison_table(result.comparison.rows))
    print(result.why)
    print("Figures:", ", ".join(str(path) for path in result.figures if path.suffix == ".png"), "(and .pdf)")


@app.command()
def train(config: ConfigPath, overrides: Overrides = None, data: Data = None, as_json: Json = False) -> None:
    """Train a network, once or with several seeds; a run that was stopped goes on where it was."""
    from crossbar_nsm.cli.progress import Bar, progress_bars
    from crossbar_nsm.experiment.config import load_train_config
    from crossbar_nsm.experiment.train import train as run_training
    from crossbar_nsm.nsm.training import EpochReport
    from crossbar_nsm.report.learning import save_learning_curves
    from crossbar_nsm.report.tables import print_table, training_table

    settings = load_train_config(config, *_overrides(overrides, data))

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
        print(f"stopped; the same command goes on from the last epoch saved in {settings.output}", file=sys.stderr)
        raise typer.Exit(130) from None
    figures = save_learning_curves(result, Path(settings.output))
    if as_json:
        _print_json(result.as_dict() | {"figures": [str(path) for path in figures]})
        return
    print_table(training_table(result))
    print(f"checkpoint of the best epoch: {result.checkpoint}")
    print(f"learning curves: {figures[0]}")


@app.command("map")
def map_command(
    config: ConfigPath,
    overrides: Overrides = None,
    data: Data = None,
    out: Annotated[Path | None, typer.Option(help="also save the programmed chip (.safetensors)")] = None,
    as_json: Json = False,
) -> None:
    """Program one chip and show layers, tiles, utilisation, recovered beta and clipping."""
    from crossbar_nsm.experiment.config import load_config
    from crossbar_nsm.experiment.evaluate import map_network
    from crossbar_nsm.nsm.checkpoint import load_checkpoint
    from crossbar_nsm.report.tables import mapping_rows, mapping_table, print_table

    settings = load_config(config, *_overrides(overrides, data))
    chip = map_network(load_checkpoint(settings.checkpoint), settings)
    if out is not None:
        chip.save(out)
    if as_json:
        _print_json({"config": settings.model_dump(mode="json"), "layers": mapping_rows(chip)})
    else:
        print_table(mapping_table(chip))


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="plain state_dict of the authors' published code", metavar="FILE")],
    out: Annotated[Path, typer.Option(metavar="NET.safetensors", help="checkpoint to write")],
    noise: Annotated[Noise, typer.Option(help="law of the noise it was trained with")],
    bias_convention: Annotated[BiasConvention, typer.Option(help="how the stored bias enters erf")],
    keep_probability: Annotated[
        float, typer.Option(help="of bernoulli noise; with gaussian noise, p of the code's bias constant")
    ] = 0.5,
    sigma: Annotated[float, typer.Option(help="standard deviation of gaussian noise")] = 1.0,
    conv_keep_probability: Annotated[
        float | None, typer.Option(help="p of convolutions, where it is not --keep-probability")
    ] = None,
    network: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.yaml", help="layers and image, where shapes do not tell how convolutions are pooled"
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Convert a network trained by the authors' published code into a checkpoint."""
    from crossbar_nsm.nsm.checkpoint import save_checkpoint
    from crossbar_nsm.nsm.noise import BernoulliNoise, GaussianNoise
    from crossbar_nsm.nsm.published import import_published
    from device_models.document import Document
    from device_models.schema import validate as checked

    def options(**values: float) -> Document:
        return Document(dict(values), {(name,): "--" + name.replace("_", "-") for name in values})

    if out.exists() and file.exists() and out.samefile(file):
        raise ConfigError(f"--out {out}: is the file to import; give the checkpoint another name")
    bernoulli = checked(BernoulliNoise, options(keep_probability=keep_probability))
    gaussian = checked(GaussianNoise, options(sigma=sigma))
    if conv_keep_probability is not None:
        given = {"keep_probability": conv_keep_probability}
        checked(BernoulliNoise, Document(given, {("keep_probability",): "--conv-keep-probability"}))
    law = bernoulli if noise is Noise.bernoulli else gaussian
    net = import_published(file, law, bias_convention.value, keep_probability, network, conv_keep_probability)
    checkpoint = save_checkpoint(net, out)
    layers = [_layer_summary(net, place) for place in net.architecture.placements()]
    pooling = net.facts.get("pooling")
    if as_json:
        summary = {"checkpoint": str(checkpoint), "network": str(net.architecture), "layers": layers}
        _print_json(summary | ({} if pooling is None else {"pooling": pooling}))
        return
    print(f"network: {net.architecture}")
    if pooling == "inferred":
        print("image size and pools are inferred from shapes: stride 1, no padding, max-pooling; if not so: --network")
    print("layers (beta: lowest / median / highest)")
    for layer in layers:
        print(_layer_line(layer))
    print(f"checkpoint: {checkpoint}")


@app.command()
def run(config: ConfigPath, overrides: Overrides = None, data: Data = None, as_json: Json = False) -> None:
    """Evaluate the hardware alone."""
    from crossbar_nsm.cli.progress import progress_bars
    from crossbar_nsm.experiment.compare import run as run_hardware

    with progress_bars(as_json) as bars:
        result = run_hardware(config, *_overrides(overrides, data), progress=bars)
    _print_comparison(result, as_json)


@app.command()
def compare(
    config: ConfigPath,
    overrides: Overrides = None,
    data: Data = None,
    ideal_only: Annotated[bool, typer.Option("--ideal-only", help="leave the hardware out")] = False,
    as_json: Json = False,
) -> None:
    """Evaluate hardware beside ideal software on the same images; a `sweep` block gives one row per setting."""
    from crossbar_nsm.cli.progress import progress_bars
    from crossbar_nsm.experiment.compare import compare as run_comparison

    with progress_bars(as_json) as bars:
        result = run_comparison(config, *_overrides(overrides, data), ideal_only=ideal_only, progress=bars)
    _print_comparison(result, as_json)


@app.command()
def reproduce(
    study: Annotated[
        str,
        typer.Argument(
            help="table1 to table4, fig2, fig4 to fig8, robustness, noise_place, rotated_digits, or all of MNIST"
        ),
    ],
    config: Annotated[
        str | None, typer.Option(help="YAML, or a packaged one by name (mlp, cnn, ...), in place of the study's own")
    ] = None,
    out: Annotated[Path, typer.Option(help="folder for tables, figures and trained networks")] = Path("out/paper"),
    overrides: Overrides = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Train or reuse the paper's networks; write one of its tables or figures, with numbers."""
    from dataclasses import asdict

    from crossbar_nsm.cli.progress import progress_bars
    from crossbar_nsm.report.tables import make_table, print_table
    from crossbar_nsm.reproduce.catalogue import ON_MNIST
    from crossbar_nsm.reproduce.catalogue import reproduce as run_study

    if study == "all" and config is not None:
        raise ConfigError("all: runs every study of MNIST with its own configuration; leave --config out")
    results: dict[str, Any] = {}
    for name in ON_MNIST if study == "all" else [study]:
        with progress_bars(as_json) as bars:
            result, figures = run_study(name, config, *_overrides(overrides, data), out=out, progress=bars)
        results[name] = asdict(result) | {"figures": [str(path) for path in figures]}
        if not as_json:
            lines = [["" if value is None else str(value) for value in row] for row in result.rows]
            print_table(make_table(result.title, result.columns, lines))
            print(result.says)
            print(f"Table: {out / name}.md, figure: {figures[0]}\n")
    if as_json:
        _print_json(results if study == "all" else results[study])


@app.command()
def validate(config: ConfigPath, overrides: Overrides = None, data: Data = None, as_json: Json = False) -> None:
    """List every mistake of a configuration at once, with file and line."""
    from crossbar_nsm.experiment.config import check_file
    from crossbar_nsm.reproduce.config import check_reproduction, is_reproduction

    check_any = check_reproduction if is_reproduction(config) else check_file
    mistakes = check_any(config, _overrides(overrides, data))
    if as_json:
        _print_json({"mistakes": mistakes})
    elif not mistakes:
        print(f"{config}: ok")
    if mistakes:
        for line in [] if as_json else mistakes:
            print(f"error: {line}", file=sys.stderr)
        raise typer.Exit(2)


@app.command()
def check(as_json: Json = False) -> None:
    """Self-test: ideal = software, currents by hand, noise statistics, reproducibility. Exit 1 if anything fails."""
    from crossbar_nsm.cli.progress import progress_bars
    from crossbar_nsm.experiment.check import run_checks
    from crossbar_nsm.report.tables import checks_table, print_table

    with progress_bars(as_json) as bars:
        results = run_checks(bars("checks"))
    if as_json:
        _print_json([vars(result) for result in results])
    else:
        print_table(checks_table(results))
    if not all(result.passed for result in results):
        raise typer.Exit(1)


@app.command()
def devices(as_json: Json = False) -> None:
    """List the bundled device presets."""
    from crossbar_nsm.report.tables import devices_table, print_table
    from device_models import load_device, preset_paths

    presets = [load_device(name) for name in preset_paths()]
    if as_json:
        _print_json([device.model_dump(mode="json") | {"scopes": device.scopes} for device in presets])
    else:
        print_table(devices_table(presets))


@app.command()
def schema(
    training: Annotated[bool, typer.Option("--training", help="of a training run")] = False,
    reproduction: Annotated[bool, typer.Option("--reproduction", help="of a reproduction")] = False,
    _json: Annotated[bool, typer.Option("--json", help="JSON is all there is")] = False,
) -> None:
    """Print the JSON Schema of a configuration."""
    from crossbar_nsm.experiment.config import ExperimentConfig, TrainConfig
    from crossbar_nsm.reproduce.config import ReproduceConfig

    model = ReproduceConfig if reproduction else TrainConfig if training else ExperimentConfig
    _print_json(model.model_json_schema())


def main() -> None:
    """Entry point: a user's mistake ends in one line per mistake and exit code 2."""
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _print_warning
            app()
    except CrossbarError as error:
        for line in str(error).splitlines():
            print(f"error: {line}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:  # what commands write to files is guarded where it is written
        print(f"error: standard output: {error.strerror or error}", file=sys.stderr)
        sys.exit(2)


def _print_warning(message: Warning | str, *_where: Any, **_more: Any) -> None:
    """One line without file and line number: those of this program help nobody."""
    print(f"warning: {message}", file=sys.stderr)


def _overrides(overrides: list[str] | None, data: Path | None) -> list[str]:
    """--data is short for --set dataset.root=DIR."""
    return [*(overrides or []), *([f"dataset.root={json.dumps(str(data))}"] if data else [])]


def _layer_summary(net: Network, place: Placement) -> dict[str, Any]:
    """What a layer is, as in the YAML, with the shape of its states and [lowest, median, highest] beta (null in layers
    without). inputs and outputs of convolutions and pools: channels."""
    import numpy as np

    from crossbar_nsm.nsm.architecture import PoolSpec

    summary: dict[str, Any] = place.spec.model_dump(mode="json")
    if isinstance(place.spec, PoolSpec):
        summary |= {"inputs": place.inputs[0], "outputs": place.outputs[0]}
    if len(place.outputs) > 1:
        summary["shape"] = list(place.outputs)
    if "beta" in summary:
        summary["beta_per"] = summary["beta"]
    layer = dict(net.named_nsm_layers()).get(place.spec.name)
    summary["beta"] = None if layer is None else np.quantile(layer.beta.detach().numpy(), [0, 0.5, 1]).tolist()
    return summary


def _layer_line(layer: dict[str, Any]) -> str:
    """One line for a layer of `_layer_summary`."""
    kind, per, window = layer["type"], "", layer.get("kernel") or layer.get("size")
    parts = [f"{layer['inputs']} -> {layer['outputs']}"]
    if window:
        shape = "x".join(map(str, layer["shape"]))
        parts = [f"{layer['inputs']} channels -> {shape}", f"{kind.replace('_', '-')} {window}x{window}"]
        usual = {"stride": (None, 1 if kind == "conv" else window), "padding": (None, 0)}
        parts += [f"{key} {layer[key]}" for key, values in usual.items() if layer.get(key) not in values]
        per = f" per {layer['beta_per']}" if "beta_per" in layer else ""
    if layer["beta"] is not None:
        parts.append("beta{} {:.3g} / {:.3g} / {:.3g}".format(per, *layer["beta"]))
    elif kind == "linear":
        parts.append(kind)
    return f"{layer['name']}: {', '.join(parts)}"


def _print_comparison(result: Any, as_json: bool) -> None:
    from crossbar_nsm.report.tables import comparison_table, print_table

    if as_json:
        _print_json(result.as_dict())
    else:
        print_table(comparison_table(result.rows))


def _print_json(value: Any) -> None:
    print(json.dumps(_json_safe(value), indent=2, allow_nan=False))


def _json_safe(value: Any) -> Any:
    """Infinite numbers (beta of a noiseless device) become text, which JSON can hold."""
    if isinstance(value, dict):
        return {key: _json_safe(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json_safe(entry) for entry in value]
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return "inf" if value > 0 else "-inf"
    return value
