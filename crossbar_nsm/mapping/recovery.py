"""beta and c as an experimenter would measure them: firing decisions of the programmed array, fitted with the erf law.

Nothing of the calibration's formulas enters: the array is read by its reader, the comparators decide, and a probit
regression of the decisions on t = w.z/||w|| gives slope and offset of P(z = +1) = 1/2 [1 + erf(beta t + c)].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr, ndtr

from crossbar_nsm.engine.passes import OBSERVATION, OBSERVATION_VECTOR, Progress, chunks
from crossbar_nsm.engine.product import one_blas_thread
from crossbar_nsm.mapping.mapped_layer import MappedLayer, layer_input, trained_parameters
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.nsm.methods.nsm import NSMLayer
from device_models.numerics import usual_numerics

ITERATIONS = 30


@dataclass(frozen=True)
class Firing:
    """What was seen of one layer. t (inputs, neurons): w.z/||w|| of each input vector; fired (inputs, neurons): how
    often each neuron fired in `reads` decisions. Patches of a convolution are inputs where beta is per channel. share
    (inputs, neurons): s = ||w_active||/||w||, the share of a neuron's noise sd that its inputs carry, below 1 where a
    patch hangs over the padding: it fires with 1/2 [1 + erf((beta t + c) / s)]."""

    t: np.ndarray
    fired: np.ndarray
    reads: int
    share: np.ndarray | float = 1.0


@dataclass(frozen=True)
class ErfFit:
    """beta, c and the standard error of beta, per neuron; NaN where the decisions never changed."""

    beta: np.ndarray
    c: np.ndarray
    beta_sd: np.ndarray


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
    seen = layer_input(ideal.place)  # without what row drivers add
    vectors = seen.vectors(z.reshape(len(z), -1)).astype(np.float64)
    safe = np.where(norm > 0, norm, 1)
    t = seen.units(vectors @ weight.T / safe)
    share = np.sqrt(seen.units(vectors**2 @ (weight.T / safe) ** 2))
    share = np.where(share > 0, share, 1)
    fired = np.zeros(t.shape)
    layer.reads.begin_at(OBSERVATION_VECTOR)
    for passes in chunks(len(z), reads, "input_major", first_image=OBSERVATION):
        states = layer.fire(z[passes.start : passes.stop], passes.rows, passes)
        np.add.at(fired, passes.rows + passes.start, states > 0)
    if beta.shape[1] < layer.shown.positions:  # beta per channel: every position is one more input
        t, fired, share = (_by_channel(values, len(beta)) for values in (t, fired, share))
    return Firing(t, fired, reads, share)


def _by_channel(values: np.ndarray, channels: int) -> np.ndarray:
    """(inputs, channels positions) as (inputs positions, channels)."""
    return values.reshape(len(values), channels, -1).swapaxes(1, 2).reshape(-1, channels)


@usual_numerics()
def fit_erf(firing: Firing) -> ErfFit:
    """Maximum-likelihood probit fit of every neuron at once, by Newton's method with step halving."""
    one = 1 / np.broadcast_to(firing.share, firing.t.shape)
    t, rate, reads = firing.t * one, firing.fired / firing.reads, firing.reads
    slope, offset = np.ones(t.shape[1]), np.zeros(t.shape[1])
    likelihood = _log_likelihood(t, one, rate, slope, offset)
    information = np.zeros((3, t.shape[1]))
    for _ in range(ITERATIONS):
        gradient, information = _derivatives(t, one, rate, slope, offset)
        with np.errstate(divide="ignore", invalid="ignore"):
            determinant = information[0] * information[2] - information[1] ** 2
            step = (
                np.stack(
                    [
                        information[2] * gradient[0] - information[1] * gradient[1],
                        information[0] * gradient[1] - information[1] * gradient[0],
                    ]
                )
                / determinant
            )
        step = np.nan_to_num(step)
        for _ in range(10):
            better = _log_likelihood(t, one, rate, slope + step[0], offset + step[1]) >= likelihood - 1e-12
            if better.all():
                break
            step = np.where(better, step, step / 2)
        slope, offset = slope + step[0], offset + step[1]
        likelihood = _log_likelihood(t, one, rate, slope, offset)
    determinant = information[0] * information[2] - information[1] ** 2
    changed = (firing.fired.sum(axis=0) > 0) & (firing.fired.sum(axis=0) < reads * len(t)) & (determinant > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = information[2] / determinant / reads
    nothing = np.full_like(slope, np.nan)
    # P = ndtr(slope t + offset) = 1/2 [1 + erf((slope t + offset) / sqrt 2)]
    return ErfFit(
        np.where(changed, slope / np.sqrt(2), nothing),
        np.where(changed, offset / np.sqrt(2), nothing),
        np.where(changed, np.sqrt(np.maximum(variance, 0) / 2), nothing),
    )


def _log_likelihood(
    t: np.ndarray, one: np.ndarray, rate: np.ndarray, slope: np.ndarray, offset: np.ndarray
) -> np.ndarray:
    x = slope * t + offset * one
    result: np.ndarray = (rate * log_ndtr(x) + (1 - rate) * log_ndtr(-x)).sum(axis=0)
    return result


def _derivatives(
    t: np.ndarray, one: np.ndarray, rate: np.ndarray, slope: np.ndarray, offset: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Gradient (2, neurons) and expected information (3, neurons: tt, t1, 11) of the log-likelihood per read."""
    x = np.clip(slope * t + offset * one, -8, 8)
    density, p = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi), ndtr(x)
    spread = np.maximum(p * ndtr(-x), 1e-300)
    score, weight = density * (rate - p) / spread, density**2 / spread
    gradient = np.stack([(score * t).sum(axis=0), (score * one).sum(axis=0)])
    products = (weight * t * t, weight * t * one, weight * one * one)
    return gradient, np.stack([product.sum(axis=0) for product in products])
