"""Trials that were edited, with a digest that fits: whatever they hold, commands show what fits, or refuse."""

import json
import shutil
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from support.cli import captured
from support.hostile.fuzzing import fuzz, outcome
from support.studies import small_study

from device_models.errors import CrossbarError
from device_models.files.digests import digest
from device_models.files.signs import npz_bytes

PARTS = {  # arrays by how their names begin, so that sizes that belong together change together
    "images": ("prediction.", "labels"),
    "classes": ("prediction.probability",),
    "first layer": ("recovery.0.",),
    "layers": ("recovery.",),
    **{name: (name,) for name in ("prediction.samples", "labels", "recovery.1.recovered_c", "recovery.1.clipped")},
}
CHANGES = {
    "fewer": lambda old: old[: len(old) // 2],
    "one": lambda old: old[:1],
    "none": lambda old: old[:0],
    "twice": lambda old: np.concatenate([old, old]),
    "narrow": lambda old: old[..., :1],
    "column": lambda old: old[:, None],
    "turned": lambda old: old.T,
    "one value": lambda old: old.ravel()[0],
    "reversed": lambda old: old[::-1],
    "zeros": np.zeros_like,
    "ones": np.ones_like,
    "more": lambda old: old + old.dtype.type(1),
    "less": lambda old: -1 * old,
    "NaN": lambda old: np.full(old.shape, np.nan, np.float32),
    "infinite": lambda old: np.full(old.shape, np.inf),
    "large": lambda old: np.full(old.shape, 2**62, np.uint64),
    "text": lambda old: old.astype(str),
    "complex": lambda old: old.astype(complex),
    "bytes": lambda old: (old > 0).astype(np.int8),
}
TOLD = {
    "layers": [[], ["fc1"], ["fc1", "fc1"], ["fc2", "fc1"], ["fc1", "fc2", "fc3"], ["\x1b[2J", "b\nerror: x"], None],
    "engine": ["", "device", "\x1b[2J\nerror: forged", 5],
    "images_digest": ["", "0" * 24, None],
    "key": ["0" * 24, "../../x", ""],
    "seconds": [0, -1, 1e30, "1", None],
    "started": ["=cmd", ""],
    "warnings": [["x\nerror: forged \x1b[31m"], [""], "text"],
}
one_edit = st.one_of(
    st.tuples(st.sampled_from(list(PARTS)), st.sampled_from(list(CHANGES))),
    st.sampled_from(list(TOLD)).flatmap(lambda name: st.tuples(st.just(name), st.sampled_from(TOLD[name]))),
)
edits = st.lists(st.tuples(st.integers(0, 5), st.lists(one_edit, min_size=1, max_size=2)), min_size=1, max_size=4)
SHOWN = ("results", "results --chips --csv", "results --pairwise --json", "compare")


@cache
def _place() -> Path:
    """c.yaml, and its finished folder `whole`."""
    place = Path(tempfile.mkdtemp(prefix="edited_trials"))
    _done("sweep", small_study(place), "--out", place / "whole", "--workers", 1)
    return place


def _done(*words: object) -> str:
    """Standard output of a command; raises CrossbarError with what it says when it refuses."""
    code, out, err = captured(*map(str, words))
    if code:
        raise CrossbarError("\n".join(line for line in err.splitlines() if line.startswith("error: ")))
    return out


def _edited(drawn) -> Path:
    case = _place() / "case"
    shutil.rmtree(case, ignore_errors=True)
    shutil.copytree(_place() / "whole", case)
    files = sorted((case / "trials").glob("*.npz"))
    for number, changes in drawn:
        with np.load(files[number]) as found:
            arrays = {name: found[name] for name in found.files}
        about = json.loads(str(arrays.pop("about")))
        for what, change in changes:
            _change(arrays, about, what, change)
        about.pop("digest", None)
        about["digest"] = digest([about, arrays])
        files[number].write_bytes(npz_bytes("trial", {"about": np.array(json.dumps(about)), **arrays}))
    return case


def _change(arrays, about, what, change) -> None:
    if what in TOLD:
        about[what] = change
        return
    for name in [name for name in arrays if name.startswith(PARTS[what])]:
        try:
            arrays[name] = np.asarray(CHANGES[change](arrays[name]))
        except (TypeError, IndexError, ValueError):  # no such change of such an array
            del arrays[name]


@fuzz(quick=25, command=st.sampled_from(SHOWN), drawn=edits)
def test_what_is_shown(command, drawn):
    case, (head, *options) = _edited(drawn), command.split()
    whole = [_place() / "whole"] if head == "compare" else []
    outcome(lambda: _done(head, case, *whole, *options))


@fuzz(long=60, quick=1, drawn=edits)
def test_reports(drawn):
    case = _edited(drawn)
    outcome(lambda: _done("report", case, "--no-budget", "--out", _place() / "page.html"))


@fuzz(long=300, quick=8, drawn=edits)
def test_a_sweep_that_goes_on(drawn):
    """Afterwards no trial is missing, and the folder can be shown, or the images are said to be others."""
    case = _edited(drawn)

    def go_on() -> None:
        _done("sweep", _place() / "c.yaml", "--out", case, "--workers", 1)
        assert "missing" not in _done("results", case)

    outcome(go_on)
