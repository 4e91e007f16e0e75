"""The wheel as users have it: in an environment of its own, far from the checkout, whose packages may not be written.

On the lowest and the newest versions of the dependencies that `pyproject.toml` allows, from a package index, which
takes gigabytes where torch brings CUDA (`UV_TORCH_BACKEND=cpu` avoids that): `make test-package`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.processes import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.package]

SMALL = ("--set", "evaluation.images=50", "--set", "evaluation.samples=5", "--set", "evaluation.chips=1")
COMMANDS = [
    ("--help",),
    ("compare", "--help"),
    ("check",),
    ("demo", *SMALL),
    ("configs", "mnist_mlp_rram"),
    ("init", "."),
    ("devices", "fit", "measurements.csv", "--out", "my_device.yaml"),
    ("compare", "my_chip.yaml", *SMALL),
    ("compare", "my_chip.yaml", "--hardware-only", "--set", "read.engine=device", *SMALL),
    ("sweep", "study.yaml", "--workers", "2", *SMALL),
    ("report", "out/study"),
    ("cite", "my_chip.yaml"),
]


def run(*words, **given) -> str:
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=1800, check=False, **given)
    assert done.returncode == 0, f"{words}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def tools(tmp_path_factory) -> Path:
    """Programs that this needs and the project does not."""
    folder = tmp_path_factory.mktemp("tools")
    run(sys.executable, "-m", "venv", folder)
    run(folder / "bin/python", "-m", "pip", "install", "--quiet", "uv", "cffconvert")
    return folder / "bin"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (path,) = folder.glob("*.whl")
    return path


def without_rights() -> list[str]:
    """What starts a program that has to respect rights of files: root does not, unless it gives that up."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("run as another user than root, whom rights of files do not hold (or install setpriv)")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


@pytest.mark.parametrize("resolution", ["lowest-direct", "highest"])
def test_it_works_where_its_packages_may_not_be_written(resolution, tools, wheel, tmp_path):
    venv, home, elsewhere = tmp_path / "venv", tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir()
    elsewhere.mkdir()
    install = (tools / "uv", "pip", "install", "--quiet", "--python", venv / "bin/python")
    run(tools / "uv", "venv", "--quiet", "--python", sys.executable, venv)
    run(*install, "--resolution", resolution, "--requirements", ROOT / "pyproject.toml")
    run(*install, "--no-deps", wheel)
    run("chmod", "-R", "a-w", venv)
    user = without_rights()
    env = {"HOME": str(home), "PATH": os.environ["PATH"], "COLUMNS": "200"}
    try:
        (package,) = venv.glob("lib/*/site-packages/crossbar_nsm")
        assert subprocess.run([*user, "touch", package / "new"], capture_output=True, check=False).returncode != 0
        for words in COMMANDS:
            run(*user, venv / "bin/crossbar-nsm", *words, cwd=elsewhere, env=env)
    finally:
        run("chmod", "-R", "u+w", venv)
    assert (elsewhere / "out/study/report.html").exists()
    assert list(home.rglob("*.nbi")), "kernels are kept in the user's cache folder"


def test_the_citation_file_is_valid(tools):
    assert "are valid" in run(tools / "cffconvert", "--validate", cwd=ROOT)
