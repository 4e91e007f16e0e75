"""beta and c as an experimenter would measure them: firing decisions of the programmed array, fitted with the erf law.

Nothing of the calibration's formulas enters: the array is read by its reader, the comparators decide, and a probit
regression of the decisions on t = w.z/||w|| gives slope and offset of P(z = +1) = 1/2 [1 + erf(beta t + c)].

Equations: docs/physics.md#observed-beta.
"""

from __future__ import annotations

import numpy as np

from crossbar_nsm.engine.kernels.product import one_blas_thread
from crossbar_nsm.engine.sampling.passes import OBSERVATION, OBSERVATION_VECTOR, Progress, chunks
from crossbar_nsm.mapping.mapped_layer import MappedLayer
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.observation.erf_fit import Firing
from crossbar_nsm.mapping.programming import layer_input, trained_parameters
from crossbar_nsm.nsm.methods.nsm import NSMLayer


def observe(
    chip: MappedNetwork, images: np.ndarray, reads: int, progress: Progress = lambda _done, _total: None
) -> dict[str, Firing]:
    """Show every layer the inputs it gets for `images` (drawn by the ideal network) `reads` times and count decisions.

    The chip is reset before and after. `progress(done, total)` counts layers.
    """
    inputs = chip.net.layer_inputs(images, seed=chip.seed)
    result = {}
    with one_blas_thread():
        chip.reset()
        for layer in chip.hidden:
            result[layer.name] = _observe_layer(layer, chip.net.layers[layer.name], inputs[layer.name], reads)
            progress(len(result), len(chip.hidden))
        chip.reset()
    return result


def _observe_layer(layer: MappedLayer, ideal: object, z: np.ndarray, reads: int) -> Firing:
    assert isinstance(ideal, NSMLayer)
    weight, beta, _ = trained_parameters(ideal)
    norm = np.linalg.norm(weight, axis=1)
    inputs = layer_input(ideal.place)  # without what row drivers add
    vectors = inputs.vectors(z.reshape(len(z), -1)).astype(np.float64)
    safe = np.where(norm > 0, norm, 1)
    t = inputs.units(vectors @ weight.T / safe)
    share = np.sqrt(inputs.units(vectors**2 @ (weight.T / safe) ** 2))
    share = np.where(share > 0, share, 1)
    fired = np.zeros(t.shape)
    layer.reads.begin_at(OBSERVATION_VECTOR)
    for passes in chunks(len(z), reads, "input_major", first_image=OBSERVATION):
        states = layer.fire(z[passes.start : passes.stop], passes.input_of, passes)
        np.add.at(fired, passes.input_of + passes.start, states > 0)
    if beta.shape[1] < layer.layer_input.positions:  # beta per channel: every position is one more input
        t, fired, share = (_by_channel(values, len(beta)) for values in (t, fired, share))
    return Firing(t, fired, reads, share)


def _by_channel(values: np.ndarray, channels: int) -> np.ndarray:
    """(inputs, channels positions) as (inputs positions, channels)."""
    return values.reshape(len(values), channels, -1).swapaxes(1, 2).reshape(-1, channels)
