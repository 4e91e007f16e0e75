"""Firing probabilities of NSM units straight from the definition, unit by unit in double precision."""

from __future__ import annotations

import itertools
import math

import numpy as np
from scipy.special import erf


def inputs_of_positions(place, z: np.ndarray) -> np.ndarray:
    """What each position of a layer sees of one flat input, (positions, fan-in); zeros in the padding."""
    z = np.asarray(z, np.float64)
    if len(place.outputs) == 1:
        return z.reshape(1, -1)
    channels, height, width = place.inputs
    spec = place.spec
    padded = np.zeros((channels, height + 2 * spec.padding, width + 2 * spec.padding))
    padded[:, spec.padding : spec.padding + height, spec.padding : spec.padding + width] = z.reshape(place.inputs)
    corners = itertools.product(range(place.outputs[1]), range(place.outputs[2]))
    return np.array(
        [
            padded[:, y * spec.stride : y * spec.stride + spec.kernel, x * spec.stride : x * spec.stride + spec.kernel]
            for y, x in corners
        ]
    ).reshape(-1, channels * spec.kernel**2)


def parameters_of_units(layer) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """weight (outputs, fan-in), its norms (outputs, 1), beta and c (outputs, positions or 1), float64."""
    weight = layer.weight.detach().double().numpy().reshape(len(layer.weight), -1)
    beta, c = (p.detach().double().numpy().reshape(len(weight), -1) for p in (layer.beta, layer.c))
    return weight, np.linalg.norm(weight, axis=1, keepdims=True), beta, c


def share_of_noise(layer, z: np.ndarray) -> np.ndarray:
    """s = sqrt(sum_j w_j^2 z_j^2)/||w||, flat (units)."""
    weight, norm, _, _ = parameters_of_units(layer)
    seen = inputs_of_positions(layer.place, z)
    return (np.sqrt(weight**2 @ seen.T**2) / norm).ravel()


def erf_law(layer, z: np.ndarray, share: bool = True) -> np.ndarray:
    """P(z = +1) = 1/2 [1 + erf((beta t + c)/s)] of one flat input, flat (units); s = 1 unless `share`."""
    weight, norm, beta, c = parameters_of_units(layer)
    argument = (beta * (weight @ inputs_of_positions(layer.place, z).T) / norm + c).ravel()
    return 0.5 * (1 + erf(argument / share_of_noise(layer, z) if share else argument))


def masks(count: int, keep_probability: float) -> tuple[np.ndarray, np.ndarray]:
    """All blank-out masks (2^count, count) and their probabilities."""
    bits = np.array(list(itertools.product((0.0, 1.0), repeat=count)))
    kept = bits.sum(axis=1)
    return bits, keep_probability**kept * (1 - keep_probability) ** (count - kept)


def pre_activations(layer, seen: np.ndarray, xi: np.ndarray) -> np.ndarray:
    """u = sum_j (xi_j + a) w_j z_j + b of one position, (outputs, masks): a and b give the unit its beta and c."""
    weight, norm, beta, c = parameters_of_units(layer)
    m, root = layer.noise.mean, math.sqrt(2 * layer.noise.variance)
    assert beta.shape[1] == 1
    return (weight * seen) @ xi.T + (beta * root - m) * (weight @ seen)[:, None] + c * norm * root


def mask_law(layer, z: np.ndarray) -> np.ndarray:
    """P(u >= 0) under blank-out, summed over all masks of each patch; flat (units)."""
    xi, probability = masks(layer.weight[0].numel(), layer.noise.keep_probability)
    positions = inputs_of_positions(layer.place, z)
    laws = [(pre_activations(layer, seen, xi) >= 0) @ probability for seen in positions]
    return np.stack(laws, axis=1).ravel().clip(0, 1)
