"""Every preset with its numbers, as `crossbar-nsm devices show` prints them."""

from rich.table import Table

from crossbar_nsm.report.exports import markdown_text
from crossbar_nsm.report.tables.devices import derived_table, number_rows, numbers_table
from device_models import Device, load_device, preset_paths
from device_models.family import FAMILIES
from device_models.references import of_device
from docs.generate.markdown import code, in_words, page, paragraph

FIRST = """
The devices that come with the package: `device: NAME` in a configuration, `load_device("NAME")` in Python. Each is a
YAML file in `device_models/presets`, whose [keys](devices.md) have a page of their own. `crossbar-nsm devices` prints
them in one table, `crossbar-nsm devices show NAME --plot` draws one, and `crossbar-nsm cite` prints what to cite.

Every number has a unit, a source and a provenance. `measured_fit`: the source, or a public fit to its data, gives it;
`derived`: computed from such numbers; `illustrative`: commonly quoted or chosen; `definition`: needs no source. A
number that you override loses its source and is `user`.
"""
WITHOUT_UNIT = (None, "count", "1")


def presets() -> str:
    devices = [load_device(name) for name in preset_paths()]
    families = sorted(dict.fromkeys(device.family for device in devices), key=lambda name: (name not in FAMILIES, name))
    lists = [_linked(family, [one.name for one in devices if one.family == family]) for family in families]
    return page("Device presets", FIRST, "\n".join(lists), *map(_preset, devices))


def _linked(family: str, names: list[str]) -> str:
    return f"- {family}:\n" + ",\n".join(f"  [{code(name)}](#{name})" for name in names)


def _preset(device: Device) -> str:
    rows, (_, sources) = number_rows(device), numbers_table(device)
    lines = []
    for row in rows:
        source = None if row["source"] is None else (row["provenance"], row["source"])
        number = "" if source is None else f" [{sources.index(source) + 1}]"
        unit = "" if row["unit"] in WITHOUT_UNIT else f" {row['unit']}"
        where = f", {row['provenance']}{number}" if row["provenance"] else ""
        lines.append(f"- {code(row['key'])}: {_value(row['value'])}{unit}{where}")
    listed = "\n".join(
        f"{number}. {paragraph(f'{text} ({kind})', 4)}" for number, (kind, text) in enumerate(sources, start=1)
    )
    random = [f"- {effect}: {scope}" for effect, scope in device.scopes.items()]
    cited = in_words([_reference(one) for one in of_device(device)], "and") if of_device(device) else ""
    parts = [
        f"## {device.name}",
        paragraph(f"{device.family}: {device.description}."),
        "\n".join(lines),
        f"Sources of {device.name}:\n\n{listed}" if listed else "",
        "Random effects, and when they are drawn:\n\n" + "\n".join(random) if random else "No random effect.",
        _table(derived_table(device)),
        paragraph(f"To cite: {cited}.") if cited else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _table(made: Table) -> str:
    """A table as commands print it, without its title."""
    made.title = None
    return markdown_text(made).strip()


def _value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _reference(reference: object) -> str:
    doi = getattr(reference, "doi", None)
    return f"[{reference.key}](https://doi.org/{doi})" if doi else reference.key  # type: ignore[attr-defined]
