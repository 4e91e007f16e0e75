"""Files of other programs: one line says what each is and what to do."""

import gzip
import re
import zipfile

import numpy as np
import pytest
import torch
from support.networks import dense_network
from torch import nn

from crossbar_nsm.nsm.checkpoints.architecture import checkpoint_architecture
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint, save_checkpoint
from crossbar_nsm.nsm.checkpoints.published import import_published
from crossbar_nsm.nsm.noise import BernoulliNoise
from crossbar_nsm.nsm.training.state import KIND
from device_models.errors import CheckpointError
from device_models.files.signs import sign


def torch_script(path):
    torch.jit.save(torch.jit.script(nn.Linear(2, 2)), path)


def exported(path):
    torch.export.save(torch.export.export(nn.Linear(2, 2), (torch.zeros(1, 2),)), path)


def onnx(path):
    """The first two fields of onnx.proto's ModelProto: ir_version 8, producer_name."""
    path.write_bytes(b"\x08\x08\x12\x07pytorch\x1a\x052.1.0:\x80\x01" + bytes(200))


def keras(path):
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("metadata.json", "config.json", "model.weights.h5"):
            archive.writestr(name, "{}")


def arrays(path):
    with path.open("wb") as file:
        np.savez(file, w=np.zeros(3))


def array(path):
    with path.open("wb") as file:
        np.save(file, np.zeros(3))


FOREIGN = {
    "a TorchScript archive, which is code: refused; save its tensors: torch.save(torch.jit.load(FILE)": torch_script,
    "an archive of torch.export, which is a graph: refused; save its tensors: torch.save(torch.export": exported,
    "an ONNX graph: refused; save the state_dict of the torch network that it was exported from": onnx,
    "an HDF5 file, as Keras writes them: refused; save its arrays with torch.save({name: tensor})": (
        lambda path: path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(500))
    ),
    "a Keras archive: refused; save its arrays with torch.save({name: tensor}): <layer>.weight": keras,
    "NumPy arrays: refused; save them as tensors: torch.save({name: torch.from_numpy(array)": arrays,
    "a NumPy array: refused; save them as tensors": array,
    "a TensorFlow Lite graph: refused": lambda path: path.write_bytes(b"\x1c\0\0\0TFL3" + bytes(100)),
    "a GGUF file of a language model: refused": lambda path: path.write_bytes(b"GGUF\3\0\0\0" + bytes(100)),
}


BY_START = {
    "a Git LFS pointer: refused; git lfs pull fetches": b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\n",
    "a web page: refused; download the file itself": b"\n<!DOCTYPE html><html><body>Not Found</body></html>",
    "JSON text: refused; a server's answer, perhaps": b'{"error":{"message": "Not Found"}}',
    "a gzipped file: refused; gunzip it": gzip.compress(bytes(100), mtime=0),  # whose first 8 bytes are a short length
    "an empty file: refused; copy or download it again": b"",
}


@pytest.mark.parametrize("ending", ["pt", "safetensors", "ckpt"])
@pytest.mark.parametrize("message", BY_START)
def test_what_is_downloaded_in_place_of_a_file_is_told(tmp_path, message, ending):
    path = tmp_path / f"net.{ending}"
    path.write_bytes(BY_START[message])
    for read in (load_checkpoint, checkpoint_architecture, lambda path: import_published(path, BernoulliNoise())):
        with pytest.raises(CheckpointError, match=f"not a .* but {re.escape(message)}"):
            read(path)


def test_a_header_that_begins_like_json_or_gzip_is_a_header(tmp_path):
    """Its length, of 8 bytes, may be 123 or 35615 and more, whose first bytes are these."""
    net, path = dense_network(4, 3, 2), tmp_path / "net.safetensors"
    content = save_checkpoint(net, path).read_bytes()
    end = 8 + int.from_bytes(content[:8], "little")
    for start in (b"{", b"<", b"\x1f\x8b"):
        size = int.from_bytes(start, "little")
        while size < end - 8:
            size += 2 ** (8 * len(start))
        header = content[8:end].ljust(size)
        path.write_bytes(len(header).to_bytes(8, "little") + header + content[end:])
        assert path.read_bytes().startswith(start)
        assert load_checkpoint(path).architecture == net.architecture


@pytest.mark.filterwarnings("ignore:`torch.jit")
@pytest.mark.parametrize("message", FOREIGN)
def test_each_says_what_it_is_whatever_its_name(tmp_path, message):
    path = tmp_path / "net.pt"
    FOREIGN[message](path)
    for read in (load_checkpoint, lambda path: import_published(path, BernoulliNoise())):
        with pytest.raises(CheckpointError, match=re.escape(f"{path}: not a plain state_dict but {message}")) as caught:
            read(path)
        assert "\n" not in str(caught.value)


def test_what_is_advised_works(tmp_path):
    """The tensors of a TorchScript archive, saved as the message says."""
    net = dense_network(4, 3, 2)

    class Unit(nn.Module):
        def __init__(self, layer):
            super().__init__()
            self.weight, self.beta, self.c = layer.weight, layer.beta, layer.c

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x @ self.weight.T

    script = torch.jit.script(nn.Sequential(Unit(net.layers["fc1"]), net.output_layer))
    torch.jit.save(script, tmp_path / "script.pt")
    torch.save(torch.jit.load(tmp_path / "script.pt").state_dict(), tmp_path / "net.pt")
    with pytest.warns(UserWarning, match="0 is layer0, 1 is layer1"):
        found = load_checkpoint(tmp_path / "net.pt")
    assert torch.equal(found.layers["layer0"].beta, net.layers["fc1"].beta)
    assert load_checkpoint(save_checkpoint(found, tmp_path / "net.safetensors")).architecture == found.architecture


def test_a_training_state_says_where_its_networks_are(tmp_path):
    """With one network in it, or three."""
    torch.save({"net": dense_network(4, 3, 2).state_dict()}, tmp_path / "state.pt")
    with zipfile.ZipFile(tmp_path / "state.pt", "a") as archive:
        archive.comment = sign(KIND).encode()
    message = r"but a training state of this program: refused; name best.safetensors beside it"
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(tmp_path / "state.pt")


@pytest.mark.parametrize("legacy", [False, True])
def test_a_pickled_module_says_what_to_save(tmp_path, legacy):
    torch.save(nn.Linear(2, 2), tmp_path / "net.pt", _use_new_zipfile_serialization=not legacy)
    message = "refused: it would make a torch.nn.modules.linear.Linear; save the state_dict alone"
    with pytest.raises(CheckpointError, match=re.escape(message)):
        load_checkpoint(tmp_path / "net.pt")
