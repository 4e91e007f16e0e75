"""Adam, how its learning rate falls, and the running mean of the parameters."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from crossbar_nsm.nsm.network import Network
from crossbar_nsm.nsm.training.config import TrainingConfig


class Optimisation:
    """Updates of the parameters of `net` by their gradients; `average` is None without averaging."""

    def __init__(self, net: Network, config: TrainingConfig):
        self._net, self._config, decay = net, config, config.averaging
        self.average = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True) if decay else None
        groups = _parameter_groups(net, config)
        self.adam = torch.optim.Adam(groups, weight_decay=config.weight_decay, fused=True)

    @property
    def trained(self) -> Network:
        """What is validated and saved: the running mean if there is one, else the network."""
        if self.average is None:
            return self._net
        assert isinstance(self.average.module, Network)
        return self.average.module

    @property
    def learning_rate(self) -> float:
        rate: float = self.adam.param_groups[0]["lr"]
        return rate

    def set_learning_rate(self, epoch: float) -> None:
        """That of a time in epochs."""
        config = self._config
        factor = {
            "cosine": 0.5 * (1 + math.cos(math.pi * epoch / config.epochs)),
            "step": config.step_factor ** (epoch // config.step_epochs),
            "none": 1.0,
        }[config.decay]
        for group in self.adam.param_groups:
            group["lr"] = config.learning_rate * factor * group["factor"]

    def step(self) -> None:
        """One update, and of the running mean."""
        self.adam.step()
        if self.average is not None:
            self.average.update_parameters(self._net)


def _parameter_groups(net: Network, config: TrainingConfig) -> list[dict[str, Any]]:
    named = list(net.named_parameters())
    betas = [parameter for name, parameter in named if name.endswith(".beta")]
    others = [parameter for name, parameter in named if not name.endswith(".beta")]
    groups = [
        {"params": others, "lr": config.learning_rate, "factor": 1.0},
        {"params": betas, "lr": config.learning_rate, "factor": config.beta.learning_rate_factor},
    ]
    if config.beta.learning_rate_factor == 1:  # one group is faster than two
        groups = [{**groups[0], "params": others + betas}]
    return [group for group in groups if group["params"]]
