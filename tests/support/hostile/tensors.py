"""Tensors of every kind that a file or a caller can hold, made of good ones."""

from __future__ import annotations

from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

from support.hostile.damage import ARRAY, OF_TORCH, spoil_tensor

FORMS = {
    "5-d": lambda t: t.reshape(1, 1, 1, *t.shape),
    "one more": lambda t: t[..., None],
    "0-d": lambda t: t.ravel()[0],
    "strided": lambda t: torch.cat([t, t], dim=-1)[..., ::2] if t.ndim else t,
    "backwards in memory": lambda t: t.T.contiguous().T if t.ndim == 2 else t,
    "part of a large one": lambda t: torch.zeros(10_000, dtype=t.dtype)[: t.numel()].reshape(t.shape),
    "with gradient": lambda t: t.clone().requires_grad_() if t.is_floating_point() else t,
    "parameter": lambda t: torch.nn.Parameter(t, requires_grad=False),
    "sparse": lambda t: t.to_sparse() if t.ndim else t,
    "csr": lambda t: t.to_sparse_csr() if t.ndim == 2 else t,
    "quantised": lambda t: torch.quantize_per_tensor(t.float(), 0.1, 10, torch.qint8),
    "meta": lambda t: t.to("meta"),
    "conjugate": lambda t: torch.conj(t.to(torch.complex64)),
    "negative bit": lambda t: torch._neg_view(t),
    "denormal": lambda t: torch.full_like(t, 1e-45) if t.is_floating_point() else t,
    "minus zero": lambda t: torch.full_like(t, -0.0) if t.is_floating_point() else t,
    "largest": lambda t: torch.full_like(t, torch.finfo(t.dtype).max) if t.is_floating_point() else t,
    "list": lambda t: t.tolist(),
    "number": lambda t: 1.0,
    "nothing": lambda t: None,
    "nested": lambda t: {"a": t},
}
forms = st.sampled_from([*FORMS, *OF_TORCH, *ARRAY])


def formed(tensor: Tensor, form: str) -> Any:
    """`tensor` in another form; as it is where torch does not know that form of it."""
    try:
        return FORMS[form](tensor) if form in FORMS else spoil_tensor(tensor, form)
    except (NotImplementedError, RuntimeError, TypeError, ValueError):
        return tensor
