"""What examples of the README say of themselves."""

import re
from pathlib import Path
from typing import get_args

import yaml

from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.load import load_train_config
from crossbar_nsm.experiment.config.points import sweep_points
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.methods.config import Method
from device_models.catalogue import load_device

ROOT = Path(__file__).parents[2]


def yaml_blocks():
    return re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)


def networks_of_the_readme():
    return [block for block in yaml_blocks() if block.startswith("network:")]


def test_the_example_of_a_sweep_has_the_points_that_the_text_says():
    (block,) = [block for block in yaml_blocks() if block.startswith("sweep:")]
    config = ExperimentConfig.model_validate({"device": load_device("rram_illustrative"), **yaml.safe_load(block)})
    assert len(sweep_points(config)) == 6 * 2 * 3
    assert "these are 6 x 2 x 3 points" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_training_example_is_a_configuration(tmp_path):
    (tmp_path / "train.yaml").write_text(networks_of_the_readme()[0])
    assert load_train_config(tmp_path / "train.yaml").runs == 3


def test_the_example_of_a_convolution_is_a_network():
    network = yaml.safe_load(networks_of_the_readme()[1])["network"]
    assert str(Architecture.model_validate(network)) == "1x28x28-32c5-m2-512-10"


def test_every_method_of_the_readme_exists_and_no_other():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", text[text.index("| method |") :].split("\n\n")[0], re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    known = set()
    for method in get_args(get_args(Method)[0]):
        known |= set(get_args(method.model_fields["name"].annotation))
    assert named == known


def test_the_example_of_training_for_a_device_is_that_of_the_shipped_configuration():
    (block,) = [block for block in yaml_blocks() if block.startswith("hardware:")]
    shown = yaml.safe_load(block)
    shipped = yaml.safe_load((ROOT / "configs/train_mnist_mlp_for_rram_replica.yaml").read_text(encoding="utf-8"))
    assert shown["hardware"] == shipped["hardware"]
    assert shown["training"].items() <= shipped["training"].items()
