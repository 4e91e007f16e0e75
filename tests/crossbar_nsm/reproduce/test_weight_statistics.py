"""Figures 5 to 8: the numbers of the tables are those of the records, layer by layer."""

import numpy as np
import pytest

from crossbar_nsm.reproduce.catalogue import reproduce_paper
from crossbar_nsm.reproduce.reproduction import RunContext
from crossbar_nsm.reproduce.training_record import records

LAYERS = ("a", "b", "c", "d")  # those with weights; the pool has none


@pytest.fixture(scope="module")
def seen(cnn_config, cnn_folder):
    context = RunContext(cnn_config, cnn_folder, lambda _label: lambda _done, _total, _note: None)
    return {name: records(name, context) for name in ("nsm", "nsm_binconcrete", "sigmoid")}


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        ("fig5", lambda record: [weight.std(ddof=1) for weight in record.final_weights]),
        ("fig6", lambda record: np.max(np.abs(record.weight_mean), axis=0)),
        ("fig7", lambda record: (record.gradient_size[0] + record.gradient_size[1]) / 2),
    ],
)
def test_weights_and_gradients(seen, cnn_config, cnn_folder, figure, expected):
    study, _ = reproduce_paper(figure, cnn_config, out=cnn_folder)
    assert study.columns == ["network", *LAYERS, "seeds"]
    for row, (name, found) in zip(study.rows, seen.items(), strict=True):
        for index, layer in enumerate(LAYERS):
            values = [expected(record)[index] for record in found]
            assert study.numbers[name][layer] == pytest.approx(values, rel=1e-4)
            assert row[1 + index] == f"{np.mean(values):.5f} ± {np.std(values, ddof=1):.5f}"
        assert row[-1] == 2


def test_angles(seen, cnn_config, cnn_folder):
    study, _ = reproduce_paper("fig8", cnn_config, out=cnn_folder)
    for index, pair in enumerate(("nsm and nsm", "nsm and nsm_binconcrete", "nsm and sigmoid")):
        for layer, name in enumerate(LAYERS):
            values = [record.cosines[:, index, layer].mean() for record in seen["nsm"]]
            assert study.numbers[pair][name] == pytest.approx(values)
    assert "mean over 3 points" in study.says
