import math

import torch

from crossbar_nsm.nsm.activation import fire


def test_forward_is_the_sign_with_sign_of_zero_plus_one():
    argument = torch.zeros(3)
    assert fire(argument, torch.tensor([-0.1, 0.0, 0.1])).tolist() == [-1.0, 1.0, 1.0]


def test_backward_is_the_derivative_of_the_mean_state():
    argument = torch.linspace(-2, 2, 9, requires_grad=True)
    fire(argument, torch.ones(9)).sum().backward()
    other = argument.detach().clone().requires_grad_()
    torch.erf(other).sum().backward()
    assert torch.allclose(argument.grad, other.grad)
    assert math.isclose(argument.grad[4].item(), 2 / math.sqrt(math.pi), rel_tol=1e-6)
