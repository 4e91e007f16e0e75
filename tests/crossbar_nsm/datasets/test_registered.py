"""Data sets of users: read by name like others, and everything that they give is checked."""

import numpy as np
import pytest

import crossbar_nsm as xb
from crossbar_nsm.datasets.catalogue import check_name, is_quick, keeps_test_images_apart, read_dataset
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.training import TrainConfig
from device_models.errors import ConfigError, DatasetError

IMAGES = np.linspace(0, 1, 24).reshape(4, 2, 3)
LABELS = np.array([0, 1, 1, 0])


def registered(given, shape=(1, 2, 3), classes=2, **more):
    """The name of a data set of which a function gives this, or what it says to a split and a folder."""

    @xb.register_dataset("mine", shape=shape, classes=classes, **more)
    def mine(split, root):
        return given(split, root) if callable(given) else given

    return "mine"


def test_it_is_read_by_its_name(monkeypatch):
    seen = []

    def given(split, root):
        seen.append((split, root))
        return IMAGES, LABELS.astype(np.uint8)

    images, labels = xb.load_dataset(registered(given), "train", "somewhere")
    assert images.dtype == np.float32
    assert labels.dtype == np.int64
    assert np.array_equal(images, IMAGES.astype(np.float32))
    monkeypatch.delenv("CROSSBAR_NSM_DATA", raising=False)
    read_dataset("mine")
    monkeypatch.setenv("CROSSBAR_NSM_DATA", "/elsewhere")
    read_dataset("mine")
    assert seen == [("train", "somewhere"), ("test", None), ("test", "/elsewhere")]


def test_eight_bits_are_divided_and_lists_are_arrays():
    images, _ = xb.load_dataset(registered(((255 * IMAGES).astype(np.uint8), LABELS)))
    assert images.max() == 1
    images, labels = xb.load_dataset(registered((IMAGES.tolist(), LABELS.tolist())))
    assert images.shape == (4, 2, 3)
    assert labels.tolist() == LABELS.tolist()
    images, _ = xb.load_dataset(registered((np.zeros((4, 3, 2, 2)), LABELS), shape=(3, 2, 2)))
    assert images.shape == (4, 3, 2, 2)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "gave None, expected .images, labels."),
        ((IMAGES,), "expected .images, labels."),
        ((IMAGES[:, :1], LABELS), r"gave images float64 of shape \(4, 1, 3\), expected numbers of shape \(n, 2, 3\)"),
        ((IMAGES[:0], LABELS[:0]), r"of shape \(0, 2, 3\)"),
        ((5, 6), "object of type 'int' has no len|gave images 5"),
        ((IMAGES.astype("U"), LABELS), "gave images <U"),
        ((np.where(IMAGES == 0, np.nan, IMAGES), LABELS), "NaN or infinite values in . of 4 images; leave"),
        ((256 * IMAGES, LABELS), "divide them by the value of white .255 of 8-bit"),
        ((IMAGES, LABELS[:3]), r"gave labels int64 of shape \(3,\), expected whole numbers of shape \(4,\)"),
        ((IMAGES, LABELS.astype(float)), r"gave labels float64 .*: y.astype\(int\)\n"),
        ((IMAGES, LABELS + 1), "labels run from 1 to 2, expected 0 to 1"),
        ((IMAGES, LABELS - 1), "labels run from -1 to 0"),
        (lambda *_: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda *_: exec("raise SystemExit(3)"), "SystemExit: 3"),
    ],
)
def test_what_it_gives_is_checked(given, message):
    with pytest.raises(DatasetError, match=message) as caught:
        read_dataset(registered(given))
    assert str(caught.value).startswith("data set mine (mine): ")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"shape": (2, 3)}, "shape=.2, 3.: expected .channels, height, width."),
        ({"shape": (1, 0, 3)}, "whole numbers from 1"),
        ({"shape": (1, 2.0, 3)}, "whole numbers from 1"),
        ({"shape": "abc"}, "shape='abc'"),
        ({"classes": 0}, "classes=0: expected a whole number"),
        ({"classes": True}, "classes=True"),
    ],
)
def test_its_description_is_checked(settings, message):
    with pytest.raises(DatasetError, match=message):
        registered((IMAGES, LABELS), **settings)


def test_names_of_ours_are_refused():
    with pytest.raises(ConfigError, match="data set 'mnist': there is one of this name already"):
        xb.register_dataset("mnist", (1, 2, 3), 2)(lambda split, root: None)


def test_an_unknown_name_is_told_how_to_register_it():
    registered((IMAGES, LABELS))
    with pytest.raises(DatasetError, match=r"unknown data set 'mnie'; did you mean mine.* a file that --laws names"):
        check_name("mnie")


def test_files_and_splits(tmp_path):
    path = tmp_path / "images.bin"
    registered((IMAGES, LABELS), files=lambda split, root: [path], parts=False)
    with pytest.raises(DatasetError, match=r"images\.bin: no such file"):
        is_quick("mine")
    path.write_bytes(b"1234")
    assert is_quick("mine")
    assert not keeps_test_images_apart("mine")
    registered((IMAGES, LABELS))
    assert keeps_test_images_apart("mine")
    assert not is_quick("mine")


def test_schemas_list_it():
    registered((IMAGES, LABELS))
    for model, section in ((ExperimentConfig, "DatasetConfig"), (TrainConfig, "TrainingDatasetConfig")):
        examples = model.model_json_schema()["$defs"][section]["properties"]["name"]["examples"]
        assert {"mnist5k", "mine"} <= set(examples)
