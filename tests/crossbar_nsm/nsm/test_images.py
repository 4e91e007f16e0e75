"""Images of any array of numbers, and none that memory cannot hold."""

import time
import warnings

import numpy as np
import pytest
import torch
from support.networks import dense_network

from crossbar_nsm.engine.sampling.pass_plan import PassPlan
from crossbar_nsm.engine.sampling.sampler import Sampler
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.nsm.draws import GeneratorDraws
from crossbar_nsm.nsm.images import real_numbers
from device_models import load_device
from device_models.errors import ConfigError, DatasetError

NET = dense_network(784, 6, 3)
MANY = {
    "expanded tensor": torch.zeros(1).expand(10**8, 784),
    "expanded bytes": torch.zeros(1, dtype=torch.uint8).expand(10**9, 28, 28),
    "broadcast array": np.broadcast_to(np.float32(0), (10**8, 784)),
    "as many as there are numbers": np.broadcast_to(np.int8(0), (2**50, 784)),
    "list of broadcast rows": [np.broadcast_to(np.float32(0), (10**12,))],
    "list of ranges": [range(10**13)],
}


def test_a_network_called_with_images_alone_says_what_takes_them():
    with pytest.raises(ConfigError, match=r"net\.predict\(x\) and net\.sample\(x\) take images alone"):
        NET(np.zeros((2, 784)))


@pytest.fixture(scope="module")
def chip():
    return MappedNetwork(NET, HardwareConfig(device=load_device("rram_illustrative")))


@pytest.mark.parametrize("given", MANY)
def test_more_than_memory_holds_is_refused_before_it_is_taken(chip, given):
    """These hold one number each, and stand for terabytes."""
    started = time.process_time()
    for use in (NET.predict, NET.sample, NET.encode, NET.trained_on, chip.predict, chip.sample):
        with pytest.raises(DatasetError, match=r"^images of shape \(.*\) would take .*B of memory; this machine has"):
            use(MANY[given])
    assert time.process_time() - started < 2


def test_a_long_row_is_no_batch_and_is_not_made_an_array():
    started = time.process_time()
    with pytest.raises(DatasetError, match=r"expected real numbers in an array .*, got 1000000000 in a row"):
        NET.predict(range(10**9))
    assert time.process_time() - started < 1


def test_lists_nested_without_end():
    nested = []
    for _ in range(10**5):
        nested = [nested]
    with pytest.raises(DatasetError, match="expected real numbers"):
        NET.predict(nested)


def test_lists_and_mixtures_are_still_images():
    rows = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4)
    for given in (
        rows.tolist(),
        list(rows),
        tuple(map(tuple, rows)),
        torch.from_numpy(rows),
        [*rows[:2], rows[2].tolist()],
    ):
        assert np.array_equal(real_numbers(given).numpy(), rows)


def test_single_passes_that_memory_cannot_hold_are_refused():
    with pytest.raises(
        ConfigError, match=r"^samples=10000000: single passes of 10000000 images .* would take 4e\+03 TB"
    ):
        Sampler(PassPlan(10**7, 10**7, 10), None).sample()


def test_gradients_that_end_are_told_once_at_the_users_line(chip):
    """`loss.backward()` on what they give fails, or the images get no gradient, without a word."""
    x = torch.rand(3, 784, requires_grad=True)
    uses = (NET.predict, NET.sample, NET.predict_uncertainty, NET.predict_until_sure, NET.layer_inputs, NET.encode,
            chip.predict, chip.sample, chip.predict_uncertainty, chip.predict_until_sure, chip)  # fmt: skip
    for use in uses:
        with pytest.warns(
            UserWarning, match=r"^images require gradients, which end here: .*xb\.train.*xb\.tune"
        ) as said:
            use(x)
        assert [one.filename for one in said] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chip.reset()
        first = chip(x.detach())
        with torch.no_grad():
            NET.predict(x)
    chip.reset()
    assert (first == chip.sample(x.detach(), samples=1)[0]).all()


def test_what_the_warning_names_keeps_gradients():
    states = (2 * torch.rand(3, 784) - 1).requires_grad_()
    NET(states, "synapse", GeneratorDraws(torch.Generator().manual_seed(0))).sum().backward()
    assert states.grad.abs().sum() > 0
    assert NET.layers["fc1"].weight.grad.abs().sum() > 0
    NET.zero_grad()
