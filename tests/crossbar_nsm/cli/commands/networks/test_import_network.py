"""`crossbar-nsm import` as a user meets it."""

import json
from pathlib import Path

import pytest
import torch
from support.cli import call

from crossbar_nsm.cli.commands.networks.import_network import FORMULAS
from crossbar_nsm.nsm.architecture import SEEN
from crossbar_nsm.nsm.checkpoints import bias_convention
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint

LAWS = ["--noise", "gaussian", "--bias-convention", "paper"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    beta = torch.tensor([2.0, 0.5, 1.0])
    torch.save(
        {"fc1.weight": torch.ones(3, 5), "fc1.bias": torch.ones(3), "fc1.b": beta, "fc1.magnitude": beta,
         "fc2.weight": torch.ones(2, 3), "fc2.bias": torch.zeros(2)},
        "published.pt",
    )  # fmt: skip
    return tmp_path


def test_import_prints_layers_and_saves(folder, capsys):
    arguments = ["published.pt", "--out", "net.safetensors", *LAWS, "--sigma", "0.8"]
    code, out, _ = call(capsys, "import", *arguments, "--json")
    assert code == 0
    assert json.loads(out) == {
        "config": None,
        "checkpoint": "net.safetensors",
        "network": "5-3-2",
        "encoding": "sign",
        "rows": [
            {"type": "dense", "name": "fc1", "inputs": 5, "outputs": 3, "beta": [0.5, 1.0, 2.0]},
            {"type": "linear", "name": "fc2", "inputs": 3, "outputs": 2, "beta": None},
        ],
    }
    net = load_checkpoint("net.safetensors")
    assert net.architecture.noise.sigma == 0.8
    assert net.facts["bias_convention"] == "paper"
    code, out, _ = call(capsys, "import", *arguments)
    assert code == 0
    assert "fc1: 5 -> 3, beta 0.5 / 1 / 2\n" in out
    assert "fc2: 3 -> 2, linear\n" in out
    assert "checkpoint: net.safetensors" in out


def test_what_the_first_layer_sees_is_chosen_and_printed(folder, capsys):
    arguments = ["published.pt", "--out", "net.safetensors", *LAWS]
    sign = "encoding: sign; the first layer sees +1 where x >= 1/2, else -1 of a pixel x; if not so: --encoding\n"
    assert sign in call(capsys, "import", *arguments)[1]
    code, out, _ = call(capsys, "import", *arguments, "--encoding", "real")
    assert code == 0
    assert "encoding: real; the first layer sees 2x - 1 of a pixel x" in out
    assert "by (beta w.z/|w| + c)/s with s = |w*z|/|w|" in out
    assert load_checkpoint("net.safetensors").architecture.encoding == "real"
    assert json.loads(call(capsys, "import", *arguments, "--encoding", "real", "--json")[1])["encoding"] == "real"
    text = " ".join(call(capsys, "import", "--help")[1].replace("│", " ").split())
    for name, seen in SEEN.items():
        assert f"`{name}`: {seen}" in text


def test_keep_probability_is_of_the_noise_or_of_the_code(folder, capsys):
    for noise in ("bernoulli", "gaussian"):
        code, _, _ = call(
            capsys, "import", "published.pt", "--out", "net.safetensors", "--noise", noise, "--bias-convention", "code",
            "--keep-probability", "0.2",
        )  # fmt: skip
        assert code == 0
        c = load_checkpoint("net.safetensors").layers["fc1"].c
        torch.testing.assert_close(c.detach(), torch.full((3,), (2 * 0.2 * 0.8) ** -0.5))


@pytest.fixture
def convolutions(folder):
    """Two channels of 3x3 on 8x8 images, max-pool 2x2, 4 classes."""
    beta = torch.linspace(0.5, 2.5, 72).view(2, 6, 6)
    torch.save(
        {"conv1.weight": torch.ones(2, 1, 3, 3), "conv1.bias": torch.ones(2), "conv1.b": beta,
         "out.weight": torch.ones(4, 18), "out.bias": torch.zeros(4)},
        "published.pt",
    )  # fmt: skip
    return folder


CONV = "{type: conv, name: conv1, inputs: 1, outputs: 2, kernel: 3, padding: 1, stride: 2}"
NETWORK = f"""\
network:
  image: [1, 12, 12]
  layers:
    - {CONV}
    - {{type: average_pool, name: mean, size: 2, stride: 2}}
    - {{type: linear, name: out, inputs: 18, outputs: 4}}
output: runs/cnn
"""


def test_convolutions_and_pools_in_the_summary(convolutions, capsys):
    arguments = ["published.pt", "--out", "net.safetensors", *LAWS]
    code, out, _ = call(capsys, "import", *arguments, "--json")
    assert code == 0
    assert json.loads(out) == {
        "config": None,
        "checkpoint": "net.safetensors",
        "network": "1x8x8-2c3-m2-4",
        "encoding": "sign",
        "pooling": "inferred",
        "rows": [
            {"type": "conv", "name": "conv1", "inputs": 1, "outputs": 2, "kernel": 3, "padding": 0, "stride": 1,
             "shape": [2, 6, 6], "beta_per": "position", "beta": [0.5, 1.5, 2.5]},
            {"type": "max_pool", "name": "pool1", "inputs": 2, "outputs": 2, "size": 2, "stride": None,
             "shape": [2, 3, 3], "beta": None},
            {"type": "linear", "name": "out", "inputs": 18, "outputs": 4, "beta": None},
        ],
    }  # fmt: skip
    code, out, _ = call(capsys, "import", *arguments)
    assert code == 0
    assert "network: 1x8x8-2c3-m2-4\nencoding: sign; " in out
    assert "--encoding\nimage size and pools are inferred" in out
    assert "conv1: 1 channels -> 2x6x6, conv 3x3, beta per position 0.5 / 1.5 / 2.5\n" in out
    assert "pool1: 2 channels -> 2x3x3, max-pool 2x2\n" in out


def test_the_layers_in_a_file(convolutions, capsys):
    """--network takes a training configuration, or the section alone."""
    Path("train.yaml").write_text(NETWORK)
    Path("network.yaml").write_text("\n".join(line[2:] for line in NETWORK.splitlines()[1:-1]))
    for name in ("train.yaml", "network.yaml"):
        code, out, err = call(
            capsys, "import", "published.pt", "--out", "net.safetensors", *LAWS, "--network", name
        )  # fmt: skip
        assert (code, err) == (0, "")
        assert "network: 1x12x12-2c3-a2-4\nencoding: sign; " in out
        assert "--encoding\nlayers" in out
        assert "conv1: 1 channels -> 2x6x6, conv 3x3, stride 2, padding 1, beta per position" in out
        assert "mean: 2 channels -> 2x3x3, average-pool 2x2\n" in out
        assert load_checkpoint("net.safetensors").facts["pooling"] == "given"


def test_the_keep_probability_of_convolutions(convolutions, capsys):
    arguments = ["published.pt", "--out", "net.safetensors", "--noise", "bernoulli", "--bias-convention", "code"]
    code, out, _ = call(capsys, "import", *arguments, "--conv-keep-probability", "0.25")
    assert code == 0
    assert "its law is that of --keep-probability everywhere" in out
    net = load_checkpoint("net.safetensors")
    torch.testing.assert_close(net.layers["conv1"].c.detach(), torch.full((2, 6, 6), (9 * 2 * 0.25 * 0.75) ** -0.5))
    assert net.architecture.noise.keep_probability == 0.5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--network", "gone.yaml"], "gone.yaml: no such file"),
        (["--network", "typo.yaml"], "typo.yaml:4: network.layers.0: "),
        (["--network", "misfit.yaml"], "misfit.yaml:1: network: layer mean (average_pool) needs"),
        (["--network", "text.yaml"], "text.yaml:1: network: expected a section, {key: value, ...}, got 'mlp'"),
        (
            ["--network", "real.yaml", "--encoding", "sign"],
            "network: its encoding (real) is not the encoding to import",
        ),
        (["--conv-keep-probability", "1"], "--conv-keep-probability: keep_probability: input should be less than 1"),
        (["--conv-keep-probability", "0.5"], "conv_keep_probability: gaussian noise has none with the bias convention"),
    ],
)
def test_bad_layers_are_one_line(convolutions, capsys, arguments, message):
    Path("typo.yaml").write_text(NETWORK.replace(CONV, CONV.replace("conv,", "convolution,")))
    Path("misfit.yaml").write_text(NETWORK.replace(CONV, "{type: dense, name: conv1, inputs: 144, outputs: 72}"))
    Path("text.yaml").write_text("network: mlp\n")
    Path("real.yaml").write_text(NETWORK.replace("  layers:", "  encoding: real\n  layers:"))
    code, _, err = call(capsys, "import", "published.pt", "--out", "net.safetensors", *LAWS, *arguments)
    assert (code, err.count("\n")) == (2, 1)
    assert message in err
    assert not Path("net.safetensors").exists()


@pytest.mark.parametrize("left_out", ["--noise", "--out"])
def test_what_the_file_does_not_say_must_be_said(folder, capsys, left_out):
    arguments = ["--out", "net.safetensors", *LAWS]
    index = arguments.index(left_out)
    code, _, err = call(capsys, "import", "published.pt", *arguments[:index], *arguments[index + 2 :])
    assert code == 2
    assert f"Missing option '{left_out}'" in err
    assert not Path("net.safetensors").exists()


def test_what_a_bias_is_must_be_said_where_there_is_one(folder, capsys):
    arguments = ["import", "published.pt", "--out", "net.safetensors", "--noise", "gaussian"]
    code, _, err = call(capsys, *arguments)
    assert (code, err.count("\n")) == (2, 1)
    assert "layer 'fc1' has a `bias`" in err
    assert "choose by --bias-convention" in err
    state = torch.load("published.pt")
    del state["fc1.bias"]
    torch.save({f"_orig_mod.{name}": value for name, value in state.items()}, "published.pt")
    code, out, err = call(capsys, *arguments)
    assert (code, err) == (0, "warning: published.pt: names without `_orig_mod.`\n")
    assert "fc1: 5 -> 3, beta 0.5 / 1 / 2" in out


def test_help_says_the_formula_of_each_convention(capsys):
    text = " ".join(call(capsys, "import", "--help")[1].replace("│", " ").split())
    for formula in ("c itself (`c`)", "`paper`: c = bias/(|w| sqrt(2 v))", "`code`: c = bias/sqrt(2 p (1-p))"):
        assert formula in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["published.pt", "--keep-probability", "0"], "--keep-probability: keep_probability: input should be greater"),
        (["published.pt", "--sigma", "-1"], "--sigma: sigma: input should be greater than 0, got -1.0"),
        (["published.pt", "--sigma", "nan"], "--sigma: sigma: input should be a finite number"),
        (["notes.txt"], "notes.txt: not a plain state_dict"),
        (["gone.pt"], "gone.pt: no such file"),
        (["module.pt"], "module.pt: not a plain state_dict (it wants to run code on loading, which is refused"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(folder, capsys, arguments, message):
    Path("notes.txt").write_text("hello")
    torch.save(torch.nn.Linear(2, 2), "module.pt")
    code, _, err = call(capsys, "import", *arguments, "--out", "net.safetensors", *LAWS)
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith("error: ")
    assert message in err
    assert not Path("net.safetensors").exists()


def test_the_file_to_import_is_never_overwritten(folder, capsys):
    before = Path("published.pt").read_bytes()
    code, _, err = call(capsys, "import", "published.pt", "--out", "./published.pt", *LAWS)
    assert (code, err.count("\n")) == (2, 1)
    assert "is there, and not of this program" in err
    assert Path("published.pt").read_bytes() == before


def test_help_has_the_formulas_that_the_error_has():
    assert FORMULAS == bias_convention.FORMULAS
