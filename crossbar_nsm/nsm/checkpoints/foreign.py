"""Files that are taken for checkpoints, most of them of other programs: what each is, and what to do with it. Loads no
torch."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from device_models.errors import CheckpointError
from device_models.files.archives import open_zip
from device_models.files.contents import other_content
from device_models.files.reading import open_regular

_FROM_KERAS = (
    "save its arrays with torch.save({name: tensor}): <layer>.weight (outputs, inputs), .beta and .c of NSM layers, "
    ".weight and .bias of the output layer; Keras has its kernels transposed"
)
_NUMPY = "save them as tensors: torch.save({name: torch.from_numpy(array) for name, array in ...items()}, 'net.pt')"
_BYTES: dict[str, tuple[Callable[[bytes], bool], str]] = {
    "an HDF5 file, as Keras writes them": (lambda head: head[:8] == b"\x89HDF\r\n\x1a\n", _FROM_KERAS),
    "a NumPy array": (lambda head: head[:6] == b"\x93NUMPY", _NUMPY),
    "a TensorFlow Lite graph": (lambda head: head[4:8] == b"TFL3", "save the tensors that it was made of"),
    "a GGUF file of a language model": (lambda head: head[:4] == b"GGUF", "a network here is a classifier of images"),
}
_MEMBERS: dict[str, tuple[Callable[[str], bool], str]] = {
    "a TorchScript archive, which is code": (
        lambda name: "/code/" in name,
        "save its tensors: torch.save(torch.jit.load(FILE).state_dict(), 'net.pt')",
    ),
    "an archive of torch.export, which is a graph": (
        lambda name: name.endswith("/archive_format"),
        "save its tensors: torch.save(torch.export.load(FILE).state_dict, 'net.pt')",
    ),
    "a Keras archive": (lambda name: name.endswith(".weights.h5"), _FROM_KERAS),
    "NumPy arrays": (lambda name: name.endswith(".npy"), _NUMPY),
}
_OWN = b"crossbar-nsm training state"
_ONNX = "save the state_dict of the torch network that it was exported from"


def check_kind(path: Path) -> None:
    """Raises CheckpointError for a file of another kind, told by its content."""
    if zipfile.is_zipfile(path):
        with open_zip(path, CheckpointError, "torch.save") as archive:
            if archive.comment.startswith(_OWN):
                raise _refused(path, "a training state of this program", "name best.safetensors beside it")
            _check_members(path, archive.namelist())
        return
    with open_regular(path, CheckpointError) as file:
        head = file.read(64)
    for what, (matches, advice) in _BYTES.items():
        if matches(head):
            raise _refused(path, what, advice)
    if other := other_content(head):
        raise _refused(path, *other)
    if _is_onnx(path, head):
        raise _refused(path, "an ONNX graph", _ONNX)


def _check_members(path: Path, names: Iterable[str]) -> None:
    for name in names:
        for what, (matches, advice) in _MEMBERS.items():
            if matches(name):
                raise _refused(path, what, advice)


def _is_onnx(path: Path, head: bytes) -> bool:
    """By name, or as a protobuf whose first two fields are a version and the name of what wrote it (onnx.proto)."""
    producer = head[4 : 4 + head[3]] if len(head) > 4 and head[0] == 0x08 and head[2] == 0x12 else b""
    return path.suffix == ".onnx" or (len(producer) > 2 and producer.isascii() and producer.decode().isprintable())


def _refused(path: Path, what: str, advice: str) -> CheckpointError:
    return CheckpointError(f"{path}: not a plain state_dict but {what}: refused; {advice}")
