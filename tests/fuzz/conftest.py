"""`~` among hostile paths is a folder of the tests: what is written there is nobody's."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def home_of_the_tests() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if "XDG_CACHE_HOME" not in os.environ:  # where compiled kernels are kept
            patch.setenv("XDG_CACHE_HOME", str(Path.home() / ".cache"))
        patch.setenv("HOME", tempfile.mkdtemp(prefix="crossbar-nsm-home-"))
        yield
