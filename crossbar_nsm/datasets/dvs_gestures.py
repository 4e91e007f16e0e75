"""DVS128 Gesture: 11 hand gestures of 29 subjects before an event camera. Amir et al., CVPR 2017.

Images as in the NSM paper (section 3.5): 128 x 128 halved to 64 x 64 pixels, 6 successive frames of 16 ms, a pixel is 1
where at least one ON event was. The paper does not say which windows of a gesture it takes; ours are in `WINDOWS`. The
images of one subject are a group: no subject is in both training and validation images.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from crossbar_nsm.datasets.aedat import Events, read_aedat
from crossbar_nsm.datasets.dataset import Dataset, Split
from crossbar_nsm.datasets.folder import Place, Root, existing, read_bytes
from crossbar_nsm.datasets.labels import check_every_class
from device_models.errors import DatasetError, quoted
from device_models.files.table_text import is_index

CAMERA_SIDE, SIDE, FRAMES = 128, 64, 6
SHAPE, CLASSES = (FRAMES, SIDE, SIDE), 11
FRAME_US = 16_000
WINDOW_US = FRAMES * FRAME_US
WINDOWS = 10
"""Images taken of one gesture. A gesture lasts seconds, an image 96 ms: the windows are evenly spaced from its start to
its end and do not overlap; fewer are taken where 10 do not fit, and one, with empty frames behind it, of a gesture
shorter than 96 ms."""

MOST_LABELS_BYTES = 2**20
SUBJECTS = {"train": range(1, 24), "test": range(24, 30)}
_COLUMNS = "class,startTime_usec,endTime_usec"
_PLACE = Place(
    "dvs_gestures", ("dvs_gestures", "dvs_gestures/DvsGesture", "DvsGesture"),
    "userNN_<lighting>.aedat and userNN_<lighting>_labels.csv",
    "DvsGesture.tar.gz from https://research.ibm.com/interactive/dvsgesture",
)  # fmt: skip


@dataclass(frozen=True)
class Gesture:
    """One line of a label file. label: 0 to 10; place: file:line."""

    label: int
    start_us: int
    end_us: int
    place: str


def read_dvs_gestures(split: Split, root: Root) -> Dataset:
    """Images (n, 6, 64, 64) of 0 and 1; subjects 1 to 23 train, 24 to 29 test. The first window of every gesture comes
    before all second windows, so that the first images show all gestures. Warns when subjects are missing."""
    folder, recordings = _find(split, root)
    images, labels, turns, subjects = [], [], [], []
    for recording, subject in recordings.items():
        events = read_aedat(recording, CAMERA_SIDE)
        for gesture in _gestures(recording):
            gesture = _within(gesture, events, recording)
            for turn, start_us in enumerate(window_starts(gesture.start_us, gesture.end_us)):
                images.append(_image(events, start_us, min(start_us + WINDOW_US, gesture.end_us)))
                labels.append(gesture.label)
                turns.append(turn)
                subjects.append(subject)
    check_every_class(folder, np.add(labels, 1), CLASSES, lowest=1)
    order = np.argsort(turns, kind="stable")
    stacked = np.empty((len(images), *SHAPE), np.float32)
    for row, index in enumerate(order):
        stacked[row] = images[index]
    return Dataset(stacked, np.array(labels, np.int64)[order], np.array(subjects, np.int64)[order])


def gesture_files(split: Split, root: Root) -> list[Path]:
    """The recordings of a split."""
    return list(_find(split, root)[1])


def window_starts(start_us: int, end_us: int) -> list[int]:
    """Where the images of a gesture start; see WINDOWS."""
    room = end_us - start_us - WINDOW_US
    count = max(1, min(WINDOWS, (end_us - start_us) // WINDOW_US))
    return [start_us + turn * room // max(count - 1, 1) for turn in range(count)]


def _find(split: Split, root: Root) -> tuple[Path, dict[Path, int]]:
    """The folder and the recordings of a split, by name, with their subjects."""
    folder = next((folder for folder in _PLACE.existing_folders(root) if _recordings(folder)), None)
    if folder is None:
        _PLACE.missing(root, "no userNN_<lighting>.aedat")
    recordings = _recordings(folder)
    chosen = {path: subject for path, subject in recordings.items() if subject in SUBJECTS[split]}
    who = f"subjects {SUBJECTS[split][0]} to {SUBJECTS[split][-1]}"
    if not chosen:
        _PLACE.missing(root, f"no recordings of {who} ({split})")
    absent = [str(subject) for subject in SUBJECTS[split] if subject not in recordings.values()]
    if absent:
        warnings.warn(
            f"data set dvs_gestures: {folder} has no recordings of subjects {', '.join(absent)}; {split} uses {who}",
            stacklevel=3,
        )
    return folder, chosen


def _recordings(folder: Path) -> dict[Path, int]:
    """The subject of every recording, by name, gzipped or not."""
    names = sorted({path.name.removesuffix(".gz") for path in folder.glob("user*")})
    subjects = {name: int(match[1]) for name in names if (match := re.fullmatch(r"user(\d+)_\w+\.aedat", name))}
    return {path: subject for name, subject in subjects.items() if (path := existing(folder, name))}


def _gestures(recording: Path) -> Iterator[Gesture]:
    """The lines of the label file that belongs to a recording."""
    name = recording.name.removesuffix(".gz").removesuffix(".aedat") + "_labels.csv"
    path = existing(recording.parent, name)
    if path is None:
        raise DatasetError(f"{recording}: no {name} beside it; a recording needs its label file")
    lines = read_bytes(path, MOST_LABELS_BYTES).decode("utf-8-sig", "replace").rstrip().splitlines()
    if not lines or lines[0].strip() != _COLUMNS:
        raise DatasetError(f"{path}:1: the first line must be {_COLUMNS}, got {quoted(lines[0] if lines else '')}")
    if len(lines) == 1:
        raise DatasetError(f"{path}: holds no gestures")
    for number, line in enumerate(lines[1:], start=2):
        yield _gesture(line, f"{path}:{number}")


def _gesture(line: str, place: str) -> Gesture:
    parts = [text.strip() for text in line.split(",")]
    if len(parts) != 3 or not all(map(is_index, parts)):
        raise DatasetError(f"{place}: {quoted(line)}, expected three whole numbers: {_COLUMNS}")
    label, start_us, end_us = map(int, parts)
    if not 1 <= label <= CLASSES:
        raise DatasetError(f"{place}: class {label}, allowed are 1 to {CLASSES}")
    if end_us <= start_us:
        raise DatasetError(f"{place}: the gesture ends at {end_us} us, not after its start at {start_us} us")
    return Gesture(label - 1, start_us, end_us, place)


def _within(gesture: Gesture, events: Events, recording: Path) -> Gesture:
    """The part of a gesture that was recorded. Warns when that leaves out more than one window."""
    first, last = int(events.time_us[0]), int(events.time_us[-1])
    when = f"{gesture.place}: a gesture from {gesture.start_us} to {gesture.end_us} us"
    recorded = f"{recording.name}, which was recorded from {first} to {last} us"
    start_us, end_us = max(gesture.start_us, first), min(gesture.end_us, last + 1)
    if start_us >= end_us:
        raise DatasetError(f"{when} is outside {recorded}; is it the label file of another recording?")
    if gesture.end_us - gesture.start_us - (end_us - start_us) > WINDOW_US:
        warnings.warn(f"{when} is partly outside {recorded}; only the recorded part is used", stacklevel=3)
    return Gesture(gesture.label, start_us, end_us, gesture.place)


def _image(events: Events, start_us: int, end_us: int) -> np.ndarray:
    """(6, 64, 64) uint8 of the events in [start_us, end_us)."""
    events = events.between(start_us, end_us)
    image = np.zeros(SHAPE, np.uint8)
    frame, shrink = (events.time_us - start_us) // FRAME_US, CAMERA_SIDE // SIDE
    image[frame[events.on], events.y[events.on] // shrink, events.x[events.on] // shrink] = 1
    return image
