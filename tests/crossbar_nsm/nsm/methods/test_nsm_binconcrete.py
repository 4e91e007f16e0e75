import numpy as np
import pytest
import torch
from scipy.special import erf
from scipy.stats import logistic
from support.laws import check_law, check_rate, rejects
from support.networks import dense_network, states

from crossbar_nsm.nsm.draws import GeneratorDraws
from crossbar_nsm.nsm.methods.nsm_binconcrete import log_odds

PASSES = 20_000


def layer_and_input(**method):
    layer = next(dense_network(40, 6, 2, method={"name": "nsm_binconcrete", **method}).nsm_layers())
    z = torch.from_numpy(states(1, 40))
    return layer, z, 0.5 * (1 + erf(layer.argument(z).detach().double().numpy()[0]))


def draws(seed=3):
    return GeneratorDraws(torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("temperature", [0.5, 1.0])
def test_relaxed_states_have_the_binary_concrete_law(temperature):
    """X = (state + 1)/2: lambda logit(X) - logit(P) is logistic."""
    layer, z, p = layer_and_input(forward="relaxed", temperature=temperature)
    with torch.no_grad():
        x = (layer(z.repeat(PASSES, 1), "neuron", draws()).double().numpy() + 1) / 2
    for unit in range(6):
        inside = np.clip(x[:, unit], 1e-12, 1 - 1e-12)
        log_odds_of_p = np.log(p[unit] / (1 - p[unit]))
        law = logistic(loc=log_odds_of_p / temperature, scale=1 / temperature).cdf
        check_law(np.log(inside / (1 - inside)), law)
        wrong = logistic(loc=np.log(p[unit]) / temperature, scale=1 / temperature).cdf  # eq. 14 as printed
        rejects(check_law, np.log(inside / (1 - inside)), wrong)


def test_binary_states_fire_with_probability_p_and_not_p_over_1_plus_p():
    layer, z, p = layer_and_input()
    with torch.no_grad():
        fired = (layer(z.repeat(PASSES, 1), "neuron", draws()) == 1).sum(dim=0).numpy()
    for unit in range(6):
        check_rate(fired[unit], PASSES, p[unit])
    unit = int(np.argmax(p))
    rejects(check_rate, fired[unit], PASSES, p[unit] / (1 + p[unit]))


def test_the_gradient_is_that_of_the_relaxed_draw():
    """d(2X - 1)/dP = 2 X (1 - X) / (lambda P (1 - P)), by finite differences in c with the same draws."""
    layer, z, _ = layer_and_input(temperature=0.7)
    layer(z, "neuron", draws()).sum().backward()
    relaxed, _, _ = layer_and_input(temperature=0.7, forward="relaxed")
    step, states_at = 1e-3, []
    for sign in (1, -1):
        with torch.no_grad():
            relaxed.c.copy_(layer.c + sign * step)
            states_at.append(relaxed(z, "neuron", draws())[0])
    assert torch.allclose(layer.c.grad, (states_at[0] - states_at[1]) / (2 * step), rtol=1e-2, atol=1e-3)


def test_log_odds_are_finite_far_out():
    values = log_odds(torch.tensor([-30.0, -3.0, 0.0, 3.0, 30.0]))
    assert torch.isfinite(values).all()
    p = 0.5 * (1 + erf(np.array([-3.0, 0.0, 3.0])))
    assert np.allclose(values[1:4].numpy(), np.log(p / (1 - p)), atol=1e-4)
    assert torch.allclose(values, -values.flip(0))
