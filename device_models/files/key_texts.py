"""The text below each key of a section in its source: what editors and the pages of the reference say of the key.

It is read when somebody asks for it, not whenever a section is loaded (pydantic's `use_attribute_docstrings`), which
would make every command wait.
"""

from __future__ import annotations

import ast
import inspect
import sys
from functools import cache

from pydantic import BaseModel


@cache
def key_texts(section: type[BaseModel]) -> dict[str, str]:
    """Texts by key, those of its bases included, each in one line; a class without source (of an interpreter) has
    none."""
    kinds = [kind for kind in reversed(section.__mro__) if issubclass(kind, BaseModel) and kind is not BaseModel]
    return {key: text for kind in kinds for key, text in _own(kind)}


def _own(section: type[BaseModel]) -> list[tuple[str, str]]:
    node = _classes(section.__module__).get(section.__name__)
    pairs = [] if node is None else zip(node.body, node.body[1:], strict=False)
    return [
        (key.target.id, " ".join(below.value.value.split()))
        for key, below in pairs
        if isinstance(key, ast.AnnAssign)
        and isinstance(key.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    ]


@cache
def _classes(module: str) -> dict[str, ast.ClassDef]:
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (KeyError, OSError, TypeError):
        return {}
    return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
