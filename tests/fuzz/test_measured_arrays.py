"""Conductances that somebody measured, as arrays of any kind in an .npz file: what is taken gives a chip."""

import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import torch
from hypothesis import strategies as st
from support.hostile.damage import ARRAY, spoil_array
from support.hostile.fuzzing import fuzz, outcome
from support.networks import dense_network, images

from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from device_models import load_device

NET = dense_network(5, 4, 3)
FORMS = {
    "datetime": lambda a: (1e9 * a).astype("M8[s]"),
    "time": lambda a: (1e9 * a).astype("m8[s]"),
    "text": lambda a: a.astype("U"),
    "bytes": lambda a: a.astype("S"),
    "big end first": lambda a: a.astype(">f8"),
    "long": lambda a: a.astype(np.longdouble),
    "record": lambda a: np.array([(1.0, 2)], dtype=[("a", "f8"), ("b", "i4")]),
    "columns first": lambda a: np.asfortranarray(a),
    "in microsiemens": lambda a: 1e6 * a,
    "imaginary": lambda a: 1j * a,
    "one side": lambda a: a[0],
    "sides last": lambda a: np.moveaxis(a, 0, -1),
}
NAMES = ["fc1/main", "fc1", "fc1/replica", "out", "out/main", "fc2/main", "/", "fc1/", "/main", "fc1/main/x", "",
         "a" * 10_000, "fc1\n/main", "\x1b[2J", "FC1", "fc1 ", "error: forged"]  # fmt: skip
forms = st.sampled_from(["as it is", *FORMS, *ARRAY])


@cache
def _good() -> np.ndarray:
    chip = MappedNetwork(NET, HardwareConfig(device=load_device("rram_illustrative")))
    return chip.named_arrays()["fc1", "main"].g_s


def _formed(array: np.ndarray, form: str) -> np.ndarray:
    if form in FORMS:
        return FORMS[form](array)
    return array if form == "as it is" else spoil_array(array, form)


@fuzz(
    long=800, entries=st.dictionaries(st.sampled_from(NAMES), forms, min_size=1, max_size=3), packed=st.booleans(),
    device=st.sampled_from(["rram_illustrative", "fefet_selector_illustrative"]),
)  # fmt: skip
def test_arrays(entries, packed, device):
    path = Path(tempfile.gettempdir()) / "measured_arrays.npz"
    arrays = {name: _formed(_good(), form) for name, form in entries.items()}
    (np.savez_compressed if packed else np.savez)(path, **arrays)
    config = HardwareConfig.model_validate({"device": load_device(device), "array": {"conductances": str(path)}})

    def use() -> None:
        assert torch.isfinite(MappedNetwork(NET, config).predict(images(2, 5), 2)).all()

    outcome(use)
