"""Circuits of users: checked, named in configurations, and the same numbers as a circuit of ours that is the same."""

import warnings

import numpy as np
import pytest
from support.cells.arrays import device
from support.networks import dense_network, images

import crossbar_nsm as xb
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.files.chip_file import load_chip
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.neuron.circuits import circuit_of
from crossbar_nsm.neuron.config import NeuronConfig
from device_models.errors import ConfigError
from device_models.registry import restore

NET = dense_network(30, 20, 4)
READ, REPLICA, PRODUCT = xb.Operand(), xb.Operand("replica"), xb.Operand(is_read=False)


def registered(*operands, start=(1, 0), slope=(0, 1), name="mine"):
    @xb.register_circuit(name)
    def mine(neuron):
        return xb.Circuit(name, operands, start, slope)

    return name


def chip(engine="auto", **neuron):
    config = {"device": device(), "neuron": neuron, "read": {"engine": engine}}
    return MappedNetwork(NET, HardwareConfig.model_validate(config))


@pytest.mark.parametrize("engine", ["moments", "device"])
@pytest.mark.parametrize(
    ("ours", "operands", "numbers"),
    [
        (
            {"scaling": "averaged", "averaged_reads": 2},
            (READ, READ, READ),
            {"start": (1, 0, 0), "slope": (0, 0.5, 0.5)},
        ),
        ({"scaling": "replica"}, (READ, REPLICA), {"slope": (1, -1)}),
        ({"scaling": "digital"}, (READ, PRODUCT), {}),
    ],
    ids=["averaged", "replica", "digital"],
)
def test_it_is_the_circuit_of_ours_with_the_same_operands(engine, ours, operands, numbers):
    """Bit by bit, chip and passes."""
    one, other = chip(engine, scaling=registered(*operands, **numbers)), chip(engine, **ours)
    assert np.array_equal(one.calibration["fc1"].gain, other.calibration["fc1"].gain)
    assert np.array_equal(one.sample(images(4, 30), 20), other.sample(images(4, 30), 20))
    assert one.calibration["fc1"].circuit == "mine"


def test_it_may_depend_on_the_settings_of_neurons(tmp_path):
    @xb.register_circuit("many")
    def many(neuron):
        more = neuron.averaged_reads
        return xb.Circuit("many", (READ,) * (1 + more), (1,) + (0,) * more, (0,) + (1 / more,) * more)

    assert circuit_of(NeuronConfig(scaling="many", averaged_reads=3)).reads == 4
    made = chip(scaling="many", averaged_reads=3)
    saved = load_chip(made.save(tmp_path / "chip.safetensors"))
    assert (saved.sample(images(2, 30), 5) == made.sample(images(2, 30), 5)).all()


def test_configurations_and_schemas_know_it():
    registered(READ, PRODUCT)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of values that a serializer did not expect
        config = xb.load_config("configs/mnist_mlp_rram.yaml", "neuron.scaling=mine")
        assert config.model_dump(mode="json")["neuron"]["scaling"] == "mine"
    known = ExperimentConfig.model_json_schema()["$defs"]["NeuronConfig"]["properties"]["scaling"]["enum"]
    assert known == ["none", "digital", "averaged", "paired", "replica", "row_mask", "mine"]


@pytest.mark.parametrize("given", ["minne", "5", "{a: b}", "null", "[paired]"])
def test_an_unknown_one_is_told_how_to_register_it(given):
    registered(READ, PRODUCT)
    with pytest.raises(
        ConfigError, match=r"no circuit is called .*(mine|none|paired).* a file that --laws names"
    ) as caught:
        xb.load_config("configs/mnist_mlp_rram.yaml", f"neuron.scaling={given}")
    assert len(caught.value.mistakes) == 1


def test_one_that_is_gone_is_told_of():
    settings = NeuronConfig(scaling=registered(READ, PRODUCT))
    restore({})
    with pytest.raises(ConfigError, match=r"no circuit is called mine any more"):
        circuit_of(settings)


def test_names_of_ours_are_refused():
    with pytest.raises(ConfigError, match="circuit 'paired': there is one of this name already"):
        registered(READ, PRODUCT, name="paired")


@pytest.mark.parametrize(
    ("operands", "numbers", "message"),
    [
        ((READ, 5), {}, "operand 5: expected Operand"),
        ((READ, xb.Operand("third")), {}, "expected Operand.. or Operand.'replica'."),
        ((PRODUCT, PRODUCT), {}, "0 reads of 2 operands"),
        ((READ,) * 17, {}, "17 reads of 17 operands"),
        ((READ, xb.Operand(is_read=False, mask_probability=0.5)), {}, "only a read is masked"),
        ((READ, xb.Operand(mask_probability=1.5)), {}, "a probability between 0 and 1"),
        ((xb.Operand(mask_probability=0.2), xb.Operand(mask_probability=0.5)), {}, "masks of different probabilities"),
        ((READ, READ), {"slope": (1,)}, r"slope=\(1,\): expected 2 numbers"),
        ((READ, READ), {"start": (1, float("nan"))}, "start=.1, nan.: expected 2 numbers"),
        ((READ, READ), {"start": (1, True)}, "expected 2 numbers"),
        ((READ, READ), {"start": "ab"}, r"start=\(\): expected 2 numbers"),
        ((READ, READ), {"slope": (1e9, 0)}, "numbers up to 1000 in size"),
        ((READ, READ), {"start": (0, 0)}, "start: all 0"),
    ],
)
def test_what_it_gives_is_checked(operands, numbers, message):
    with pytest.raises(ConfigError, match=message) as caught:
        registered(*operands, **numbers)
    assert str(caught.value).startswith("circuit mine (mine): ")
    assert len(caught.value.mistakes) == 1


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda neuron: None, "gave None, expected a Circuit"),
        (lambda neuron: 1 / 0, "ZeroDivisionError"),
        (lambda: None, "TypeError"),
        (lambda neuron: xb.Circuit("other", (READ,), (1,), (0,)), "called 'other'; call it mine"),
        (5, "decorate a function"),
    ],
)
def test_a_function_that_gives_none(function, message):
    with pytest.raises(ConfigError, match=message):
        xb.register_circuit("mine")(function)
