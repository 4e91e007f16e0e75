"""`devices`, `devices show`, `cite` and `--laws` as a user meets them."""

import json
import re
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.cli import call
from support.networks import dense_network, images

from crossbar_nsm.experiment.config.load import load_config
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.nsm.checkpoints.checkpoint import save_checkpoint
from device_models import Stream, preset_paths
from device_models.references import parse_bibtex

LAWS = """from __future__ import annotations

import numpy as np
from device_models import ReadNoiseLaw, register
from device_models.schema import NonNegative

@register("{name}")
class Mine(ReadNoiseLaw):
    references = ("schottky1918", "@misc{{mine2026, title = {{Mine}}, year = {{2026}}}}")
    relative_sd_at_g_max: NonNegative

    def sd_s(self, g_s, conductance):
        return self.relative_sd_at_g_max * np.sqrt(g_s * conductance.g_max_s)
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_table_names_every_preset_and_fits_a_wide_terminal(capsys):
    code, out, _ = call(capsys, "devices")
    assert code == 0
    assert all(f"\n{name} " in out for name in preset_paths())
    assert max(map(len, out.splitlines())) <= 210
    for text in ("5.3, 7 %", "4.1-45 %", "3 x 0.22-7.8 %", "t^-0.049", "-2.1 ± 1.8 %", "window -4.9 %",
                 "2/5 illustrative", "all measured", "10.1038/s41586-022-04992-8"):  # fmt: skip
        assert text in out


def test_one_family(capsys):
    names = [device["name"] for device in json.loads(call(capsys, "devices", "--family", "pcm", "--json")[1])["rows"]]
    assert names == ["pcm_hermes2023", "pcm_joshi2020", "pcm_nandakumar2019"]


def test_json_holds_the_description_the_scopes_and_the_derived_numbers(capsys):
    devices = {device["name"]: device for device in json.loads(call(capsys, "devices", "--json")[1])["rows"]}
    assert devices.keys() == preset_paths().keys()
    rram = devices["rram_telegraph_illustrative"]
    assert rram["scopes"]["telegraph state"] == "time"
    assert rram["derived"]["telegraph"] == pytest.approx([0.0413, 0.4541], abs=1e-3)
    assert rram["conductance"]["g_max_s"] == 4e-6
    assert rram["sources"]["conductance.g_max_s"]["provenance"] == "illustrative"


def test_show_prints_every_number_with_its_source(capsys):
    code, out, _ = call(capsys, "devices", "show", "rram_wan2022")
    assert code == 0
    assert out.startswith("rram_wan2022 (rram): HfOx RRAM of the NeuRRAM chip")
    row = next(line for line in out.splitlines() if line.strip().startswith("read_noise.relative_sd"))
    assert row.split() == ["read_noise.relative_sd", "0.02", "fraction", "of", "G", "illustrative", "[5]"]
    assert "[5] illustrative: the paper gives no read noise" in out
    assert re.search(r"set/reset, cycle to cycle +programming", out)
    assert "cite wan2022 doi 10.1038/s41586-022-04992-8: preset rram_wan2022" in out


def test_show_fits_the_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = call(capsys, "devices", "show", "rram_milo2021")
    assert max(map(len, out.splitlines())) <= 80
    assert "\nprogramming.error_polynomial_s.coefficients  [4.782e-06, " in out  # a key to copy
    assert "  [3] measured_fit: sd [uS] = 4.782 - 0.00911 G, G in uS, 50 to 225 uS;\n      CrossSim's" in out
    _, out, _ = call(capsys, "devices")
    assert all(re.search(rf"^{name} ", out, re.MULTILINE) for name in preset_paths())


def test_show_with_overrides(capsys):
    code, out, _ = call(capsys, "devices", "show", "rram_wan2022", "--set", "read_noise.relative_sd=0.07",
                        "--set", "programming.relative_sd=0.01", "--json")  # fmt: skip
    assert code == 0
    device = json.loads(out)
    assert device["derived"]["read_noise"] == pytest.approx(0.07)
    assert device["derived"]["programming_error"] == pytest.approx(0.01, rel=1e-3)
    assert device["programming"]["error_polynomial_s"] is None
    assert "read_noise.relative_sd" not in device["sources"]
    assert device["curves"]["read_noise"] == pytest.approx([0.07] * 100)
    assert device["ageing"] is None
    assert [entry["key"] for entry in device["cite"]] == ["wan2022"]


def test_show_draws_what_there_is_and_says_what_is_not(capsys):
    save_checkpoint(dense_network(30, 20, 12, 4), "net.safetensors")
    arguments = (
        "devices",
        "show",
        "rram_illustrative",
        "--plot",
        "--out",
        "figures",
        "--checkpoint",
        "net.safetensors",
    )
    code, out, _ = call(capsys, *arguments)
    assert code == 0
    assert "no read_traces and no spectrum: no telegraph noise, 1/f noise or selector" in out
    assert "no drift: no relaxation, drift, retention or 1/f noise" in out
    names = {path.name for path in Path("figures").iterdir()}
    assert names == {f"{name}.{ending}" for name in ("programming_error", "read_noise", "noise_needed")
                     for ending in ("png", "svg", "pdf")}  # fmt: skip
    assert "figures/noise_needed.png (and .svg, .pdf)" in out
    drawn = json.loads(call(capsys, *arguments, "--json")[1])
    assert len(drawn["figures"]) == 9
    assert drawn["left_out"].keys() == {"read_traces", "spectrum", "drift"}


def test_the_figure_of_all_presets(capsys):
    code, out, _ = call(capsys, "devices", "--family", "fefet", "--plot", "--out", "figures")
    assert code == 0
    assert "Figure: figures/noise.png (and .svg, .pdf)" in out
    assert Path("figures/noise.png").exists()


def test_figures_go_to_out_devices_name_by_default(capsys):
    assert call(capsys, "devices", "show", "rram_milo2021", "--plot")[0] == 0
    assert Path("out/devices/rram_milo2021/read_noise.png").exists()


MTJ = """# A superparamagnetic tunnel junction: parallel and antiparallel, between which a low barrier lets it switch.
family: mtj
conductance: {g_min_s: 1.0e-4, g_max_s: 2.5e-4, levels: 2}
programming: {relative_sd: 0.02}
telegraph:
  resistance_step: {relative: 0.5}
  capture_time_s: {min_s: 1.0e-6, max_s: 1.0e-5}
  emission_time_s: {min_s: 1.0e-6, max_s: 1.0e-5}
"""


def test_a_family_of_ones_own_is_one_yaml_file(capsys):
    """A magnetic tunnel junction: shown, and the cells of a small network."""
    Path("junction.yaml").write_text(MTJ)
    code, out, _ = call(capsys, "devices", "show", "junction.yaml")
    assert code == 0
    assert "telegraph state" in out
    assert json.loads(call(capsys, "devices", "show", "junction.yaml", "--json")[1])["family"] == "mtj"
    Path("c.yaml").write_text("device: junction.yaml\nneuron: {scaling: paired}\nread: {interval_s: 1e-5}\n")
    config = load_config("c.yaml")
    assert config.device.family == "mtj"
    chip = MappedNetwork(dense_network(12, 8, 4, 3), config)
    first, again = (chip.sample(images(5, 12), 4).numpy() for _ in range(2))
    assert np.isfinite(first).all()
    assert (first != again).any()
    written = config.device.program(np.linspace(1e-4, 2.5e-4, 1000), Stream()).g_s
    assert np.abs(written[:, None] - [1e-4, 2.5e-4]).min(axis=1).max() < 6 * 0.02 * 2.5e-4


def own_device(name):
    Path("my_laws.py").write_text(LAWS.format(name=name))
    Path("my_device.yaml").write_text(
        "family: rram\nconductance: {g_min_s: 1.0e-6, g_max_s: 1.0e-4}\n"
        f"read_noise: {{law: {{name: {name}, relative_sd_at_g_max: 0.02}}}}\n"
    )


def test_a_law_of_ones_own_from_yaml(capsys):
    own_device("mine_from_yaml")
    code, _, err = call(capsys, "devices", "show", "my_device.yaml")
    assert (code, err.count("\n")) == (2, 1)
    assert "no read_noise law is called 'mine_from_yaml'" in err
    laws, show = ("--laws", "my_laws.py"), ("devices", "show", "my_device.yaml", "--json")
    code, out, _ = call(capsys, *laws, *show)
    assert code == 0
    assert call(capsys, *show, *laws)[1] == call(capsys, "devices", *laws, *show[1:], *laws)[1] == out
    device = json.loads(out)
    assert device["name"] == "my_device"
    assert device["derived"]["read_noise"] == pytest.approx(0.02 * (1e-4 / 50.5e-6) ** 0.5)
    assert [entry["key"] for entry in device["cite"]] == ["mine2026", "schottky1918"]


def test_laws_reach_configurations(capsys):
    own_device("mine_in_a_config")
    Path("c.yaml").write_text("device: my_device.yaml\nlayers: {fc1: {device: pcm_joshi2020}}\n")
    code, out, _ = call(capsys, "cite", "--laws", "my_laws.py", "c.yaml")
    assert code == 0
    assert "% why: read noise law mine_in_a_config\n@misc{mine2026" in out
    assert "% why: preset pcm_joshi2020\n@article{joshi2020" in out


def test_cite_without_anything_is_the_software_and_the_paper(capsys):
    code, out, _ = call(capsys, "cite")
    assert code == 0
    assert [entry.key for entry in parse_bibtex(out)] == ["crossbar_nsm", "detorakis2019"]


def test_cite_lists_devices_of_layers_and_sweeps_once_in_a_fixed_order(capsys):
    Path("c.yaml").write_text(
        "device: rram_switching_illustrative\nlayers: {fc1: {device: pcm_joshi2020}}\n"
        "sweep: {layers.fc2.device: [fefet_jerry2017, ideal], device.read_noise.relative_sd: [0.01, 0.02]}\n"
    )
    code, out, _ = call(capsys, "cite", "c.yaml", "--device", "rram_wan2022")
    assert code == 0
    keys = [entry.key for entry in parse_bibtex(out)]  # valid BibTeX, no key twice
    assert keys[:2] == ["crossbar_nsm", "detorakis2019"]
    assert keys[2:] == sorted(keys[2:])
    assert {"machlup1954", "johnson1928", "schottky1918", "joshi2020", "dutta1981", "jerry2017", "wan2022"} <= set(keys)
    assert re.search(r"^% why: preset rram_switching_illustrative; set by a compliance current$", out, re.MULTILINE)
    entries = json.loads(call(capsys, "cite", "c.yaml", "--device", "rram_wan2022", "--json")[1])["rows"]
    assert [entry["key"] for entry in entries] == keys
    assert entries[0]["why"] == ["this software"]
    again = call(capsys, "cite", "--device", "rram_wan2022", "c.yaml")[1]
    assert again == out


def test_cite_takes_training_runs_and_reproductions_too(capsys):
    root = Path(__file__).parents[5]
    for path in ("configs/train_mnist_mlp.yaml", "crossbar_nsm/reproduce/mlp.yaml"):
        code, out, _ = call(capsys, "cite", str(root / path))
        assert code == 0
        assert [entry.key for entry in parse_bibtex(out)] == ["crossbar_nsm", "detorakis2019"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["devices", "show", "rram_wan22"], "unknown device preset 'rram_wan22', did you mean rram_wan2022?"),
        (["devices", "show", "gone.yaml"], "gone.yaml: no such file"),
        (["devices", "--family", "sram"], "there is no family 'sram'; allowed: rram, fefet, pcm"),
        (["devices", "--family", "pcm", "show", "ideal"], "devices show: options go behind"),
        (["devices", "--checkpoint", "mnist_mlp"], "--checkpoint: belongs to --plot"),
        (["devices", "show", "ideal", "--out", "x"], "--out: belongs to --plot"),
        (["devices", "show", "ideal", "--plot", "--checkpoint", "nothing"], "checkpoint nothing: no such file"),
        (["devices", "show", "ideal", "--set", "read_noise.relativ_sd=1"], "did you mean relative_sd?"),
        (["devices", "show", "ideal", "--set", "read_noise"], "expected dotted.key=value"),
        (["devices", "show", "ideal", "--set", "references=[wan202]"], "unknown key 'wan202', did you mean wan2022?"),
        (["devices", "show", "ideal", "--plot", "--out", "file/figures"], "cannot be written"),
        (["cite", "gone.yaml"], "gone.yaml: no such file"),
        (["cite", "--device", "rram_wan22"], "did you mean rram_wan2022?"),
        (["cite", "bad.yaml"], "bad.yaml:1: unknown device preset 'idea', did you mean ideal?"),
        (["--laws", "gone.py", "devices"], "laws gone.py: no such file"),
        (["--laws", "bad.yaml", "devices"], "laws bad.yaml: not a Python file"),
        (["--laws", "empty.py", "devices"], "registers no law"),
        (["--laws", "broken.py", "devices"], "laws broken.py: ZeroDivisionError"),
        (["--laws", "leaves.py", "devices"], "laws leaves.py: SystemExit: 3"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_exit_2(capsys, arguments, message):
    Path("bad.yaml").write_text("device: idea\n")
    Path("empty.py").write_text("x = 1\n")
    Path("broken.py").write_text("1 / 0\n")
    Path("leaves.py").write_text("raise SystemExit(3)\n")
    Path("file").write_text("")
    code, out, err = call(capsys, *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.startswith("error: ")
    assert err.count("\n") == 1


def test_the_list_of_devices_loads_neither_torch_numba_nor_matplotlib():
    code = (
        "import json, sys\nfrom crossbar_nsm.cli.main import main\n"
        "for words in json.loads(sys.argv[1]):\n    sys.argv = ['crossbar-nsm', *words]\n"
        "    try:\n        main()\n    except SystemExit as end:\n        assert not end.code, words\n"
        "    assert {'torch', 'numba', 'matplotlib'}.isdisjoint(sys.modules), words"
    )
    commands = (["devices"], ["devices", "show", "ideal"], ["devices", "--json"], ["cite", "--device", "ideal"])
    done = subprocess.run([sys.executable, "-c", code, json.dumps(commands)], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_help_is_quick():
    """In processor time: the clock also shows what else the machine does."""

    def processor_s():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    code = "from crossbar_nsm.cli.main import main; main()"
    seconds = []
    for _ in range(5):
        start = processor_s()
        subprocess.run([sys.executable, "-c", code, "--help"], check=True, capture_output=True)
        seconds.append(processor_s() - start)
    assert min(seconds) < 0.3
