"""Every key of a section, with what may stand there: what pages of configurations are made of."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from device_models.files.key_texts import key_texts
from device_models.laws import Law
from device_models.schema import sections_in
from device_models.scope import Scope
from docs.generate.markdown import code, in_words, inline, paragraph, prose, table

SYMBOLS = ("sd", "nu", "c")
SHORT = 60  # characters of a default that is shown whole
DRAWN = {
    Scope.CHIP: "once for a cell, converter or comparator, for life (scope `chip`)",
    Scope.PROGRAMMING: "at every programming (scope `programming`)",
    Scope.TIME: "a state that moves from read to read (scope `time`)",
    Scope.READ: "anew in every read (scope `read`)",
}


@dataclass(frozen=True)
class Key:
    """A key with its place. sections: what may stand there, more than one where a key of theirs says which."""

    dotted: str
    text: str
    schema: dict[str, Any]
    definitions: dict[str, Any]
    scope: Scope | None
    sections: list[type[BaseModel]]
    required: bool

    @property
    def allowed(self) -> str:
        return allowed(self.schema, self.definitions)

    @property
    def default(self) -> str:
        """As it is written in YAML."""
        written = json.dumps(self.schema.get("default"), ensure_ascii=False)
        return "that of every key of it" if self.sections and len(written) > SHORT else code(written)


def keys_of(section: type[BaseModel], prefix: str = "") -> list[Key]:
    """The keys of a section, in its order."""
    whole = section.model_json_schema()
    definitions = whole.get("$defs", {})
    own = definitions[section.__name__] if "$ref" in whole else whole
    texts = key_texts(section)
    return [
        Key(
            f"{prefix}{name}",
            texts[name],
            own["properties"][name],
            definitions,
            next((one for one in field.metadata if isinstance(one, Scope)), None),
            sections_in(field.annotation),
            field.is_required(),
        )
        for name, field in section.model_fields.items()
    ]


def allowed(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    """What a JSON schema takes, in words."""
    if "$ref" in schema or "discriminator" in schema:
        return "a section"
    if "anyOf" in schema or "oneOf" in schema:
        choices = [allowed(one, definitions) for one in schema.get("anyOf", schema.get("oneOf"))]
        return in_words(list(dict.fromkeys(choices)))
    if "enum" in schema or "const" in schema:
        return in_words([code(value) for value in schema.get("enum", [schema.get("const")])])
    kind = schema.get("type")
    if kind in ("integer", "number"):
        return f"{'whole number' if kind == 'integer' else 'number'}{_range(schema)}"
    if kind == "array" and "prefixItems" in schema:
        return f"list of {len(schema['prefixItems'])}: {allowed(schema['prefixItems'][0], definitions)} each"
    if kind == "array":
        inside = allowed(schema["items"], definitions) if schema.get("items") else ""
        of_lists = schema.get("items", {}).get("type") == "array"
        return f"list of {inside}" if of_lists else f"list, {inside} each" if inside else "list"
    words = {"null": "`null`", "boolean": "`true` or `false`", "string": "text", "object": "mapping"}
    return words.get(str(kind), "any value")


def _range(schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    start = f" from {low:g}" if low is not None else f" above {above:g}" if above is not None else ""
    if high is not None and not start:
        start = f" from {_size(-high)}"  # of either sign
    end = f" to {_size(high)}" if high is not None else f"{',' if start else ''} below {_size(below)}" if below else ""
    return start + end + (f", a multiple of {schema['multipleOf']}" if "multipleOf" in schema else "")


def _size(number: float) -> str:
    return "2^63" if number == 2**63 else f"{number:g}".replace("e+0", "e").replace("e+", "e")


def entry(key: Key, level: int = 3, counts_with: str = "") -> str:
    """A key under a heading of its own: what it is, what may stand there, and when its effect is drawn."""
    facts = [f"- Allowed: {key.allowed}", "- Must be given" if key.required else f"- Default: {key.default}"]
    if key.scope is not None:
        facts.append(f"- Drawn: {DRAWN[key.scope]}")
    if counts_with:
        facts.append(f"- Counts with: {counts_with}")
    return "\n\n".join([f"{'#' * level} {code(key.dotted)}", paragraph(capital(key.text)), "\n".join(facts)])


def capital(text: str) -> str:
    """A text of a key as a sentence."""
    first = text.split()[0].strip(",:")
    whole = text if first in SYMBOLS or not first.isalpha() else text[:1].upper() + text[1:]
    return whole if whole.endswith((".", ":")) else f"{whole}."


def with_inner(section: type[BaseModel], prefix: str) -> Iterator[Key]:
    """The keys of a section and of those inside it, as long as there is no choice of sections."""
    for key in keys_of(section, prefix):
        yield key
        single = len(key.sections) == 1 and not issubclass(key.sections[0], Law)
        if single and key.schema.get("type") not in ("object", "array"):
            yield from with_inner(key.sections[0], f"{key.dotted}.")


def kinds(key: Key, level: int = 4) -> str:
    """A key whose section may be one of several: a table for each."""
    return "\n\n".join(_kind(section, level) for section in key.sections)


def _kind(section: type[BaseModel], level: int) -> str:
    keys = keys_of(section)
    first = keys[0].schema
    names = first.get("enum", [first.get("const", first.get("default"))])
    title = f"{'#' * level} {keys[0].dotted}: {in_words([code(name) for name in names])}"
    lines = [[code(key.dotted), inline(capital(key.text)), f"{key.allowed}; default: {key.default}"
              if not key.required else f"{key.allowed}; must be given"] for key in keys[1:]]  # fmt: skip
    return "\n\n".join(part for part in (title, prose(section.__doc__), table(["key", "", "allowed"], lines)) if part)
