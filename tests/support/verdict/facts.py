"""What was measured of a setting's chips, as its sentence has it, computed again."""

from __future__ import annotations

import numpy as np
from scipy.special import erf

from support.verdict.recomputed import error_of, errors, z_p
from support.verdict.words import NUMBER, says


def layer_of(point, name, what):
    return np.concatenate([getattr(chip.recovery[name], what) for chip in point.chips.values()]).astype(float)


def every_layer(point, value):
    """By layer: the median of what is finite."""
    return {
        name: float(np.median(found[np.isfinite(found)])) if np.isfinite(found := value(name)).any() else 0.0
        for name in next(iter(point.chips.values())).recovery
    }


def reach(point, fact):
    name = fact["layer"]
    out = layer_of(point, name, "clipped") > 0
    assert (int(fact["out"]), int(fact["of"])) == (out.sum(), out.size)
    need, get = (np.median(layer_of(point, name, f"{what}_beta")[out]) for what in ("trained", "recovered"))
    assert says(fact["need"], need)
    assert says(fact["get"], get)
    assert out.mean() == max(layer_of(point, other, "clipped").mean() for other in every_layer(point, lambda n: out))


def noise(point, fact):
    layers = next(iter(point.chips.values())).recovery
    trained, recovered = (
        np.concatenate([layer_of(point, name, f"{what}_beta") for name in layers]) for what in ("trained", "recovered")
    )
    ratio = float(np.median(np.abs(recovered / trained)))
    if fact["share"] is None:
        assert np.isinf(ratio)
    elif fact["share"].startswith("1/"):
        assert float(fact["share"][2:]) == float(f"{ratio:.2g}")
    else:
        assert float(fact["share"]) == float(f"{1 / ratio:.2g}")
        assert abs(1 - ratio) > 0.05
    assert bool(fact["gain"]) == (fact["share"] is not None and point.config.neuron.scaling == "none")


def weights(point, fact):
    values = every_layer(
        point,
        lambda name: (
            np.sqrt(2) * np.abs(layer_of(point, name, "recovered_beta")) * layer_of(point, name, "direction_error")
        ),
    )
    assert float(fact["size"]) == float(f"{values[fact['layer']]:.2g}")
    assert values[fact["layer"]] == max(values.values())


def frozen(point, fact):
    values = every_layer(point, lambda name: layer_of(point, name, "frozen_share"))
    assert says(fact["share"], 100 * values[fact["layer"]])
    assert values[fact["layer"]] == max(values.values())


def thresholds(point, fact):
    values = every_layer(
        point, lambda name: np.abs(layer_of(point, name, "recovered_c") - layer_of(point, name, "trained_c"))
    )
    assert float(fact["off"]) == float(f"{50 * erf(values[fact['layer']]):.2g}")
    assert values[fact["layer"]] == max(values.values())


def confidence(point, fact):
    predictions = [chip.prediction for chip in point.chips.values()], [point.reference.prediction]
    sure, of_software = (np.stack([one.probability.max(axis=1) for one in of]).astype(float) for of in predictions)
    right, software_right = 1 - errors(point), 1 - error_of(predictions[1][0].probability, point.labels)
    assert says(fact["sure"], 100 * sure.mean())
    assert says(fact["right"], 100 * right.mean())
    assert says(fact["software_sure"], 100 * of_software.mean())
    assert says(fact["software_right"], 100 * software_right.mean())
    more = (sure - right) - (of_software - software_right)
    assert fact["side"] == ("over" if more.mean() > 0 else "under")
    assert z_p(more) < 0.05


GAIN = r"(?P<gain>, which this circuit cannot correct: it has no gain)?"
FACTS = [
    (
        r"(?P<out>\d+) of (?P<of>\d+) neurons of (?P<layer>\S+) are out of the circuit's reach \(they need beta "
        rf"(?P<need>{NUMBER}) and get (?P<get>{NUMBER}), medians\)",
        reach,
    ),
    (
        rf"neurons have (?:no noise|(?P<share>\S+) (?:of|times) the noise they were trained with \(median\)){GAIN}",
        noise,
    ),
    (
        rf"errors of weights shift a neuron's sum by (?P<size>{NUMBER}) times its noise \((?P<layer>\S+), median\)",
        weights,
    ),
    (r"(?P<share>\d+) % of the noise of (?P<layer>\S+) is frozen, the same in all samples \(median\)", frozen),
    (
        rf"errors of thresholds make a neuron of (?P<layer>\S+) that should fire at 50 % fire at 50 ± "
        rf"(?P<off>{NUMBER}) % \(median\)",
        thresholds,
    ),
    (
        r"(?P<side>over|under)confident beside ideal software: (?P<sure>[\d.]+) % sure on average "
        r"\(software (?P<software_sure>[\d.]+) %\), right in (?P<right>[\d.]+) % \((?P<software_right>[\d.]+) %\)",
        confidence,
    ),
]
