"""What commands write never takes the place of a file that is not theirs; an empty path is an error."""

import os
import shutil
import stat
import tarfile
from pathlib import Path
from typing import get_args, get_type_hints

import numpy as np
import pytest
import torch
from support.cli import call
from support.hostile.command_lines import commands
from support.published import published_state
from support.studies import small_study

import crossbar_nsm as xb
from crossbar_nsm.experiment.config.load import resolve_training
from crossbar_nsm.experiment.train import train
from crossbar_nsm.mapping.files.chip_file import load_chip
from crossbar_nsm.report.figures import drawings
from device_models.errors import ConfigError, CrossbarError, FileError
from device_models.files.document import Document
from device_models.files.signs import sign
from device_models.files.writing import output_path

MINE = "# mine\na: 1\n"
INPUTS = {"config", "file", "files", "folder", "other", "configs", "data", "laws", "network"}  # paths that are read
IMPORT = ("import", "published.pt", "--noise", "bernoulli", "--bias-convention", "code", "--out")
WRITING = {  # command with a file or folder at its end: the file that stands in its way there
    ("map", "c.yaml", "--out"): "",
    ("map", "c.yaml", "--conductances"): "",
    ("map", "c.yaml", "--plot"): "calibration.svg",
    ("tune", "c.yaml", "--out"): "",
    IMPORT: "",
    ("report", "run", "--no-budget", "--out"): "",
    ("budget", "c.yaml", "--plot"): "budget_waterfall.png",
    ("ageing", "c.yaml", "--plot"): "ageing.pdf",
    ("timing", "c.yaml", "--plot"): "effective_samples.png",
    ("uncertainty", "c.yaml", "--plot"): "reliability.png",
    ("demo", "--out"): "noise_needed.png",
    ("init",): "START_HERE.md",
    ("configs", "wires", "--out"): "",
    ("devices", "--plot", "--out"): "noise.svg",
    ("devices", "show", "ideal", "--plot", "--out"): "",
    ("devices", "fit", "pairs.csv", "--no-plot", "--out"): "",
    ("devices", "fit", "pairs.csv", "--no-plot", "--report"): "",
    ("sweep", "c.yaml", "--workers", "1", "--out"): "config.yaml",
    ("reproduce", "table1", "--out"): "",
}


TWICE = [  # two options that would write one file
    (("map", "c.yaml", "--out", "x.npz", "--conductances", "x.npz"), "--out and --conductances are one file, x.npz"),
    (("map", "c.yaml", "--out", "x.npz", "--conductances", "./x.npz"), "--out and --conductances are one file"),
    (("map", "c.yaml", "--out", "old", "--conductances", "hard.npz"), "--out and --conductances are one file"),
    (("map", "c.yaml", "--out", "link/x.npz", "--conductances", "x.npz"), "--out and --conductances are one file"),
    (("map", "c.yaml", "--out", "f/wires.svg", "--plot", "f"), "--out and --plot are one file, f/wires.svg"),
    (("map", "c.yaml", "--conductances", "x.txt"), "conductances are written as .npz or .csv"),
    (("report", "run", "--no-budget", "--out", "f/a.svg", "--figures", "link/f"), "f/a.svg: has the name of a figure"),
    (("devices", "fit", "pairs.csv", "--out", "x"), "x: a preset is a .yaml file; write x.yaml"),
]
WORK = ("crossbar_nsm.experiment.map_network.map_network", "crossbar_nsm.report.study_report.study_page",
        "device_models.fit.fit_files")  # fmt: skip


@pytest.fixture(scope="module")
def studied(tmp_path_factory):
    """A study, its results, a published network and measurements, in one folder."""
    folder = tmp_path_factory.mktemp("studied")
    study = small_study(folder, "")
    xb.sweep(study, out=folder / "run", workers=1)
    torch.save(published_state({"fc1": (3, 5), "fc2": (2, 3)}, {"fc1": (3,)}), folder / "published.pt")
    target = np.linspace(1, 40, 50)
    lines = [f"{value},{value + 0.1 * np.sin(value)}" for value in target]
    (folder / "pairs.csv").write_text("\n".join(["target [uS],programmed [uS]", *lines]))
    return folder


@pytest.fixture
def folder(studied, tmp_path, monkeypatch):
    shutil.copytree(studied, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def _path_options():
    """(first word of the command, option, whether it is one to write) of every option and argument that is a path."""
    for command, function in commands().items():
        for name, hint in get_type_hints(function, include_extras=True).items():
            inner, *more = get_args(hint) or (hint,)
            if "Path" in str(inner) and more:
                yield command.split()[0], name, more[0].parser is output_path


def test_every_path_that_a_command_writes_is_guarded():
    """A path is one of those that are read, or its option was made by `to_write`, and the tests below try it."""
    found = list(_path_options())
    assert {name for _, name, writes in found if not writes} <= INPUTS
    guarded = {(command, name) for command, name, writes in found if writes}
    tried = {(command[0], "folder" if len(command) == 1 else command[-1].removeprefix("--")) for command in WRITING}
    assert guarded == tried | {("report", "figures")}


@pytest.mark.parametrize("command", WRITING, ids=" ".join)
def test_an_empty_path_is_an_error(folder, capsys, command):
    before = sorted(folder.rglob("*"))
    code, _, err = call(capsys, *command, "")
    assert (code, err.count("\n")) == (2, 1)
    assert "an empty path to write to" in err
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("command", WRITING, ids=" ".join)
def test_files_of_others_stay(folder, capsys, command):
    """Refused before any work is done, and nothing is left behind."""
    name = WRITING[command]
    suffix = {"--conductances": ".csv"}.get(command[-1], ".yaml" if "fit" in command else ".safetensors")
    given = Path("mine") if name else Path(f"mine{suffix}")
    path = given / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(MINE)
    before = sorted(folder.rglob("*"))
    code, out, err = call(capsys, *command, str(given))
    assert (code, out, err.count("\n")) == (2, "", 1), err
    assert err.startswith("error: ")
    assert path.read_text() == MINE
    assert sorted(folder.rglob("*")) == before


def test_a_sweep_beside_its_own_configuration(folder, capsys):
    Path("config.yaml").write_text(Path("c.yaml").read_text())
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    code, _, err = call(capsys, "sweep", "config.yaml", "--workers", "1", "--out", ".")
    assert (code, err.count("\n")) == (2, 1)
    assert "holds other files (c.yaml, config.yaml, data.npz, ...); results need a new or empty folder" in err
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    with pytest.raises(ConfigError, match="out='': expected the path of a file or folder"):
        xb.sweep("config.yaml", out="", workers=1)


def test_a_folder_is_not_ours_because_of_a_copy_of_our_configuration(folder):
    """A project: a configuration out of a results folder, edited, and other files beside it."""
    for mine in (None, "# my notes\n"):
        shutil.rmtree("project", ignore_errors=True)
        Path("project").mkdir()
        shutil.copy("run/config.yaml", "project/config.yaml")
        Path("project/thesis.tex").write_text(MINE)
        if mine:
            with Path("project/config.yaml").open("a") as file:
                file.write(mine)
        before = {path.name: path.read_bytes() for path in Path("project").iterdir()}
        with pytest.raises(FileError, match=r"project: holds other files \(config\.yaml|\(thesis\.tex"):
            xb.sweep("project/config.yaml", out="project", workers=1)
        assert {path.name: path.read_bytes() for path in Path("project").iterdir()} == before


@pytest.mark.parametrize("name", ["config.yaml", "results.parquet"])
def test_other_files_under_our_names_stay(folder, name):
    """Noticed before a trial runs."""
    (Path("run") / name).write_text(MINE)
    Path("run/trials").joinpath(min(path.name for path in Path("run/trials").iterdir())).unlink()
    before = sorted(Path("run").rglob("*"))
    with pytest.raises(FileError, match=f"{name}: is there, and not of this program"):
        xb.sweep("c.yaml", out="run", workers=1)
    assert (Path("run") / name).read_text() == MINE
    assert sorted(Path("run").rglob("*")) == before


@pytest.mark.parametrize("name", ["README.md", "study.py", "all.tar"])
def test_files_that_speak_of_ours_are_not_ours(folder, capsys, name):
    chip = Path("chip.safetensors")
    assert call(capsys, "map", "c.yaml", "--out", "chip.safetensors")[0] == 0
    if name == "all.tar":
        with tarfile.open(name, "w") as archive:
            archive.add(chip)
    else:
        Path(name).write_text(f"# {sign('chip', 6)}: what files of this program say\n")
    before = Path(name).read_bytes()
    code, _, err = call(capsys, "map", "c.yaml", "--out", name)
    assert (code, err.count("\n")) == (2, 1)
    assert Path(name).read_bytes() == before


def test_a_web_page_has_a_manifest_too(folder):
    """Another program's manifest.json makes no results folder of it, whatever --replace says."""
    Path("web").mkdir()
    Path("web/manifest.json").write_text('{"name": "app", "format": "crossbar"}')
    for replace in (False, True):
        with pytest.raises(FileError, match=r"web: holds other files \(manifest\.json\)"):
            xb.sweep("c.yaml", out="web", workers=1, replace=replace)
    assert [path.name for path in Path("web").iterdir()] == ["manifest.json"]


def test_trials_behind_a_link_are_refused(folder, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".gitignore").write_text("precious")
    os.utime(tmp_path / "home" / ".gitignore", (0, 0))
    Path("run/trials").rename("elsewhere")
    Path("run/trials").symlink_to(tmp_path / "home")
    with pytest.raises(FileError, match="run/trials: is a link"):
        xb.sweep("c.yaml", out="run", workers=1)
    assert (tmp_path / "home" / ".gitignore").read_text() == "precious"


def test_a_chip_never_takes_the_place_of_its_network(folder, capsys):
    """`map --out` with the configuration's own checkpoint."""
    before = Path("net.safetensors").read_bytes()
    code, _, err = call(capsys, "map", "c.yaml", "--out", "net.safetensors")
    assert (code, err.count("\n")) == (2, 1)
    assert "net.safetensors: holds a checkpoint, which nothing else replaces" in err
    net = xb.load_checkpoint("net.safetensors")
    with pytest.raises(FileError, match="holds a checkpoint"):
        xb.map_network(net, "c.yaml").save("net.safetensors")
    assert Path("net.safetensors").read_bytes() == before


def test_the_same_command_again_replaces_its_own_files(folder, capsys, monkeypatch):
    monkeypatch.setattr(drawings, "figure_bytes", lambda *_: b"<svg></svg>")  # of pages: drawing takes a second
    commands = [
        ("map", "c.yaml", "--out", "chip.safetensors", "--conductances", "g.npz", "--plot", "plot"),
        ("report", "run", "--no-budget"),
        ("devices", "fit", "pairs.csv", "--no-plot", "--out", "device.yaml"),
        (*IMPORT, "net.safetensors"),
    ]
    for _ in range(2):
        for command in commands:
            code, _, err = call(capsys, *command)
            assert code == 0, err
    for command in (("map", "c.yaml", "--set", "evaluation.seed=5", "--conductances", "g.npz", "--plot", "plot"),):
        code, _, err = call(capsys, *command)
        assert code == 0, err
    assert load_chip("chip.safetensors").chip == 0


def test_conductances_as_text_cannot_say_whose_they_are(folder, capsys):
    """A measured array has the same columns: it stays, unless it holds the same numbers."""
    for seed, code in (("0", 0), ("0", 0), ("1", 2)):
        given = call(capsys, "map", "c.yaml", "--set", f"evaluation.seed={seed}", "--conductances", "g.csv")
        assert given[0] == code, given[2]
    assert "g.csv: is there, and not of this program" in given[2]


def test_functions_refuse_what_commands_refuse(folder):
    Path("mine.yaml").write_text(MINE)
    net = xb.load_checkpoint("net.safetensors")
    chip = xb.map_network(net, "c.yaml")
    config = resolve_training(
        Document(
            {
                "network": net.architecture.model_dump(mode="json"),
                "dataset": {"name": "data.npz", "validation_images": 20},
                "training": {"epochs": 1},
                "output": "trained",
            }
        )
    )
    Path("trained").mkdir()
    Path("trained/best.safetensors").write_text(MINE)
    for write in (
        lambda: chip.save("mine.yaml"),
        lambda: chip.export_conductances("mine.yaml"),
        lambda: xb.save_checkpoint(net, "mine.yaml"),
        lambda: xb.write_report("run", out="mine.yaml"),
        lambda: xb.sweep("c.yaml", out="mine.yaml", workers=1),
        lambda: train(config),
    ):
        with pytest.raises(CrossbarError):
            write()
    assert [Path(name).read_text() for name in ("mine.yaml", "trained/best.safetensors")] == [MINE, MINE]
    assert not Path("trained/state.pt").exists()


def test_a_device_node_stays_a_device_node(folder, capsys):
    try:
        os.mknod("full", stat.S_IFCHR | 0o600, os.makedev(1, 7))
    except PermissionError:
        pytest.skip("only root makes devices")
    code, _, err = call(capsys, "report", "run", "--no-budget", "--out", "full")
    assert (code, err) == (2, "error: full: is a device, which is never replaced by a file; take another name\n")
    assert stat.S_ISCHR(Path("full").lstat().st_mode)


@pytest.mark.parametrize(("arguments", "message"), TWICE)
@pytest.mark.usefixtures("folder")
def test_one_file_for_two_things_is_refused_before_the_work(monkeypatch, capsys, arguments, message):
    Path("old").write_text("x")
    os.link("old", "hard.npz")
    os.symlink(".", "link")
    for work in WORK:
        monkeypatch.setattr(work, lambda *_a, **_k: pytest.fail("worked first"))
    code, _, err = call(capsys, *arguments)
    assert code == 2
    assert message in err
    assert len(err.splitlines()) == 1


@pytest.mark.usefixtures("folder")
def test_measured_conductances_are_not_written_over(capsys):
    assert call(capsys, "map", "c.yaml", "--conductances", "g.npz")[0] == 0
    before = Path("g.npz").read_bytes()
    command = (
        "map",
        "c.yaml",
        "--set",
        "evaluation.chips=1",
        "--set",
        "array.conductances=g.npz",
        "--conductances",
        "./g.npz",
    )
    code, _, err = call(capsys, *command)
    assert (code, Path("g.npz").read_bytes()) == (2, before)
    problem = "array.conductances and the conductances to write are one file, g.npz; give each a name of its own"
    assert err == f"error: {problem}\n"
