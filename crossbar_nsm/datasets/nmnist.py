"""N-MNIST: MNIST's digits recorded by an event camera. Orchard et al., Front. Neurosci. 9 (2015) 437.

Frames as in the NSM paper's supplement, section 4.7: ten per recording, a pixel is 1 where at least one ON event was.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from crossbar_nsm.datasets.dataset import Dataset, Split
from crossbar_nsm.datasets.folder import Place, Root
from crossbar_nsm.datasets.labels import check_every_class, check_range
from crossbar_nsm.datasets.recordings import Recording, open_recordings
from device_models.errors import DatasetError
from device_models.files.lengths import records_problem

FRAMES, SIDE = 10, 34
SHAPE, CLASSES = (FRAMES, SIDE, SIDE), 10
RECORDINGS = {"nmnist": {"train": 60_000, "test": 10_000}, "nmnist_small": {"train": 1_000, "test": 100}}
OTHER_FOLDERS = {"nmnist": ("N-MNIST",)}
_PARTS = {"train": "Train", "test": "Test"}
_EVENT_BYTES = 5


def read_nmnist(name: str, split: Split, root: Root) -> Dataset:
    """name: nmnist or nmnist_small, the folder with Train/<digit>/<number>.bin and Test/..., unpacked, in Train.zip and
    Test.zip, or in one zip file of any name. Images (n, 10, 34, 34) of 0 and 1, in the order of the numbers, which is
    MNIST's. Warns when recordings are missing."""
    part = _PARTS[split]
    (path,) = nmnist_files(name, split, root)
    with open_recordings(path, part) as recordings:
        labels = _labels(recordings, path, part)
        images = np.zeros((len(recordings), *SHAPE), np.float32)
        for image, recording in zip(images, recordings, strict=True):
            _draw(image, recording)
    if len(labels) < RECORDINGS[name][split]:
        warnings.warn(
            f"data set {name}: {path} has {len(labels)} of the {RECORDINGS[name][split]} {split} recordings",
            stacklevel=2,
        )
    return Dataset(images, labels)


def nmnist_files(name: str, split: Split, root: Root) -> list[Path]:
    """The folder that holds <part>/, or the zip file."""
    part = _PARTS[split]
    place = Place(
        name, (name, *OTHER_FOLDERS.get(name, ())), "the folders Train and Test, or their zip files,",
        "tonic.datasets.NMNIST fetches them",
    )  # fmt: skip
    for folder in place.existing_folders(root):
        if (folder / part).is_dir():
            return [folder]
        if (folder / f"{part}.zip").is_file():
            return [folder / f"{part}.zip"]
        archives = sorted(folder.glob("*.zip"))
        if len(archives) > 1:
            raise DatasetError(
                f"{folder}: several zip files and none is {part}.zip; leave the one with {part}/<digit>/"
            )
        if archives:
            return archives
    return place.missing(root, f"no folder {part}, no {part}.zip and no other zip file")


def _labels(recordings: list[Recording], path: Path, part: str) -> np.ndarray:
    if not recordings:
        raise DatasetError(f"{path}: no recordings {part}/<digit>/<number>.bin; was everything unpacked?")
    labels = np.array([recording.label for recording in recordings])
    check_range(path / part, labels, 0, CLASSES - 1)
    check_every_class(path / part, labels, CLASSES)
    return labels


def _draw(image: np.ndarray, recording: Recording) -> None:
    """Sets the pixels of `image` (10, 34, 34) that saw an ON event.

    A frame lasts a tenth of the largest time stamp of the whole recording, OFF events included; an event on a border
    between frames belongs to the later one, the last event to the last frame.
    """
    x, y, on, time_us = _events(recording)
    frame = np.minimum(time_us * FRAMES // max(time_us.max(), 1), FRAMES - 1)
    image[frame[on], y[on], x[on]] = 1


def _events(recording: Recording) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """x, y, ON or not, and time in microseconds of all events: 40 bits each, big-endian, of which 8 are x, 8 y, 1
    the polarity and 23 the time."""
    raw = recording.read()
    if not raw or len(raw) % _EVENT_BYTES:
        problem = records_problem(len(raw), _EVENT_BYTES, f"events of {_EVENT_BYTES} bytes")
        raise DatasetError(f"{recording.where}: {problem}")
    x, y, high, middle, low = np.frombuffer(raw, np.uint8).reshape(-1, _EVENT_BYTES).T
    outside = np.flatnonzero((x >= SIDE) | (y >= SIDE))
    if outside.size:
        first = outside[0]
        raise DatasetError(
            f"{recording.where}: event {first} is at x={x[first]}, y={y[first]}, allowed are 0 to {SIDE - 1}; is it a "
            "recording of another data set?"
        )
    time_us = (high & 0x7F).astype(np.int64) << 16 | middle.astype(np.int64) << 8 | low
    return x, y, high >= 0x80, time_us
