"""What a network asks of a device's noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from device_models.errors import CheckpointError

if TYPE_CHECKING:
    import numpy as np


def trained_betas(checkpoint: str) -> dict[str, np.ndarray]:
    """Trained beta of every NSM layer."""
    from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint

    layers = load_checkpoint(checkpoint).named_nsm_layers()
    betas = {name: layer.beta.detach().numpy() for name, layer in layers}
    if not betas:
        raise CheckpointError(f"{checkpoint}: has no NSM layer, so no noise that its synapses need")
    return betas
