import os
from pathlib import Path

import pytest

from device_models.catalogue import load_device
from device_models.checks.arguments import a_name_or_path, a_path, path_or
from device_models.errors import ConfigError, FileError
from device_models.files.document import Document
from device_models.files.home import at_home
from device_models.files.writing import output_path
from device_models.fit import fit_files
from device_models.laws import load_laws
from device_models.schema import PathText, Schema, validate


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_a_leading_tilde_is_the_home_folder(home):
    assert at_home("~/a/b.npz") == f"{home}/a/b.npz"
    assert at_home("~") == str(home)
    assert at_home(f"~{_me()}/x") == f"{os.path.expanduser(f'~{_me()}')}/x"
    for other in ("a/~/b", "./~", "", "a~", "/~/x"):
        assert at_home(other) == other


def _me():
    import pwd

    return pwd.getpwuid(os.getuid()).pw_name


def test_an_unknown_user_is_one_line():
    with pytest.raises(FileError, match=r"^'~nobody-here-x/a': this machine knows no user 'nobody-here-x'; .* ./~"):
        at_home("~nobody-here-x/a")


def test_every_argument_that_is_a_path(home):
    assert a_path("out", "~/x") == f"{home}/x"
    assert a_path("out", Path("~/x")) == home / "x"
    assert path_or(dict)("config", "~/c.yaml") == f"{home}/c.yaml"
    assert a_name_or_path("name", "~/d.npz") == f"{home}/d.npz"
    assert a_name_or_path("name", "mnist") == "mnist"
    assert output_path("~/x") == home / "x"


class _Section(Schema):
    file: PathText


def test_values_of_a_configuration(home):
    assert validate(_Section, Document({"file": "~/x"}, {})).file == f"{home}/x"
    with pytest.raises(ConfigError, match="file: '~nobody-here-x/a': this machine knows no user"):
        validate(_Section, Document({"file": "~nobody-here-x/a"}, {}))


def test_devices_laws_and_measurements(home):
    (home / "d.yaml").write_text("family: rram\nconductance: {g_min_s: 1e-6, g_max_s: 1e-4}\n")
    assert load_device("~/d.yaml").name == "d"
    assert load_device({"preset": "~/d.yaml"}).conductance.g_max_s == 1e-4
    (home / "laws.py").write_text("x = 1\n")
    with pytest.raises(ConfigError, match=f"laws {home}/laws.py: registers no law"):
        load_laws("~/laws.py")
    with pytest.raises(ConfigError, match=f"{home}/m.csv: no such file"):
        fit_files(["~/m.csv"])
