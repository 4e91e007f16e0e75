"""What training sees of its images, and images and labels that no network can be trained on."""

import pytest
import torch
from support.laws import check_rate, rejects
from support.networks import dense_network

from crossbar_nsm.nsm.draws import GeneratorDraws
from crossbar_nsm.nsm.training.config import TrainingConfig
from crossbar_nsm.nsm.training.data import InputStates, LabelledImages, check_data
from device_models.errors import DatasetError

NET = dense_network(30, 4, 2)


def labelled(*labels, images=None):
    return LabelledImages(torch.rand(images or len(labels), 30), torch.tensor(labels))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (labelled(0, 2, 1), "labels run from 0 to 2, but the output layer has 2 classes (0 to 1)"),
        (labelled(0, -1), "labels run from -1 to 0, but"),
        (labelled(0, 1, images=3), "3 images, but 2 labels: one label per image is needed"),
        (labelled(images=1), "no images to train or validate on"),
        (labelled(1), "one image is left to train on: at least two"),
    ],
)
def test_images_and_labels_must_fit_each_other_and_the_output_layer(data, message):
    with pytest.raises(DatasetError) as caught:
        check_data(data, labelled(0, 1), NET.architecture, TrainingConfig())
    assert message in str(caught.value)


def test_random_binarisation_follows_the_grey_values():
    """A pixel of value x is +1 with probability x; 0 and 1 are certain. Flips change a share of the states."""
    grey = torch.tensor([0.0, 0.2, 0.5, 0.9, 1.0]).repeat(6)
    images, draws = grey.repeat(4000, 1), GeneratorDraws(torch.Generator().manual_seed(0))

    def batch(**settings):
        return InputStates(NET.encode(images), images, TrainingConfig(**settings)).batch(torch.arange(4000), draws)

    for flips in (0.0, 0.1):
        states = batch(input_binarisation="random", input_flips=flips)
        assert set(states.unique().tolist()) == {-1.0, 1.0}
        for pixel in range(5):
            p = float(grey[pixel]) * (1 - flips) + (1 - float(grey[pixel])) * flips
            fired = int((states[:, pixel::5] == 1).sum())
            check_rate(fired, 24_000, round(p, 6))
            rejects(check_rate, fired, 24_000, abs(round(p, 6) - 0.05))
    assert torch.equal(batch()[0], torch.tensor([-1.0, -1, 1, 1, 1]).repeat(6))
