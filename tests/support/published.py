"""State dicts as the authors' published code writes them, and changes of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

State = dict[str, torch.Tensor]


def published_state(weights: dict[str, tuple[int, ...]], betas: dict[str, tuple[int, ...]], bias: bool = True) -> State:
    """Random tensors of the given shapes, by layer; betas: of the hidden layers. bias: of the hidden layers too."""
    generator = torch.Generator().manual_seed(0)
    state = {}
    for name, shape in weights.items():
        state[f"{name}.weight"] = torch.randn(shape, generator=generator)
        if bias or name not in betas:
            state[f"{name}.bias"] = torch.randn(shape[0], generator=generator)
        if name in betas:
            state[f"{name}.b"] = state[f"{name}.magnitude"] = 0.5 + torch.rand(betas[name], generator=generator)
    return state


def changed(**tensors: torch.Tensor | None) -> Callable[[State], None]:
    """A change that sets tensors (`conv1_b` is conv1.b); None deletes one."""

    def change(state: State) -> None:
        for name, value in tensors.items():
            key = name.replace("_", ".", 1)
            if value is None:
                del state[key]
            else:
                state[key] = value

    return change


def writer(folder: Path) -> Callable[[object], Path]:
    """A function that writes what it is given as net.pt in `folder`."""

    def write(state: object) -> Path:
        torch.save(state, folder / "net.pt")
        return folder / "net.pt"

    return write
