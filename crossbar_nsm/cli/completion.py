"""What a shell offers at TAB besides commands and options: configurations, settings, devices, pages. Loads no torch.

`crossbar-nsm --install-completion` teaches the shell to ask (bash, zsh, fish); it then calls this program with
COMPLETE in the environment.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager, redirect_stdout
from glob import escape, glob
from typing import Any, get_args

import typer

COMPLETE = "_CROSSBAR_NSM_COMPLETE"
YAML = (".yaml", ".yml")
SWITCH = ["true", "false"]


def configurations(incomplete: str) -> list[str]:
    """Names of those that come with the package, YAML files and folders."""
    from crossbar_nsm.experiment.config.bundled import bundled_configs

    names = [*bundled_configs(), *(name.rpartition("/")[2] for name in bundled_configs())]
    return [*dict.fromkeys(name for name in names if name.startswith(incomplete)), *files(incomplete)]


def files(incomplete: str) -> list[str]:
    """YAML files and folders."""
    found = sorted(glob(f"{escape(os.path.expanduser(incomplete))}*"))
    folders = [f"{path}/" for path in found if os.path.isdir(path)]
    return [*folders, *(path for path in found if path.endswith(YAML))]


def presets(incomplete: str) -> list[str]:
    """Devices: presets and YAML files."""
    from device_models.catalogue import preset_paths

    return [*(name for name in preset_paths() if name.startswith(incomplete)), *files(incomplete)]


def pages(incomplete: str) -> list[str]:
    """Of the documentation."""
    from crossbar_nsm.cli.pages import doc_pages

    names = [name for page in doc_pages() for name in (page.short_name, page.name)]
    return [name for name in dict.fromkeys(names) if name.startswith(incomplete)]


def settings(ctx: typer.Context, incomplete: str) -> list[str]:
    """Of --set: dotted keys of the configuration that the command reads; behind `=` the values of a key that has few.
    A number is offered with its default, behind which the shell leaves the line open."""
    key, equals, value = incomplete.partition("=")
    model = _model(str(ctx.info_name))
    if equals:
        return [f"{key}={one}" for one in _values(model, key, value)]
    keys = {name: default for name, default in _keys(model) if name.startswith(key)}
    return [text for name, default in keys.items() for text in (f"{name}=", *default)]


@contextmanager
def words_of_bash(environment: MutableMapping[str, str]) -> Iterator[None]:
    """bash takes `a=b` for three words: within it they are one again, and of what is printed to complete it that part
    is left out which bash has already."""
    if environment.get(COMPLETE) != "complete_bash":
        yield
        return
    printed, known = io.StringIO(), _join_at_equals(environment)
    try:
        with redirect_stdout(printed):
            yield
    finally:
        for line in printed.getvalue().splitlines():
            print(line.removeprefix(known))


def _join_at_equals(environment: MutableMapping[str, str]) -> str:
    """The beginning of the word to complete, up to its last `=`."""
    words, at = environment.get("COMP_WORDS", "").split("\n"), int(environment.get("COMP_CWORD", "0"))
    joined: list[str] = []
    for number, word in enumerate(words):
        if joined and "=" in (word, words[number - 1]):
            joined[-1] += word
        else:
            joined.append(word)
        if number == at:
            environment["COMP_CWORD"] = str(len(joined) - 1)
    environment["COMP_WORDS"] = "\n".join(joined)
    before, equals, _ = joined[int(environment["COMP_CWORD"])].rpartition("=") if at < len(words) else ("", "", "")
    return before + equals


def _model(command: str) -> Any:
    if command == "train":
        from crossbar_nsm.experiment.config.training import TrainConfig

        return TrainConfig
    if command == "show":  # of a device, whose keys --set has
        from device_models.device import Device

        return Device
    from crossbar_nsm.experiment.config.evaluation import ExperimentConfig

    return ExperimentConfig


def _keys(model: Any, prefix: str = "") -> Iterator[tuple[str, list[str]]]:
    """Every dotted key that holds a value, and the same with its default where that is a number."""
    from device_models.schema import sections_in

    for name, entry in model.model_fields.items():
        sections = sections_in(entry.annotation)
        if not sections or name == "device":
            number = isinstance(entry.default, (int, float)) and not isinstance(entry.default, bool)
            yield prefix + name, [f"{prefix}{name}={entry.default}"] if number else []
        for section in sections:
            yield from _keys(section, f"{prefix}{name}.")


def _values(model: Any, key: str, value: str) -> list[str]:
    """Of a key that has few, or names something."""
    if key.rpartition(".")[2] == "device":
        return presets(value)
    if key == "dataset.name":
        from crossbar_nsm.datasets.catalogue import NAMES

        return list(NAMES)
    if key == "checkpoint":
        from crossbar_nsm.nsm.bundled import bundled_checkpoints

        return list(bundled_checkpoints())
    if key == "neuron.scaling":
        from crossbar_nsm.neuron.scalings import scalings

        return list(scalings())
    annotation = _annotation(model, key.split("."))
    if annotation is bool or bool in get_args(annotation):
        return SWITCH
    return list(_literals(annotation))


def _annotation(model: Any, path: list[str]) -> Any:
    from device_models.schema import sections_in

    fields = model.model_fields
    if path[0] not in fields:
        return None
    if len(path) == 1:
        return fields[path[0]].annotation
    inside = (_annotation(section, path[1:]) for section in sections_in(fields[path[0]].annotation))
    return next((found for found in inside if found is not None), None)


def _literals(annotation: Any) -> Iterator[str]:
    """Texts of every Literal in an annotation."""
    for argument in get_args(annotation):
        if isinstance(argument, str):
            yield argument
        else:
            yield from _literals(argument)
