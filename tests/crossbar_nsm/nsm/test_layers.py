import pytest
import torch
from scipy.special import erf
from support.laws import check_rate, rejects
from support.networks import BERNOULLI, GAUSSIAN, dense_network, states


def test_gradients_are_equations_6_and_7():
    """v = beta w/||w||: dL/dbeta = w.dL/dv / ||w||, dL/dw = beta/||w|| dL/dv - beta w/||w||^2 dL/dbeta."""
    net = dense_network(12, 5, 2)
    layer = next(net.nsm_layers())
    z = torch.from_numpy(states(7, 12))
    upstream = torch.randn(7, 5, generator=torch.Generator().manual_seed(0))
    layer.argument(z).backward(upstream)
    w, beta = layer.weight.detach(), layer.beta.detach()
    norm = w.norm(dim=1)
    dl_dv = upstream.T @ z
    dl_dbeta = (w * dl_dv).sum(dim=1) / norm
    dl_dw = (beta / norm)[:, None] * dl_dv - (beta / norm**2)[:, None] * w * dl_dbeta[:, None]
    assert torch.allclose(layer.beta.grad, dl_dbeta, atol=1e-5)
    assert torch.allclose(layer.weight.grad, dl_dw, atol=1e-5)
    assert torch.allclose(layer.c.grad, upstream.sum(dim=0), atol=1e-5)


@pytest.mark.parametrize("noise", [GAUSSIAN, BERNOULLI])
@pytest.mark.parametrize("place", ["neuron", "synapse"])
def test_a_training_pass_fires_with_the_erf_law(noise, place):
    """20 units of fan-in 400, one input: independent passes; the central limit theorem is good to 1e-3 here."""
    layer = next(dense_network(400, 20, 2, noise=noise, beta=(0.8, 1.2)).nsm_layers())
    z = torch.from_numpy(states(1, 400)).repeat(5000, 1)
    p = 0.5 * (1 + erf(layer.argument(z[:1]).detach().numpy()[0]))
    generator = torch.Generator().manual_seed(4)
    fired = (layer(z, place, generator) > 0).sum(dim=0).numpy()
    for count, probability in zip(fired, p, strict=True):
        check_rate(count, 5000, probability)
    rejects(check_rate, fired[0], 5000, p[0] + 0.05 if p[0] < 0.5 else p[0] - 0.05)
