"""The user's session: its settings change no number, and nothing here changes them."""

import hashlib
import json
import random
from contextlib import contextmanager
from dataclasses import asdict

import numpy as np
import pytest
import torch
from support.networks import conv, conv_network, dense, dense_network, images, pool
from support.processes import run_program
from threadpoolctl import threadpool_info

import crossbar_nsm as xb
from crossbar_nsm.mapping.learning.chip_tuning import tune_chip
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.training.config import TrainingConfig
from crossbar_nsm.nsm.training.data import LabelledImages
from crossbar_nsm.nsm.training.trainer import Trainer

CONVOLUTIONS = (conv(3, 3), pool("max", 2), dense(5))


def outcomes(networks, folder) -> str:
    """A digest of what a session computes: networks, chips of both readers, training, files."""
    digest = hashlib.md5()

    def note(*values):
        for value in values:
            digest.update(value.tobytes() if hasattr(value, "tobytes") else value.detach().numpy().tobytes())

    x = images(6, 36)
    for path, most in zip(networks, (2, 1), strict=True):
        net = xb.load_checkpoint(path)
        assert xb.save_checkpoint(net, folder / "net.safetensors").read_bytes() == path.read_bytes()
        note(*net.state_dict().values(), net.sample(x, 3), net.predict(x, 3, "neuron"))
        for overrides in (["read.engine=moments"], ["device=rram_telegraph_illustrative", "array.r_row_ohm=2"])[:most]:
            config = xb.load_config("configs/mnist_mlp_rram.yaml", *overrides)
            chip = xb.map_network(net, config)
            note(chip.sample(x, 3), chip.predict_until_sure(x, 60).probability, chip.at_age(1e4).predict(x, 2))
            chip.save(folder / "chip.safetensors")
            note(xb.load_chip(folder / "chip.safetensors").predict(x, 2))
        tune_chip(chip, images(20, 36), np.arange(20) % 3)
        note(chip.predict(x, 2))
    note(*trained("nsm"), *trained("nsm", noise_place="synapse", averaging=0.9, input_binarisation="random"))
    for method in ("bd", "sn", "nsm_binconcrete", {"name": "relu", "dropout": 0.3, "batch_norm": True}):
        note(*trained(method))
    return digest.hexdigest()


def trained(method, **settings):
    layers = [{"type": "dense", "name": "fc1", "inputs": 36, "outputs": 8},
              {"type": "linear", "name": "out", "inputs": 8, "outputs": 3}]  # fmt: skip
    noise = {"law": "gaussian", "sigma": 0.8}
    architecture = Architecture.model_validate({"layers": layers, "noise": noise, "method": method})
    data = LabelledImages(torch.from_numpy(images(60, 36)), torch.from_numpy(np.arange(60) % 3))
    trainer = Trainer(architecture, TrainingConfig(epochs=1, batch_size=20, **settings), data, data)
    reports = [asdict(report) | {"seconds": 0} for report in trainer.epochs()]
    return [*trainer.best_network().state_dict().values(), np.array(json.dumps(reports))]


@contextmanager
def numpy_raises():
    with np.errstate(all="raise"):
        yield
        assert set(np.geterr().values()) == {"raise"}


@contextmanager
def double_precision():
    torch.set_default_dtype(torch.float64)
    try:
        yield
        assert torch.get_default_dtype() == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


@contextmanager
def other_device():
    torch.set_default_device("meta")
    try:
        yield
        assert torch.get_default_device().type == "meta"
    finally:
        torch.set_default_device(None)


@contextmanager
def watched():
    """Everything that a session may have set stays as it was."""

    def settings():
        blas = [(library["filepath"], library["num_threads"]) for library in threadpool_info()]
        generators = (random.getstate(), np.random.get_state()[1].tobytes(), torch.get_rng_state().numpy().tobytes())  # noqa: NPY002
        return blas, generators, torch.get_num_threads(), torch.is_grad_enabled(), np.geterr()

    before = settings()
    yield
    assert settings() == before


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("networks")
    nets = {"dense": dense_network(36, 12, 8, 3), "conv": conv_network(*CONVOLUTIONS)}
    return [xb.save_checkpoint(net, folder / f"{name}.safetensors") for name, net in nets.items()]


@pytest.fixture(scope="module")
def usual(networks, tmp_path_factory):
    return outcomes(networks, tmp_path_factory.mktemp("usual"))


@pytest.mark.parametrize("setting", [watched, numpy_raises, double_precision, other_device])
def test_settings_of_the_session_change_no_number(setting, networks, usual, tmp_path):
    with setting():
        assert outcomes(networks, tmp_path) == usual


WORKQUEUE = """
from concurrent.futures import ThreadPoolExecutor
import numba, numpy as np
import crossbar_nsm as xb
net, x = xb.load_checkpoint("mnist_mlp"), np.random.default_rng(0).random((60, 784), dtype=np.float32)
alone = net.predict(x, 20)
with ThreadPoolExecutor(4) as pool:
    together = list(pool.map(lambda _: net.predict(x, 20), range(40)))
print(numba.threading_layer(), all((alone == other).all() for other in together))
"""


def test_a_thread_pool_that_bears_one_caller_has_one():
    """numba ends a process in which two threads call its layer `workqueue`."""
    found = run_program(WORKQUEUE, NUMBA_THREADING_LAYER="workqueue", NUMBA_NUM_THREADS="2")
    assert found == ["workqueue True"]


def test_settings_are_judged_on_any_device(networks, tmp_path):
    """Small networks of this program's own are made on the processor, too."""
    path = tmp_path / "c.yaml"
    path.write_text(f"checkpoint: {networks[0]}\ndevice: rram_illustrative\narray: {{rows: 20}}\n")
    with other_device():
        assert xb.map_network(xb.load_checkpoint(networks[0]), path).predict(images(2, 36), 2).shape == (2, 3)
