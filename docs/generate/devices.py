"""Keys of a device, part by part, with the laws that the parts follow."""

import sys

from crossbar_nsm.array.config import ArrayConfig
from crossbar_nsm.neuron.config import NeuronConfig
from device_models import Device
from device_models.laws import DriftLaw, ProgrammingLaw, ReadNoiseLaw, ResistanceStepLaw, registered
from device_models.scope import Scope
from docs.generate.keys import DRAWN, capital, entry, keys_of, with_inner
from docs.generate.markdown import code, inline, page, paragraph, prose, table

FIRST = """
A device describes one kind of memory cell: the conductances that it is used at, and its parts, each a physical
process. It is a YAML file of these keys, a mapping in a configuration (where `device.` stands in front of them), or the
name of a [preset](presets.md), of which a mapping may change some:

```yaml
device: {preset: rram_wan2022, read_noise: {relative_sd: 0.05}}
```

A part that is left out, or `null`, is not there. How to make one: [describe a
device](../how_to/describe_a_device.md); from measurements: [fit measurements](../how_to/fit_measurements.md).

*Drawn* says when a random effect is drawn: for the life of a cell (scope `chip`), at every programming (`programming`),
as a state that moves in time (`time`), or in every read (`read`). The symbols are those of [physics](../physics.md).
"""
LAWS = """
A key `law` takes a law by its name, with its parameters. Others are registered in Python: [write a
law](../how_to/write_a_law.md).

```yaml
device: {preset: rram_wan2022, read_noise: {law: {name: power_law, relative_sd_at_g_max: 0.02, exponent: -0.5}}}
```
"""
RANDOM = """
Every key that sets the size of a random effect, of devices, arrays and neurons. A comparator's noise
(`neuron.comparator.noise_sd_a`) is drawn for every decision.
"""
KINDS = (ReadNoiseLaw, ProgrammingLaw, DriftLaw, ResistanceStepLaw)


def devices() -> str:
    """In the order in which parts act on a cell."""
    keys = {key.dotted: key for key in keys_of(Device)}
    parts = [FIRST, "## Name and temperature", *(entry(key) for key in keys.values() if not key.sections)]
    parts += [_section("conductance", keys["conductance"].sections[0])]
    parts += [_section(name, kind) for name, kind in Device.part_kinds().items()]
    parts += [
        "## sources",
        entry(keys["sources"]),
        *(entry(key, 4) for key in keys_of(keys["sources"].sections[0], "sources.KEY.")),
    ]
    parts += ["## Laws by name", LAWS, *map(_laws, KINDS)]
    return page("Keys of a device", *parts, "## Random effects by scope", RANDOM, *map(_drawn, Scope))


def _section(name: str, kind: type) -> str:
    text = sys.modules[kind.__module__].__doc__
    return "\n\n".join([f"## {name}", prose(text), *map(entry, with_inner(kind, f"{name}."))])


def _drawn(scope: Scope) -> str:
    """The keys of a scope, dotted as in a configuration."""
    of_device = [key for name, kind in Device.part_kinds().items() for key in with_inner(kind, f"device.{name}.")]
    of_circuit = [
        key for name, kind in (("array", ArrayConfig), ("neuron", NeuronConfig)) for key in with_inner(kind, f"{name}.")
    ]
    keys = {key.dotted: key for key in (*of_device, *of_circuit) if key.scope is scope}
    title = capital(DRAWN[scope])
    return "\n\n".join(
        [title, "\n".join(f"- {paragraph(f'{code(name)}: {key.text}', 2)}" for name, key in keys.items())]
    )


def _laws(kind: type) -> str:
    """A kind of law, and those of it that come with the package."""
    parts = [f"### Laws of {kind.kind.replace('_', ' ')}: {code(kind.__name__)}", prose(kind.__doc__)]
    for name, law in registered(kind.kind).items():
        if not law.__module__.startswith("device_models."):
            continue
        lines = [[code(key.dotted), inline(key.text), key.allowed] for key in keys_of(law) if key.dotted != "name"]
        parts += [f"{code(name)}: {prose(law.__doc__)}", table(["parameter", "", "allowed"], lines)]
    return "\n\n".join(parts)
