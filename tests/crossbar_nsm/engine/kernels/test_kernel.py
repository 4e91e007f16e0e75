"""Compiled kernels: those of other sources are never run, and there is always somewhere to keep them."""

import ast
import importlib
import os
import shutil
import time
from pathlib import Path

import pytest
from numba.core.dispatcher import Dispatcher
from support.processes import ROOT, run_program, start_program

from crossbar_nsm.engine.kernels import kernel as module
from crossbar_nsm.engine.kernels.kernel import PACKAGE, kernel_sources, source_digest

NORMALS = """
import numpy as np
from crossbar_nsm.engine.kernels.threshold import fire_with_normal_noise
zeros, ones = np.zeros(1, np.int64), np.ones(4, np.float32)
mean = np.arange(4, dtype=np.float32)[None] - 1
print(fire_with_normal_noise(mean, zeros, ones, 0 * ones, ones, zeros, zeros, np.uint64(3)).tolist())
"""


@pytest.fixture
def copied(tmp_path):
    """The package in a folder of its own, as (folder, environment): with a cache of its own."""
    for name in ("crossbar_nsm", "device_models"):
        ignored = shutil.ignore_patterns("__pycache__", "*.safetensors")
        shutil.copytree(ROOT / name, tmp_path / "source" / name, ignore=ignored)
    return tmp_path / "source", {"PYTHONPATH": str(tmp_path / "source"), "XDG_CACHE_HOME": str(tmp_path / "cache")}


def test_an_update_of_a_helper_reaches_kernels_of_other_files(copied):
    source, environment = copied
    before = run_program(NORMALS, **environment)
    helper = source / "crossbar_nsm/engine/kernels/counter_random.py"
    text = helper.read_text()
    assert text.count("0x9E3779B9") == 1
    helper.write_text(text.replace("0x9E3779B9", "0x9E3779BB"))
    after = run_program(NORMALS, **environment)
    assert after != before
    helper.write_text(text)
    assert run_program(NORMALS, **environment) == before


def test_every_source_that_kernels_are_compiled_from_is_in_the_digest():
    """numba compiles functions and constants of other modules in: those must be defined in files that the digest knows,
    not passed on by them."""
    names = {".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path for path in kernel_sources()}
    kernels = 0
    for name, path in names.items():
        from_elsewhere = {}
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith(("crossbar_nsm", "device_models")):
                from_elsewhere |= {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
        for value in vars(importlib.import_module(name)).values():
            if isinstance(value, Dispatcher) and value.py_func.__module__ == name:
                kernels += 1
                for used in from_elsewhere.keys() & set(value.py_func.__code__.co_names):
                    origin, as_named = from_elsewhere[used]
                    assert origin in names
                    assert as_named in defined(names[origin])
    assert kernels > 40


def defined(path):
    """Names that a module binds itself, without those that it imports."""
    tree = ast.parse(path.read_text())
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assigned = [node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)]
    return functions | {part.id for node in assigned for part in ast.walk(node) if isinstance(part, ast.Name)}


def test_all_kernels_are_kept_in_the_same_way():
    for path in PACKAGE.rglob("*.py"):
        assert path.name == "kernel.py" or "cache=True)" not in path.read_text(), path


def test_without_a_folder_to_write_to_kernels_go_to_a_temporary_one_with_one_line(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("a file, where a folder is needed")
    nowhere = {"HOME": str(blocked), "XDG_CACHE_HOME": str(blocked / "cache"), "TMPDIR": str(tmp_path)}
    program = "import crossbar_nsm.engine.kernels.kernel as k; print(k.kernel_folder())"
    done = start_program(program, **nowhere)
    private = tmp_path / f"crossbar-nsm-kernels-{os.getuid()}"
    assert done.stdout.strip() == str(private / source_digest())
    assert done.stderr.count("Warning: compiled kernels are kept in") == 1
    assert f"{blocked}/cache/crossbar-nsm/kernels cannot be written" in done.stderr
    private.chmod(0o777)
    assert start_program(program, **nowhere).stdout.strip() == "None"


ONE = "import numpy as np; from crossbar_nsm.engine.sampling.sums import _add_of_passes as add; "
ONE += "total = np.zeros((1, 2)); add(total, np.ones((3, 2), np.float32), np.zeros(3, np.int64)); print(total.tolist())"


def test_kernels_run_without_any_folder_to_write_to(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "kernel_folder", lambda: None)

    @module.kernel()
    def twice(x):
        return 2 * x

    assert twice(3) == 6


def test_the_users_folder_for_numba_is_used_and_other_packages_keep_theirs(tmp_path):
    assert run_program(ONE, NUMBA_CACHE_DIR=str(tmp_path)) == ["[[3.0, 3.0]]"]
    kept = [path.relative_to(tmp_path).parts for path in tmp_path.rglob("*.nbi")]
    assert kept
    assert {parts[:3] for parts in kept} == {("crossbar-nsm", "kernels", source_digest())}
    program = "import numba; import crossbar_nsm.engine.sampling.sums; print(repr(numba.config.CACHE_DIR))"
    assert run_program(program, NUMBA_CACHE_DIR="") == ["''"]


def test_folders_of_old_sources_are_removed(tmp_path):
    now, day = time.time(), 86400.0
    ages = {"mine": 50 * day, "month": 40 * day, **{f"new{i}": i * 60.0 for i in range(12)}, "old": 2 * day}
    for name, age in ages.items():
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (now - age, now - age))
    module._remove_old(tmp_path, "mine")
    assert {path.name for path in Path(tmp_path).iterdir()} == ages.keys() - {"month", "old"}


FULL = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)); "  # a full disk


def test_a_full_disk_keeps_no_kernels_and_stops_nothing(tmp_path):
    done = start_program(FULL + ONE, XDG_CACHE_HOME=str(tmp_path))
    assert (done.returncode, done.stdout) == (0, "[[3.0, 3.0]]\n"), done.stderr
    assert done.stderr.count("Warning: compiled kernels cannot be kept in") == 1
    assert "(File too large): make room there, or set XDG_CACHE_HOME" in done.stderr


def test_damaged_kernels_are_compiled_anew(tmp_path, monkeypatch):
    """Each time as a process of its own does it: a new dispatcher finds what the files hold."""
    monkeypatch.setattr(module, "kernel_folder", lambda: tmp_path)

    def twice(x):
        return 2 * x

    def compiled():
        kept = module.kernel()(twice)
        assert kept(3) == 6
        return sum(kept.stats.cache_misses.values())

    assert (compiled(), compiled()) == (1, 0)
    files = list(tmp_path.rglob("*.nb[ic]"))
    assert {path.suffix for path in files} == {".nbi", ".nbc"}
    for damaged in files:
        whole = damaged.read_bytes()
        for content in (b"", whole[: len(whole) // 2], b"x" * len(whole)):
            damaged.write_bytes(content)
            assert (compiled(), compiled()) == (1, 0)
