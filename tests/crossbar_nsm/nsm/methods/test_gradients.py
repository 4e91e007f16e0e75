import math

import pytest
import torch

from crossbar_nsm.nsm.methods.gradients import fire_straight_through, fire_through_probability

U = torch.tensor([-0.1, 0.0, 0.1])


def test_forward_is_the_sign_with_sign_of_zero_plus_one():
    assert fire_through_probability(torch.zeros(3), U).tolist() == [-1.0, 1.0, 1.0]
    assert fire_straight_through(U, 1.0).tolist() == [-1.0, 1.0, 1.0]


def test_through_probability_passes_the_derivative_of_the_mean_state():
    argument = torch.linspace(-2, 2, 9, requires_grad=True)
    fire_through_probability(argument, torch.ones(9)).sum().backward()
    other = argument.detach().clone().requires_grad_()
    torch.erf(other).sum().backward()
    assert torch.allclose(argument.grad, other.grad)
    assert math.isclose(argument.grad[4].item(), 2 / math.sqrt(math.pi), rel_tol=1e-6)


@pytest.mark.parametrize(("window", "expected"), [(1.0, [0, 3, 3, 3, 0]), (None, [3, 3, 3, 3, 3]), (2.5, [3] * 5)])
def test_straight_through_passes_the_gradient_within_the_window(window, expected):
    u = torch.tensor([-1.5, -1.0, 0.2, 1.0, 2.0], requires_grad=True)
    (3 * fire_straight_through(u, window)).sum().backward()
    assert u.grad.tolist() == expected
