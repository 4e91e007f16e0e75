"""Configurations of the package by name; a user's own file comes first."""

import logging
import shutil
import zipfile
from pathlib import Path

import pytest
from support.cli import call

import crossbar_nsm as xb
from crossbar_nsm.experiment.config import bundled
from crossbar_nsm.experiment.config.bundled import bundled_configs, description, find_config
from crossbar_nsm.reproduce.config import PACKAGED
from device_models.errors import ConfigError

ROOT = Path(__file__).parents[4]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_shipped_configuration_has_a_name_of_its_own():
    shipped = {path.relative_to(ROOT / "configs").with_suffix("").as_posix() for path in ROOT.glob("configs/**/*.yaml")}
    assert bundled_configs().keys() == shipped
    short = [name.rpartition("/")[2] for name in shipped]
    assert len(set(short)) == len(short)
    assert not set(short) & set(PACKAGED), "reproduce has configurations of its own by name"


@pytest.mark.parametrize(
    "name",
    ["read_noise", "studies/read_noise", "configs/studies/read_noise.yaml", "./configs/studies/read_noise.yaml"],
)
def test_names(name, caplog):
    caplog.set_level(logging.INFO)
    assert find_config(name) == find_config(Path(name)) == bundled_configs()["studies/read_noise"]
    assert len(caplog.messages) == (2 if "." in name else 0), "where a file may have been meant, it is said"


@pytest.mark.parametrize("name", ["read_noise.yaml", "studies/read_noise.yaml", "mine/read_noise", "configs/none.yaml"])
def test_what_is_meant_to_be_a_file_is_not_replaced(name):
    with pytest.raises(ConfigError, match=f"^{name}: no such file"):
        find_config(name)


def test_a_file_of_the_user_comes_first(elsewhere):
    (elsewhere / "configs").mkdir()
    for name in ("mnist_mlp_rram", "configs/mnist_mlp_rram.yaml"):
        Path(name).write_text("device: ideal\n")
        assert find_config(name) == Path(name)
        assert xb.load_config(name).device.name == "ideal"


def test_in_python():
    assert xb.load_config("mnist_mlp_rram", "evaluation.images=3").evaluation.images == 3
    assert xb.load_config("configs/mnist_mlp_rram.yaml").device.name == "rram_illustrative"
    with pytest.raises(ConfigError, match=r"^mnist_mlp_ram: no such file; .* a name like that: mnist_mlp_rram, mnist"):
        xb.load_config("mnist_mlp_ram")


@pytest.mark.parametrize("name", ["nothing.yaml", "mlp", "../x", "a" * 5000, "studies", "configs"])
def test_there_is_no_such_file(name):
    with pytest.raises(ConfigError, match="no such file") as caught:
        find_config(name)
    assert len(str(caught.value)) < 500


def test_on_the_command_line(capsys):
    code, out, err = call(capsys, "validate", "configs/studies/wires.yaml")
    assert (code, out) == (0, "configs/studies/wires.yaml: ok\n")
    assert err == (
        "note: configs/studies/wires.yaml: not in the working folder; the configuration of that name is taken that "
        "comes with the package\n"
    )
    assert call(capsys, "validate", "wires")[::2] == (0, "")


def test_the_first_sentence_says_what_it_is(elsewhere):
    for text, said in (
        ("# What is lost? Much.\n", "What is lost?"),
        ("# That of Wan et al. 2022 with 2.5 V: on cells\n# of which\na: 1\n", "That of Wan et al. 2022 with 2.5 V"),
        ("# One sentence. Another\n", "One sentence"),
        ("# over two\n# lines.\n", "over two lines"),
        ("a: 1\n", ""),
    ):
        (elsewhere / "c.yaml").write_text(text)
        assert description(elsewhere / "c.yaml") == said


def test_an_installed_package_has_them_inside(elsewhere, monkeypatch):
    """Not those of a folder `configs` that happens to lie beside it."""
    (elsewhere / "site" / "configs").mkdir(parents=True)
    (elsewhere / "site" / "configs" / "other.yaml").write_text("a: 1\n")
    shutil.copytree(ROOT / "configs", elsewhere / "site" / "crossbar_nsm" / "configs")
    monkeypatch.setattr(xb, "__file__", str(elsewhere / "site" / "crossbar_nsm" / "__init__.py"))
    bundled.bundled_files.cache_clear()
    try:
        assert find_config("wires") == elsewhere / "site/crossbar_nsm/configs/studies/wires.yaml"
        assert "other" not in bundled_configs()
    finally:
        bundled.bundled_files.cache_clear()


def test_a_wheel_has_them(elsewhere, monkeypatch):
    monkeypatch.chdir(ROOT)  # where builders find the README
    builder = pytest.importorskip("hatchling.builders.wheel").WheelBuilder(str(ROOT))
    (wheel,) = builder.build(directory=str(elsewhere), versions=["standard"])
    names = zipfile.ZipFile(wheel).namelist()
    assert {f"crossbar_nsm/{bundled.FOLDER}/{name}.yaml" for name in bundled_configs()} <= set(names)
    assert not any(name.startswith("configs") for name in names)
