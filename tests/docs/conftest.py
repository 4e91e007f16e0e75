"""The site of the documentation, built once for the tests of it: every worker builds its own, so `.ci/run` takes them
besides `make test`."""

import subprocess
import sys

import pytest
from support.processes import ROOT


def pytest_collection_modifyitems(items):
    for item in items:
        if "site" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of the pages. Cells of notebooks are not run: `test_blocks` does that. A warning ends the build."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet",
         "--define", "nb_execution_mode=off",
         "--define", "suppress_warnings=misc.highlighting_failure",  # that cells are IPython is known once they ran
         ROOT / "docs", folder],
        capture_output=True, text=True, timeout=240, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder
