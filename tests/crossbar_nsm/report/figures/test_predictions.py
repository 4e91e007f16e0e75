import numpy as np
import pytest
from support.results import fake_results

from crossbar_nsm.report.figures.predictions import (
    FEW,
    ReliabilityPanel,
    confusion_counts,
    confusion_matrix,
    reliability,
)
from crossbar_nsm.statistics.metrics import measure
from crossbar_nsm.statistics.metrics import reliability as reliability_of


@pytest.fixture(scope="module")
def predictions():
    """Probabilities of three chips and the labels."""
    (point,) = fake_results(chips=3, images=600).points
    return np.stack([chip.prediction.probability for chip in point.chips.values()]), point.chips[0].labels


def test_reliability_pools_chips_and_averages_their_numbers(predictions):
    probability, labels = predictions
    panel = ReliabilityPanel.of("three chips", probability, labels)
    figure = reliability([panel, ReliabilityPanel.of("one chip", probability[:1], labels)] * 2)
    assert [axes.get_title() for axes in figure.axes] == ["three chips", "one chip"] * 2
    points = np.asarray(figure.axes[0].collections[-1].get_offsets())
    expected = reliability_of(probability.reshape(-1, 10), np.tile(labels, 3))
    used = expected.count >= FEW
    assert points == pytest.approx(np.stack([expected.confidence[used], expected.accuracy[used]], axis=1))
    single = figure.axes[1].collections[-1].get_offsets()
    assert points.shape != single.shape or not np.allclose(points, single)  # one chip is not three
    ece = np.mean([measure(chip, labels).ece for chip in probability])
    assert f"ECE {ece:.4f}" in figure.axes[0].texts[0].get_text()


def test_confusion_counts_images_of_true_classes_in_rows():
    labels = np.array([0, 0, 1, 2])
    first = np.eye(3)[[0, 2, 1, 2]]
    second = np.eye(3)[[0, 0, 1, 2]]
    counts = confusion_counts(np.stack([first, second]), labels)
    assert counts.tolist() == [[1.5, 0, 0.5], [0, 1, 0], [0, 0, 1]]
    assert counts.tolist() != counts.T.tolist()


def test_confusion_matrix_colours_mistakes_and_prints_all(predictions):
    probability, labels = predictions
    counts = confusion_counts(probability, labels)
    names = [f"kind {index}" for index in range(10)]
    figure = confusion_matrix(probability, labels, names)
    axes = figure.axes[0]
    coloured = axes.images[1].get_array()
    wrong = (counts > 0) & ~np.eye(10, dtype=bool)
    assert (~np.ma.getmaskarray(coloured) == wrong).all()
    assert coloured[wrong].tolist() == counts[wrong].tolist()
    assert len(axes.texts) == np.count_nonzero(counts)
    assert str(round(counts[0, 0])) in axes.texts[0].get_text()
    assert [text.get_text() for text in axes.get_yticklabels()] == names
    error = np.mean([measure(chip, labels).error for chip in probability])
    assert axes.get_title() == f"600 images, {100 * error:.2f} % wrong"


def test_many_classes_have_colours_alone_and_no_mistakes_no_colours():
    labels = np.arange(94) % 47
    guess = np.roll(labels, 1)
    axes = confusion_matrix(np.eye(47)[guess][None], labels).axes[0]
    assert not axes.texts
    assert len(axes.get_yticklabels()) < 15
    perfect = confusion_matrix(np.eye(10)[np.arange(10)][None], np.arange(10))
    assert len(perfect.axes) == 1
