"""Networks whose beta and c are in a module of their own behind a Linear, as torch modules compute them."""

import re

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from support.networks import BERNOULLI, dense_network, images
from support.state_dicts import SIZES, Own, load
from torch import nn

from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from crossbar_nsm.nsm.checkpoints.published import import_published
from crossbar_nsm.nsm.noise import BernoulliNoise
from device_models.errors import CheckpointError


class Sign(nn.Module):
    """Fires with P = 1/2 (1 + erf(beta u + c)); u is all that it sees of the layer in front."""

    def __init__(self, units):
        super().__init__()
        generator = torch.Generator().manual_seed(units)
        self.beta = nn.Parameter(torch.rand(units, generator=generator) + 0.5)
        self.c = nn.Parameter(torch.rand(units, generator=generator) - 0.5)

    def forward(self, u):
        return 2 * torch.bernoulli((1 + torch.erf(self.beta * u + self.c)) / 2) - 1


def sequential(bias=True, width=6):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(20, 8, bias), Sign(8), nn.Linear(8, width, bias), Sign(width), nn.Linear(width, 3)
    ).requires_grad_(False)


def refused(path, read=load_checkpoint):
    with pytest.raises(CheckpointError) as caught:
        read(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    assert "delete" not in text
    return text


@pytest.mark.parametrize("bias", [True, False])
def test_the_lines_of_the_error_make_layers_that_fire_as_the_modules_do(tmp_path, bias):
    net = sequential(bias)
    path, s = tmp_path / "net.pt", net.state_dict()
    for number, more in (("0", ", and so for 1 more"), ("2", "weight. ")):
        torch.save(s, path)
        text = refused(path)
        assert refused(path, lambda path: import_published(path, BernoulliNoise())) == text
        assert f"'{int(number) + 1}.beta' is in a module behind '{number}.weight'; " in text
        assert more in text
        assert "layer" not in text.removeprefix(f"{path}: ")
        exec(re.search(r"in the state_dict s: (.*) \(without", text)[1], {"s": s})
    torch.save(s, path)
    found, _ = load(path)
    for name, linear, sign in (("layer0", net[0], net[1]), ("layer2", net[2], net[3])):
        z = torch.where(torch.rand(5, linear.in_features) < 0.5, 1.0, -1.0)
        np.testing.assert_allclose(
            found.layers[name].argument(z).detach(), (sign.beta * linear(z) + sign.c).detach(), atol=1e-5
        )
    found.predict(images(5, 20), samples=2)


def test_names_are_those_of_the_file(tmp_path):
    torch.save({f"module.net.{name}": value for name, value in sequential().state_dict().items()}, tmp_path / "net.pt")
    text = refused(tmp_path / "net.pt")
    assert "'module.net.1.beta' is in a module behind 'module.net.0.weight'" in text
    assert "s['module.net.0.beta'] = s.pop('module.net.1.beta') * s['module.net.0.weight'].norm(dim=1)" in text


def test_numbers_tell_the_order_where_the_file_does_not(tmp_path):
    state = {f"{int(name[0]) + 8}{name[1:]}": value for name, value in sequential(width=8).state_dict().items()}
    save_file(state, tmp_path / "net.safetensors")  # 10, 11, 12, 8, 9
    assert "'9.beta' is in a module behind '8.weight'" in refused(tmp_path / "net.safetensors")


def test_blocks_are_no_networks_side_by_side(tmp_path):
    whole = sequential()
    blocks = nn.Sequential(whole[:2], whole[2:4].__class__(*list(whole[2:4])), whole[4])
    torch.save(blocks.state_dict(), tmp_path / "net.pt")
    assert "'0.1.beta' is in a module behind '0.0.weight'" in refused(tmp_path / "net.pt")


def test_where_nothing_tells_the_weight_the_layout_is_said(tmp_path):
    own = {re.sub(r"(fc\d)\.(beta|c)$", r"units_of_\1.\2", name): value for name, value in
           Own(dense_network(*SIZES, noise=BERNOULLI)).state_dict().items()}  # fmt: skip
    torch.save(dict(sorted(own.items(), key=lambda pair: ("weight" in pair[0], pair[0]))), tmp_path / "net.pt")
    text = refused(tmp_path / "net.pt")
    assert "'units_of_fc1.beta' and 'units_of_fc1.c' are in a module without weight; save them as <layer>.beta" in text


def test_a_beta_too_much_beside_a_whole_network_is_not_taken_for_one_behind(tmp_path):
    own = Own(dense_network(*SIZES, noise=BERNOULLI)).state_dict()
    torch.save(own | {"norm.beta": torch.ones(20)}, tmp_path / "net.pt")
    with pytest.raises(CheckpointError, match="layer 'norm' has no two-dimensional weight"):
        load_checkpoint(tmp_path / "net.pt")
