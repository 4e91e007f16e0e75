"""A layer's arrays: programmed alike for chips and for training, at an address of their own each."""

import numpy as np
from support.cells.arrays import device, weights
from support.networks import dense_network

from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.programming import LayerSite, ProgrammedLayer
from device_models import Stream

DRIVERS = {"dac": {"gain_sd": 0.05, "offset_sd_v": 0.01}}


def site(**stored):
    sections = {"device": device(), "neuron": {"scaling": "replica"}, "array": {"rows": 16, **DRIVERS}}
    return LayerSite(HardwareConfig.model_validate(sections), Stream(seed=3, layer="fc1"), stored=stored)


def test_arrays_of_a_layer_share_drivers_and_targets_but_no_cell():
    weight = weights(20, 30)
    main, replica = site().array(weight), site().array(weight, "replica")
    assert np.array_equal(main.targets.gain, replica.targets.gain)
    assert np.array_equal(main.targets.shift, replica.targets.shift)
    assert not np.any(main.g_s == replica.g_s)
    assert np.array_equal(site().array(weight, "replica").g_s, replica.g_s)
    assert np.array_equal(site(replica=main.g_s).array(weight, "replica").g_s, main.g_s)


def test_negative_betas_turn_weights_round_and_a_chip_has_the_same_cells():
    net = dense_network(30, 20, 4, beta=(-1.0, 1.0))
    layer = next(net.nsm_layers())
    place = next(net.architecture.placements())
    programmed = ProgrammedLayer.of(place, layer, site())
    beta = layer.beta.detach().numpy()
    assert np.array_equal(programmed.sign[:, 0], np.where(beta < 0, -1, 1).ravel())
    assert np.allclose(programmed.sign * programmed.weight, layer.weight.detach().numpy())
    chip = MappedNetwork(net, programmed.site.config, seed=3)
    for name, array in programmed.arrays.items():
        assert np.array_equal(array.g_s, chip.hidden[0].arrays[name].g_s)


def test_cells_are_programmed_anew_to_the_same_targets():
    net = dense_network(30, 20, 4)
    first = ProgrammedLayer.of(next(net.architecture.placements()), next(net.nsm_layers()), site())
    again = first.anew(Stream(seed=4, layer="fc1"))
    assert again.arrays.keys() == first.arrays.keys()
    for name, array in again.arrays.items():
        assert array.targets is first.arrays[name].targets
        assert not np.any(array.g_s == first.arrays[name].g_s)
