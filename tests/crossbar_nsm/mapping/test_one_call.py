"""Calls on one chip from several threads, and calls that end early."""

import copy
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from support.cells.arrays import device, telegraph
from support.networks import dense_network, images

from crossbar_nsm.engine.sampling.passes import OBSERVATION
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.files.chip_file import load_chip
from crossbar_nsm.mapping.learning.chip_tuning import _Twin
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from device_models import load_device
from device_models.errors import MappingError

THREADS, CALLS = 4, 6


def chip(of=None, **sections):
    config = {"device": of or load_device("rram_illustrative"), **sections}
    return MappedNetwork(dense_network(30, 20, 12, 4), HardwareConfig.model_validate(config), seed=2)


CHIPS = {
    "moments": lambda: chip(),
    "telegraph": lambda: chip(device(telegraph=telegraph(5e-6, 5e-6))),
    "hysteresis": lambda: chip(neuron={"comparator": {"hysteresis_a": 1e-6}}),
    "row_mask": lambda: chip(device(telegraph=telegraph(5e-6, 5e-6)), neuron={"scaling": "row_mask"}),
}
CALLS_OF = {
    "sample": lambda of, x, progress: of.sample(x, 5),
    "predict": lambda of, x, progress: of.predict(x, 5, progress=progress),
    "until_sure": lambda of, x, progress: torch.from_numpy(
        of.predict_until_sure(x, 5, block=2, progress=progress).probability
    ),
}


def nothing(_done, _total):
    return


@pytest.mark.parametrize("kind", CALLS_OF)
@pytest.mark.parametrize("of", ["moments", "telegraph"])
def test_threads_that_share_a_chip_draw_what_one_would_draw_in_turn(of, kind):
    x, call = images(3, 30), CALLS_OF[kind]
    alone, shared = CHIPS[of](), CHIPS[of]()
    in_turn = [call(alone, x, nothing) for _ in range(THREADS * CALLS)]
    with ThreadPoolExecutor(THREADS) as pool:
        together = list(pool.map(lambda _: call(shared, x, nothing), range(THREADS * CALLS)))
    as_bytes = [{draws.numpy().tobytes() for draws in all_draws} for all_draws in (in_turn, together)]
    assert as_bytes[0] == as_bytes[1]
    assert len(as_bytes[1]) == THREADS * CALLS
    assert shared.image_counter == alone.image_counter == 3 * THREADS * CALLS


@pytest.mark.parametrize("kind", ["predict", "until_sure"])
@pytest.mark.parametrize("of", CHIPS)
def test_a_call_that_is_interrupted_leaves_the_chip_as_it_was(of, kind, monkeypatch):
    monkeypatch.setattr("crossbar_nsm.engine.sampling.passes.MAX_PASSES", 4)
    x, chips = images(3, 30), [CHIPS[of](), CHIPS[of]()]

    def interrupt(done, _total):
        if done >= 8:
            raise KeyboardInterrupt

    for one in chips:
        one.sample(x, 5)
    with pytest.raises(KeyboardInterrupt):
        CALLS_OF[kind](chips[0], x, interrupt)
    assert chips[0].image_counter == chips[1].image_counter
    assert torch.equal(chips[0].sample(x, 5), chips[1].sample(x, 5))


def test_a_chip_can_be_copied():
    one = CHIPS["telegraph"]()
    other, x = copy.deepcopy(one), images(2, 30)
    assert torch.equal(one.sample(x, 4), other.sample(x, 4))


@pytest.mark.parametrize("kind", [*CALLS_OF, "tuning"])
def test_draws_of_measurements_are_not_for_images(kind, tmp_path):
    """The last image counter that is left is used, and no other: beyond it draws are those of calibrations, and the
    chip would be saved and not be loaded."""
    one, x = CHIPS["telegraph"](), images(3, 30)
    call = CALLS_OF.get(kind, lambda of, x, _: _Twin(of).logits(of.net.encode(x)))
    one.image_counter = OBSERVATION - 3
    call(one, x, nothing)
    assert one.image_counter == OBSERVATION
    before = one.save(tmp_path / "c.safetensors").read_bytes()
    with pytest.raises(MappingError, match=f"image counter {OBSERVATION}, and 1 more images: .* chip.reset"):
        call(one, x[:1], nothing)
    assert load_chip(tmp_path / "c.safetensors").save(tmp_path / "d.safetensors").read_bytes() == before
    assert one.save(tmp_path / "c.safetensors").read_bytes() == before
    one.reset()
    call(one, x, nothing)
