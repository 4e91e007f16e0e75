import pytest
import torch
from support.networks import dense_network, images

from crossbar_nsm.nsm.draws import GeneratorDraws
from crossbar_nsm.nsm.initialisation import initialise_from_data


@pytest.mark.parametrize("beta", [None, 0.7])
def test_the_first_arguments_have_zero_mean_and_unit_variance(beta):
    net = dense_network(60, 30, 20, 4)
    x = torch.from_numpy(images(100, 60))
    initialise_from_data(net, net.encode(x), "neuron", GeneratorDraws(torch.Generator().manual_seed(0)), beta)
    first = next(net.nsm_layers())
    argument = first.argument(net.encode(x))
    assert torch.allclose(argument.mean(dim=0), torch.zeros(30), atol=1e-5)
    if beta is None:
        assert torch.allclose(argument.std(dim=0), torch.ones(30), atol=1e-5)
    else:
        assert torch.all(first.beta == 0.7)


def test_a_constant_input_does_not_divide_by_zero():
    net = dense_network(6, 3, 2)
    initialise_from_data(net, -torch.ones(10, 6), "neuron", GeneratorDraws(torch.Generator().manual_seed(0)))
    assert all(bool(torch.isfinite(p).all()) for p in net.parameters())
