"""A user's file with the name of one of our packages."""

import pytest
from support.processes import ROOT, start_program


@pytest.mark.parametrize("name", ["device_models.py", "device_models/__init__.py"])
@pytest.mark.parametrize("first", ["", "import device_models; "])
def test_a_users_device_models_is_named_with_the_remedy(tmp_path, name, first):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("COEFFICIENTS = {}\n")
    done = start_program(first + "import crossbar_nsm", PYTHONPATH=f"{tmp_path}:{ROOT}")
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"ImportError: {tmp_path / name} hides the package device_models")
    assert "rename" in last
    assert len(last) < 300


def test_without_such_a_file_nothing_is_said_and_nothing_heavy_is_loaded():
    program = "import sys, crossbar_nsm; print({'torch', 'numba', 'numpy', 'device_models'} & sys.modules.keys())"
    assert start_program(program).stdout.strip() == "set()"
