"""Files of laws that a user writes: whatever is in them, and whatever a law gives back, is taken or refused in words
that name the law, and what was refused is not registered."""

import itertools
import tempfile
from functools import cache
from pathlib import Path

import torch
from hypothesis import strategies as st
from support.hostile.fuzzing import fuzz, outcome
from support.networks import dense_network, images

from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from device_models import laws, load_device

NET = dense_network(5, 4, 3)
TEXT = """
import numpy as np, torch
from device_models.laws import {kind}, register

@register("{name}")
class Mine({kind}):
    relative: float = 0.1

    def {formula}:
        {body}
"""
KINDS = {
    "ReadNoiseLaw": ("sd_s(self, g_s, conductance)", "read_noise"),
    "ProgrammingLaw": ("sd_s(self, target_s, conductance)", "programming"),
    "DriftLaw": ("conductance_s(self, g_s, age_s, normals, conductance)", "drift"),
}
BODIES = [
    "return 0.1 * {g}", "return 0 * {g}", "return {g}[0]", "return 0.1", "return None", "return 'x'", "return -{g}",
    "return {g} * np.nan", "return {g} + np.inf", "return 1e300 + {g}", "return {g}.astype(complex)", "return [{g}]",
    "return {g}.tolist()", "return torch.from_numpy({g})", "return np.ma.masked_array({g}, {g} > 0)", "return {g} > 0",
    "return {g}.astype(object)", "return (x for x in {g})", "return {g}.astype('M8[s]')", "{g}[...] = -1; return {g}",
    "raise ValueError('\\n\\x1b[2Jerror: forged')", "raise ValueError('x' * 10**5)", "raise SystemExit(0)",
    "raise MemoryError", "return self", "return 1 / 0", "return np.random.rand(*{g}.shape)", "return {g}.T",
    "return self.missing", "self.relative = 2; return {g}", "return np.zeros({g}.shape, 'f2')", "exit()", "x = (",
    "import no_such_package", "return np.float64(1) / np.zeros({g}.shape)", "return np.broadcast_to(0.1, {g}.shape)",
]  # fmt: skip
_numbers = itertools.count()


@cache
def _place() -> Path:
    return Path(tempfile.mkdtemp(prefix="laws"))


def _registered() -> dict[str, set[str]]:
    return {kind: set(known) for kind, known in laws._REGISTERED.items()}


def _load(content: bytes) -> str:
    """A file that is not taken leaves what is registered as it was."""
    path, before = _place() / f"laws_{next(_numbers)}.py", _registered()
    path.write_bytes(content)
    became = outcome(lambda: laws.load_laws(path))
    assert became == "accepted" or _registered() == before
    return became


@fuzz(
    long=500, kind=st.sampled_from(sorted(KINDS)), body=st.sampled_from(BODIES),
    after=st.sampled_from(["", "1 / 0", "("]),
    name=st.sampled_from(["mine", "", "\\n", "\\x1b[2J", "x" * 5000, "relative"]),
)  # fmt: skip
def test_laws(kind, body, after, name):
    formula, section = KINDS[kind]
    unique = f"{name}{next(_numbers)}"
    cells = formula.partition("(self, ")[2].partition(",")[0]
    text = TEXT.format(kind=kind, name=unique, formula=formula, body=body.format(g=cells)) + after
    if _load(text.encode()) == "accepted":
        law = {"law": {"name": unique.encode().decode("unicode_escape")}}

        def use() -> None:
            device = load_device({"preset": "rram_illustrative", section: law})
            chip = MappedNetwork(NET, HardwareConfig(device=device), age_s=100.0 if section == "drift" else 0.0)
            assert torch.isfinite(chip.predict(images(2, 5), 2)).all()

        outcome(use)


@fuzz(
    long=500,
    content=st.one_of(
        st.binary(max_size=60),
        st.sampled_from([b"[" * 10**5, b"#" * 10**6, b"\0", "x = 1".encode("utf-16"), b"# coding: none\n"]),
    ),
)
def test_bytes(content):
    _load(content)
