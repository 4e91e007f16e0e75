"""Laws chosen by name: `law: {name: power_law, ...}` in YAML; users add their own.

A law is a few lines: a subclass of one of the kinds (`ReadNoiseLaw`, `ProgrammingLaw`, `DriftLaw`, `ResistanceStepLaw`)
whose fields are its parameters and whose one method is its formula, registered under a name:

    @register("shot_like")
    class ShotLike(ReadNoiseLaw):
        relative_sd_at_g_max: NonNegative
        def sd_s(self, g_s, conductance):
            return self.relative_sd_at_g_max * np.sqrt(g_s * conductance.g_max_s)

    load_device({"preset": "rram_wan2022", "read_noise": {"law": {"name": "shot_like", "relative_sd_at_g_max": 0.02}}})
"""

from __future__ import annotations

import difflib
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
from pydantic import ValidationError

from device_models.errors import ConfigError, explained_by, quoted
from device_models.files.document import Document
from device_models.files.home import at_home
from device_models.registry import MODULE_OF_FILE, Contents, contents, restore
from device_models.schema import Schema, mistakes

if TYPE_CHECKING:
    from device_models.parts.conductance import ConductanceRange


class Law(Schema):
    """Base of the kinds. `references`: keys of `device_models/references.bib`, or whole BibTeX entries."""

    kind: ClassVar[str] = ""
    references: ClassVar[tuple[str, ...]] = ()
    name: str
    """under which the law is registered"""

    @property
    def covers_s(self) -> tuple[float, float] | None:
        """Lowest and highest conductance [S] for which the law holds (None: for all); a device whose range goes
        beyond is refused."""
        return None


class ReadNoiseLaw(Law):
    """sd of the fresh noise of one read."""

    kind: ClassVar[str] = "read_noise"

    def sd_s(self, g_s: np.ndarray, conductance: ConductanceRange) -> np.ndarray:
        """sd [S] of cells at conductance `g_s` [S]; same shape."""
        raise NotImplementedError


class ProgrammingLaw(Law):
    """The programming error: its sd, where it is normal around the target, or in place of that the conductance itself
    (one of the two methods)."""

    kind: ClassVar[str] = "programming"

    def error_sd_s(self, target_s: np.ndarray, conductance: ConductanceRange) -> np.ndarray:
        """sd [S] of the programmed conductance at `target_s` [S]; same shape."""
        raise NotImplementedError

    def conductance_s(self, target_s: np.ndarray, normals: np.ndarray, conductance: ConductanceRange) -> np.ndarray:
        """Conductance [S] of cells written towards `target_s` [S]; `normals`: a standard normal z of each cell, with
        which it must not fall: Q(Phi(z)) for the law with the quantile function Q. Clipped at 0."""
        return target_s + self.error_sd_s(target_s, conductance) * normals

    @property
    def normal(self) -> bool:
        """Whether the law is that of `error_sd_s`."""
        return type(self).conductance_s is ProgrammingLaw.conductance_s


class DriftLaw(Law):
    """Conductance at a time after programming."""

    kind: ClassVar[str] = "drift"

    def conductance_s(
        self, g_s: np.ndarray, age_s: float, normals: np.ndarray, conductance: ConductanceRange
    ) -> np.ndarray:
        """Conductance [S] `age_s` after programming to `g_s` [S]; `normals`: a standard normal of each cell, for
        life."""
        raise NotImplementedError


class ResistanceStepLaw(Law):
    """Median relative resistance step of telegraph noise."""

    kind: ClassVar[str] = "resistance_step"

    def relative_step(self, resistance_ohm: np.ndarray) -> np.ndarray:
        """dR/R of a trap in cells of `resistance_ohm`; not negative."""
        raise NotImplementedError


def evaluate(formula: Callable[..., np.ndarray], cells: np.ndarray, *arguments: Any) -> np.ndarray:
    """formula(cells, *arguments) of a law, checked: one number for each cell, finite and not negative (below 0, the
    result of a drift law is clipped; a programmed conductance is left to who asks for it).

    `formula` is a method of the law; raises ConfigError, naming it, for anything else that comes out.
    """
    law: Law = formula.__self__  # type: ignore[attr-defined]
    where = f"law {law.name} ({type(law).__name__}.{formula.__name__})"
    try:
        values = np.asarray(formula(cells, *arguments))
    except ConfigError:
        raise
    except (Exception, SystemExit) as error:
        raise ConfigError(f"{where}: {type(error).__name__}: {error}") from None
    if values.shape != cells.shape or values.dtype.kind not in "fiu":
        raise ConfigError(f"{where}: gave {values.dtype} of shape {values.shape}, expected numbers of {cells.shape}")
    if isinstance(law, DriftLaw):
        values = np.maximum(values, 0.0)
    programmed = isinstance(law, ProgrammingLaw) and formula.__name__ == ProgrammingLaw.conductance_s.__name__
    right = np.isfinite(values) & (programmed | (values >= 0))
    if not right.all():
        rule = "finite" if programmed else "finite and not negative"
        raise ConfigError(
            f"{where}: gave {values[~right].flat[0]} for {cells[~right].flat[0]:g} {_unit(law)}; every number must be "
            f"{rule}{', that of a conductance of 0 too' if not cells[~right].flat[0] else ''}"
        ).see("write_a_law")
    return values


def _unit(law: Law) -> str:
    """Of what a law is asked about."""
    return "ohm" if isinstance(law, ResistanceStepLaw) else "S"


LawType = TypeVar("LawType", bound=type[Law])
_REGISTERED: dict[str, dict[str, type[Law]]] = {}
_FILES: dict[Path, None] = {}  # in order


@explained_by("write_a_law")
def register(name: str) -> Callable[[LawType], LawType]:
    """Class decorator: makes a law available under `name` wherever its kind is used.

    Raises ConfigError for a class that is of no kind, and for a name that another law of this kind has.
    """

    def add(law: LawType) -> LawType:
        if not (isinstance(law, type) and issubclass(law, Law)) or not law.kind:
            raise ConfigError(f"law {quoted(name)}: register a subclass of ReadNoiseLaw, ProgrammingLaw, DriftLaw or "
                              "ResistanceStepLaw")  # fmt: skip
        known = _REGISTERED.setdefault(law.kind, {})
        other = known.get(name)
        if other is not None and (other.__module__, other.__qualname__) != (law.__module__, law.__qualname__):
            raise ConfigError(
                f"law {quoted(name)}: a {law.kind} law of this name is registered already; choose another name"
            )
        known[name] = law
        return law

    return add


def registered(kind: str) -> dict[str, type[Law]]:
    """Laws of one kind by name."""
    return dict(_REGISTERED.get(kind, {}))


def by_name(kind: type[Law]) -> Callable[[Any], Any]:
    """A validator: a mapping with a `name` becomes the law of `kind` registered under it."""

    def validated(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        known, name = registered(kind.kind), value.get("name")
        if not isinstance(name, str) or name not in known:
            close = difflib.get_close_matches(str(name), known, n=1)
            there = f"registered: {', '.join(sorted(known)) or 'none'}"
            hint = f"did you mean {close[0]}?" if close else f"{there} (one of your own: in a file that --laws names)"
            what = "needs a name" if name is None else f"no {kind.kind} law is called {quoted(name)}"
            raise ValueError(f"{what}; {hint}")
        try:
            return known[name].model_validate(value)
        except ValidationError as error:
            lines = list(mistakes(known[name], Document(dict(value)), error))
            raise ValueError("; ".join(line.partition(": ")[2] for line in lines)) from None

    return validated


def laws_in(value: Any) -> Iterator[Law]:
    """Every law of a configuration or a part of one."""
    if isinstance(value, Law):
        yield value
    elif isinstance(value, (Schema, dict)):
        for inside in dict(value).values():
            yield from laws_in(inside)


def file_of(law: Law) -> Path | None:
    """The file that `load_laws` has read a law from; None where it is not from one."""
    home = type(law).__module__
    return Path(home.removeprefix(MODULE_OF_FILE)) if home.startswith(MODULE_OF_FILE) else None


def law_files_of(value: Any) -> list[Path]:
    """The files that the laws of a configuration come from, each once."""
    return sorted({path for law in laws_in(value) if (path := file_of(law)) is not None})


def laws_without_file(value: Any) -> set[str]:
    """Names of the laws in a configuration that neither come with this package nor from a file that `load_laws` has
    read: another process cannot know them, and nothing tells whether they are what they were."""
    others = (law for law in laws_in(value) if file_of(law) is None)
    return {law.name for law in others if not type(law).__module__.startswith("device_models.")}


def law_files() -> tuple[Path, ...]:
    """The files that `load_laws` has read: what another process must load to know the same laws."""
    return tuple(_FILES)


@explained_by("write_a_law")
def load_laws(path: str | Path) -> None:
    """Run a Python file that registers laws, data sets or circuits: only ever one that the user names. Raises
    ConfigError when it cannot be read, fails, or registers nothing; what it had registered by then is forgotten."""
    path = Path(at_home(str(path)))
    if not os.path.isfile(path):
        what = "is a folder; name the .py file in it" if os.path.isdir(path) else "no such file"
        raise ConfigError(f"laws {path}: {what}")
    before = _registered_laws(), contents()
    name = f"{MODULE_OF_FILE}{path.resolve()}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ConfigError(f"laws {path}: not a Python file (.py)")
    earlier, module = sys.modules.get(name), importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where pydantic looks annotations up
    try:
        spec.loader.exec_module(module)
        if before == (_REGISTERED, contents()):  # the same file again registers new classes under the old names
            raise ConfigError(f'laws {path}: registers no law; decorate a class with @register("name") (or a function: '
                              'register_dataset, register_circuit)')  # fmt: skip
    except BaseException as error:
        _forget(before, name, earlier)
        if isinstance(error, ConfigError) or not isinstance(error, (Exception, SystemExit)):
            raise
        raise ConfigError(f"laws {path}: {type(error).__name__}: {error}{_beside(path, error)}") from None
    _FILES[path.resolve()] = None


def _beside(path: Path, error: BaseException) -> str:
    """What to do about an import of a file beside the laws: what a result is named by would not tell its content."""
    name = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if not name or not any((path.parent / there).exists() for there in (f"{name}.py", name)):
        return ""
    return f"; {name} beside it is not loaded, as results know the content of {path.name} alone: write it in there"


_Registered = tuple[dict[str, dict[str, type[Law]]], Contents]


def _registered_laws() -> dict[str, dict[str, type[Law]]]:
    return {kind: dict(known) for kind, known in _REGISTERED.items()}


def _forget(before: _Registered, name: str, earlier: ModuleType | None) -> None:
    """What a file that failed has registered, and the module that it was."""
    _REGISTERED.clear()
    _REGISTERED.update(before[0])
    restore(before[1])
    sys.modules.pop(name, None)
    if earlier is not None:
        sys.modules[name] = earlier
