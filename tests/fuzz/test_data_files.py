"""Files of data sets, conductances and networks: bytes of any kind, and good files with damage."""

import gzip
import io
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import torch
from hypothesis import strategies as st
from support.datasets import idx, nmnist, random_images
from support.hostile.fuzzing import fuzz, outcome
from support.hostile.strategies import damaged
from support.networks import dense_network

from crossbar_nsm.datasets.aedat import read_aedat
from crossbar_nsm.datasets.catalogue import load_dataset
from crossbar_nsm.datasets.idx import read_idx
from crossbar_nsm.mapping.files.conductance_file import read_conductances
from crossbar_nsm.nsm.checkpoints.checkpoint import (
    checkpoint_metadata,
    checkpoint_tensors,
    load_checkpoint,
    safetensors_bytes,
)

FOLDER = Path(tempfile.mkdtemp(prefix="crossbar-nsm-fuzz-"))
RNG = np.random.default_rng(1)
NET = dense_network(6, 4, 3)
SHAPES = {"fc1": {"main": (2, 6, 4)}}


def saved(write, *arguments, **named):
    content = io.BytesIO()
    write(content, *arguments, **named)
    return content.getvalue()


def archive(members, method=zipfile.ZIP_DEFLATED):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as packed:
        for name, inside in members:
            packed.writestr(name, inside)
    return content.getvalue()


def npy(text, content):
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + content


def written(name, content):
    path = FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


IMAGES = {"x": RNG.random((12, 6), np.float32), "y": np.arange(12) % 3}
SMALL_IDX = idx(random_images(3, 28, 28))
RECORDINGS = [(f"Test/{digit}/{digit}.bin", nmnist((0, 0, 0, 10), (digit, 1, 1, 1000))) for digit in range(10)]
CIFAR = b"".join(bytes([k % 10]) + bytes(3072) for k in range(12))
STATE = {name: value for name, value in checkpoint_tensors(NET).items() if name != "calibration_images"}
SAFETENSORS = safetensors_bytes(checkpoint_tensors(NET), checkpoint_metadata(NET))
AEDAT = b"#!AER-DAT3.1\r\n#Format: RAW\r\n#!END-HEADER\r\n"
HEADERS = st.builds(
    "{{'descr': {}, 'fortran_order': {}, 'shape': {}, }}\n".format,
    st.sampled_from(["'<f8'", "'|O'", "'<U9'", "[('a', '<f8')]", "'<f2'", "5", "'x'", "(" * 300]),
    st.sampled_from(["False", "True", "None", "[" * 300]),
    st.sampled_from(["(12, 6)", "(12,)", "(10**9,)", "(-1,)", "()", "(0, 99999999999)", "(1,) * 99", "(" * 3000, "12"]),
).map(str.encode)


@fuzz(
    content=st.one_of(
        st.binary(max_size=200),
        damaged(saved(np.savez, **IMAGES)),
        damaged(saved(np.savez_compressed, **IMAGES)),
        st.builds(
            lambda header, method: archive(
                [("x.npy", npy(header, bytes(576))), ("y.npy", npy(header, bytes(96)))], method
            ),
            HEADERS,
            st.sampled_from([0, 8, 12, 14]),
        ),
    )
)
def test_npz_data_sets(content):
    outcome(lambda: load_dataset(str(written("own.npz", content))))


@fuzz(long=600, content=damaged(saved(np.savez, **{"fc1/main": RNG.random((2, 6, 4))})))
def test_npz_conductances(content):
    outcome(lambda: read_conductances(written("g.npz", content), SHAPES))


CELLS = "\n".join(f"fc1;main;{side};{k // 4};{k % 4};{k},5" for side in ("plus", "minus") for k in range(24))


@fuzz(
    long=600,
    content=st.one_of(
        st.binary(max_size=60),
        damaged(f"sep=;\nlayer;array;side;row;column;conductance [kohm]\n{CELLS}\n".encode()),
        st.text(st.sampled_from("fc1main,;\t\n\"'#0.5e- \ufeffplus[uS]"), max_size=200).map(str.encode),
    ),
)
def test_conductances_as_text(content):
    outcome(lambda: read_conductances(written("g.csv", content), SHAPES))


@fuzz(
    long=600,
    content=st.one_of(st.binary(max_size=60), damaged(SMALL_IDX), damaged(gzip.compress(SMALL_IDX))),
    packed=st.booleans(),
)
def test_idx(content, packed):
    outcome(lambda: read_idx(written("images.gz" if packed else "images", content), 3))


@fuzz(long=400, content=st.one_of(st.binary(max_size=60), damaged(CIFAR)))
def test_cifar(content):
    written("cifar10/test_batch.bin", content)
    outcome(lambda: load_dataset("cifar10", "test", FOLDER))


@fuzz(
    long=600, content=st.one_of(st.binary(max_size=60), damaged(archive(RECORDINGS)), damaged(archive(RECORDINGS, 0)))
)
def test_recordings_in_a_zip_file(content):
    written("nmnist/Test.zip", content)
    outcome(lambda: load_dataset("nmnist", "test", FOLDER))


@fuzz(
    long=600,
    header=damaged(AEDAT),
    packets=st.lists(
        st.tuples(
            st.sampled_from([0, 1, 2, 65535]),
            st.sampled_from([8, 0, 1, 2**31 - 1, 2**32 - 1]),
            st.sampled_from([0, 1, 2, 2**31 - 1, 2**32 - 1]),
            st.binary(max_size=32),
        ),
        max_size=3,
    ),
)
def test_event_recordings(header, packets):
    parts = [
        kind.to_bytes(2, "little")
        + bytes(2)
        + size.to_bytes(4, "little")
        + bytes(12)
        + count.to_bytes(4, "little")
        + bytes(4)
        + events
        for kind, size, count, events in packets
    ]
    outcome(lambda: read_aedat(written("a.aedat", header + b"".join(parts)), 128))


@fuzz(
    long=1000,
    content=st.one_of(
        st.binary(max_size=60),
        damaged(SAFETENSORS),
        damaged(SAFETENSORS[:700]),
        st.builds(
            lambda text: len(text).to_bytes(8, "little") + text,
            st.sampled_from([b"{" * 5000, b'{"a":' * 5000, b"[" * 5000]),
        ),
    ),
)
def test_safetensors(content):
    outcome(lambda: load_checkpoint(written("net.safetensors", content)))


@fuzz(
    long=1000,
    content=st.one_of(
        st.binary(max_size=60),
        damaged(saved(lambda file: torch.save(STATE, file))),
        damaged(saved(lambda file: torch.save(STATE, file, _use_new_zipfile_serialization=False))),
    ),
)
def test_state_dicts(content):
    outcome(lambda: load_checkpoint(written("net.pt", content)))
