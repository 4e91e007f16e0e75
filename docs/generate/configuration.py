"""Keys of an experiment configuration."""

from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.sweep_range import Range
from docs.generate import counts_with
from docs.generate.keys import Key, capital, entry, keys_of, with_inner
from docs.generate.markdown import code, page, paragraph, prose

FIRST = """
A configuration is a YAML file, or a mapping in Python. It says which network is put on which hardware, and on which
images it is evaluated. Only `device` must be given; every other key has a default. `--set KEY=VALUE` overrides a dotted
key of this page, and [`sweep`](#sweep) gives several values to any of them.

`crossbar-nsm configs mnist_mlp_rram` prints a configuration to begin with, `crossbar-nsm validate FILE` finds every
mistake in one, and `crossbar-nsm schema` prints this page as a JSON Schema, with which editors complete and check YAML.
Numbers are in the unit that the name of a key ends in (`_s` is seconds, of conductances siemens), without the unit.
A word such as `null` stands for "not given".

*Counts with* names the choice that a key belongs to: with any other it has no effect, and a command says so.
*Drawn* says when a random effect is drawn. The keys of devices are on a [page of their own](devices.md), those of
[training and reproduction](training_configuration.md) on another.
"""
RANGE = """
### A range of values

In `sweep` a key has a list of values, or a range:
"""


def configuration() -> str:
    keys = keys_of(ExperimentConfig)
    alone = [key for key in keys if not _is_section(key)]
    sections = [key for key in keys if _is_section(key)]
    known = counts_with.stored()
    parts = [FIRST, "## Device and network", *(_entry(key, known) for key in alone if key.dotted != "sweep")]
    for section in sections:
        (model,) = section.sections
        parts += [f"## {section.dotted}", prose(model.__doc__)]
        parts += [_entry(key, known) for key in with_inner(model, f"{section.dotted}.")]
    parts += [
        "## sweep",
        paragraph(capital(next(key.text for key in keys if key.dotted == "sweep"))),
        RANGE.strip("\n"),
    ]
    return page("Keys of a configuration", *parts, *(entry(key, 4) for key in keys_of(Range)))


def _is_section(key: Key) -> bool:
    return bool(key.sections) and key.dotted not in ("device", "layers")


def _entry(key: Key, known: dict[str, dict[str, list[str]]]) -> str:
    if key.dotted == "device":
        return entry(key) + "\n- Keys: those of [devices](devices.md), such as `device.read_noise.relative_sd`"
    if key.dotted == "layers":
        return entry(key) + "\n- Example: `layers: {fc3: {device: pcm_joshi2020}}`"
    words = [
        f"{code(switch)}: {' or '.join(map(code, choices))}" for switch, choices in known.get(key.dotted, {}).items()
    ]
    return entry(key, 3, " or ".join(words))
