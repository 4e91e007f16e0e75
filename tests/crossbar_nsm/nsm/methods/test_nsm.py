import numpy as np
import pytest
import torch
from scipy.special import erf
from support.laws import check_mean, check_rate, rejects
from support.networks import BERNOULLI, GAUSSIAN, ArgumentOf, dense_network, states

from crossbar_nsm.nsm.draws import GeneratorDraws


def draws(seed):
    return GeneratorDraws(torch.Generator().manual_seed(seed))


def test_gradients_are_equations_6_and_7():
    """v = beta w/||w||: dL/dbeta = w.dL/dv / ||w||, dL/dw = beta/||w|| dL/dv - beta w/||w||^2 dL/dbeta; c is trained,
    so eq. 7 is complete. The states' gradient is that of erf(v.z + c)."""
    net = dense_network(12, 5, 2)
    layer = next(net.nsm_layers())
    z = torch.from_numpy(states(7, 12)).requires_grad_()
    upstream = torch.randn(7, 5, generator=torch.Generator().manual_seed(0))
    layer(z, "neuron", draws(0)).backward(upstream)
    w, beta, c = (parameter.detach() for parameter in (layer.weight, layer.beta, layer.c))
    norm = w.norm(dim=1)
    v = (beta / norm)[:, None] * w
    dl_dargument = upstream * 2 / np.sqrt(np.pi) * torch.exp(-((z.detach() @ v.T + c) ** 2))
    dl_dv = dl_dargument.T @ z.detach()
    dl_dbeta = (w * dl_dv).sum(dim=1) / norm
    dl_dw = (beta / norm)[:, None] * dl_dv - (beta / norm**2)[:, None] * w * dl_dbeta[:, None]
    assert torch.allclose(layer.beta.grad, dl_dbeta, atol=1e-5)
    assert torch.allclose(layer.weight.grad, dl_dw, atol=1e-5)
    assert torch.allclose(layer.c.grad, dl_dargument.sum(dim=0), atol=1e-5)
    assert torch.allclose(z.grad, dl_dargument @ v, atol=1e-5)
    without_norm_term = (beta / norm)[:, None] * dl_dv
    assert not torch.allclose(layer.weight.grad, without_norm_term, atol=1e-2)


def test_gradients_agree_with_finite_differences():
    """In double precision, of the mean state erf(beta w.z/||w|| + c)."""
    layer = next(dense_network(6, 3, 2).nsm_layers()).double()
    z = torch.from_numpy(states(4, 6)).double()

    def mean_states(weight, beta, c):
        parameters = {"weight": weight, "beta": beta, "c": c}
        return torch.erf(torch.func.functional_call(ArgumentOf(layer), prefixed(parameters), (z,)))

    assert torch.autograd.gradcheck(mean_states, tuple(layer.parameters()))


def prefixed(parameters):
    return {f"layer.{name}": value for name, value in parameters.items()}


@pytest.mark.parametrize("noise", [GAUSSIAN, BERNOULLI, {"law": "bernoulli", "keep_probability": 0.3}])
@pytest.mark.parametrize("place", ["neuron", "synapse"])
def test_a_training_pass_fires_with_the_erf_law(noise, place):
    """20 units of fan-in 400, one input: independent passes; the central limit theorem is good to 1e-3 here."""
    layer = next(dense_network(400, 20, 2, noise=noise, beta=(0.8, 1.2)).nsm_layers())
    z = torch.from_numpy(states(1, 400)).repeat(5000, 1)
    p = 0.5 * (1 + erf(layer.argument(z[:1]).detach().numpy()[0]))
    fired = (layer(z, place, draws(4)) > 0).sum(dim=0).numpy()
    for count, probability in zip(fired, p, strict=True):
        check_rate(count, 5000, probability)
    rejects(check_rate, fired[0], 5000, p[0] + 0.05 if p[0] < 0.5 else p[0] - 0.05)


@pytest.mark.parametrize("noise", [GAUSSIAN, BERNOULLI, {"law": "bernoulli", "keep_probability": 0.3}])
def test_neuron_noise_is_shared_by_units_and_synapse_noise_is_not(noise):
    """Cov(u_i, u_k) = v sum_j w_ij w_kj under neuron noise, 0 under synapse noise; in units of ||w|| sqrt(2 v) the
    former is the cosine of two weight rows over 2. Var is 1/2 for both."""
    layer = next(dense_network(300, 2, 2, noise=noise).nsm_layers())
    with torch.no_grad():
        layer.weight[1] = 0.7 * layer.weight[0] + 0.3 * layer.weight[1]
    z = torch.from_numpy(states(1, 300)).repeat(40_000, 1)
    cosine = torch.nn.functional.cosine_similarity(layer.weight[:1], layer.weight[1:]).item()
    assert cosine > 0.8
    for place, expected in (("neuron", cosine / 2), ("synapse", 0.0)):
        with torch.no_grad():
            u = layer.fluctuation(z, place, draws(5)).double().numpy()
        check_mean(u[:, 0] * u[:, 1], expected)
        check_mean(u[:, 0] ** 2, 0.5)
        rejects(check_mean, u[:, 0] * u[:, 1], cosine / 4)
