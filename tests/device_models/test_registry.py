"""Names that users give: whose they are, from which file, and that a file that fails leaves none."""

import pytest

from crossbar_nsm.datasets.catalogue import OF_USERS
from device_models.errors import ConfigError
from device_models.laws import law_files, load_laws
from device_models.registry import Registry, contents, restore

DATASET = """
import numpy as np, crossbar_nsm as xb
@xb.register_dataset("{name}", shape=(1, 2, 3), classes=2)
def made(split, root):
    return np.zeros((4, 2, 3)), np.zeros(4, int)
"""


@pytest.fixture(autouse=True)
def forgotten():
    before = contents()
    yield
    restore(before)


def function():
    pass


def another():
    pass


def test_the_same_function_takes_its_place_and_another_is_refused():
    registry = Registry("thing", ("ours",))
    registry.add("mine", 1, function)
    registry.add("mine", 2, function)
    assert (registry.get("mine"), registry.get("other"), registry.names) == (2, None, ("mine",))
    for name, by in (("mine", another), ("ours", function)):
        with pytest.raises(ConfigError, match=f"thing '{name}': there is one of this name already"):
            registry.add(name, 3, by)


def test_two_nameless_functions_are_two():
    registry = Registry("thing", ())
    registry.add("mine", 1, lambda: 1)
    with pytest.raises(ConfigError, match="there is one of this name already"):
        registry.add("mine", 2, lambda: 2)


@pytest.mark.parametrize("name", ["", "a b", "x.npz", "a/b", "0", "a" * 61, 5, None, "a\nb"])
def test_a_name_is_a_word(name):
    with pytest.raises(ConfigError, match="a name has letters") as caught:
        Registry("thing", ()).add(name, 1, function)
    assert len(str(caught.value).splitlines()) == 1


def test_an_entry_knows_its_file(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(DATASET.format(name="of_a_file"))
    load_laws(path)
    load_laws(path)
    assert OF_USERS.file_of("of_a_file") == path.resolve()
    assert path.resolve() in law_files()
    registry = Registry("thing", ())
    registry.add("here", 1, function)
    assert registry.file_of("here") is registry.file_of("nothing") is None


def test_a_file_that_fails_has_registered_nothing(tmp_path):
    (tmp_path / "half.py").write_text(DATASET.format(name="of_half_a_file") + "\n1 / 0\n")
    with pytest.raises(ConfigError, match="ZeroDivisionError"):
        load_laws(tmp_path / "half.py")
    assert "of_half_a_file" not in OF_USERS.names
    (tmp_path / "mended.py").write_text(DATASET.format(name="of_half_a_file"))
    load_laws(tmp_path / "mended.py")
    (tmp_path / "another.py").write_text(DATASET.format(name="of_half_a_file"))
    with pytest.raises(ConfigError, match="data set 'of_half_a_file': there is one of this name already"):
        load_laws(tmp_path / "another.py")
