"""A reader of another kind is a class in a file of its own and one entry of READERS."""

from typing import get_args

import numpy as np
import pytest
from support.cells.arrays import device, telegraph
from support.networks import dense_network, images

from crossbar_nsm.array.config import Engine, ReadConfig
from crossbar_nsm.array.reader import Reader, ReadPlan
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.reads import reader_choice
from device_models.errors import MappingError

NET = dense_network(30, 20, 4)


class NoiselessReads(Reader):
    """Exact for arrays without noise."""

    name = "noiseless"

    def __init__(self, plan: ReadPlan):
        self.plan, self.approximations = plan, ("toy",)

    @classmethod
    def serves(cls, plan):
        return not any(array.pair_variance().any() for array in plan.arrays.values())

    @classmethod
    def of(cls, plan):
        return cls(plan)

    def current(self, z, input_of, passes):
        reads = self.operand_currents(z, input_of, passes).sum(axis=1)
        return (self.plan.coefficients[:, None] * reads).sum(axis=0).astype(np.float32)

    def operand_currents(self, z, input_of, passes):
        matrices = [self.plan.arrays[operand.array].mean_matrix() for operand in self.plan.operands]
        slices = self.plan.main.tiling.row_slices
        return np.array([[z[input_of][:, tile] @ matrix[tile] for tile in slices] for matrix in matrices], np.float32)

    def states(self):
        return {}


def hardware(dev, **sections):
    return HardwareConfig.model_validate({"device": dev, **sections})


@pytest.fixture
def one_more(monkeypatch):
    monkeypatch.setattr(reader_choice, "READERS", (NoiselessReads, *reader_choice.READERS))


@pytest.mark.usefixtures("one_more")
@pytest.mark.parametrize("scaling", ["none", "paired", "replica", "row_mask"])
@pytest.mark.parametrize("array", [{}, {"rows": 16, "partial_sums": "digital"}], ids=["analog", "digital"])
@pytest.mark.filterwarnings("ignore::UserWarning")  # without noise neurons are deterministic
def test_it_serves_chips_for_which_it_is_exact(scaling, array):
    """With the same decisions as the closed form, which goes through no other code."""
    quiet = hardware(device(read_noise={}), neuron={"scaling": scaling}, array=array)
    chip = MappedNetwork(NET, quiet)
    assert chip.engine == "noiseless, toy"
    closed = MappedNetwork(NET, quiet.model_copy(update={"read": ReadConfig(engine="moments")}))
    assert closed.engine == "moments"
    x = images(20, 30)
    assert np.mean(chip.sample(x, 3).numpy() == closed.sample(x, 3).numpy()) > 0.99
    assert MappedNetwork(NET, hardware(device())).engine == "moments"


def test_every_reader_can_be_asked_for_by_its_name():
    assert {"auto", *(kind.name for kind in reader_choice.READERS)} == set(get_args(Engine))


def test_the_closed_form_is_refused_where_it_is_not_exact():
    """Also behind a configuration that did not notice."""
    config = hardware(device(telegraph=telegraph(1e-6, 1e-6)))
    read = config.read.model_copy(update={"engine": "moments"})
    with pytest.raises(MappingError, match=r"read\.engine: moments is not exact for .*; use auto"):
        MappedNetwork(NET, config.model_copy(update={"read": read}))
