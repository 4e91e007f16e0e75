"""Every code block and every command of README and docs runs (`support/blocks.py` says how)."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from support.blocks import Reader, blocks, pages
from support.datasets import cifar, random_images, write_idx
from support.processes import ROOT

from device_models.registry import contents, restore

LABELS = np.arange(60) % 10
LONG = {
    "README.md", "docs/tutorials/2_measurements_to_verdict.md", "docs/tutorials/3_study.md",
    "docs/tutorials/4_pytorch_network.md", *(f"docs/how_to/{page}.md" for page in (
        "add_wires_and_converters", "age_chips", "choose_a_circuit", "compare_settings", "describe_a_device",
        "find_what_costs", "fit_measurements", "run_a_study", "slow_noise", "test_uncertainty", "train_a_network",
        "train_for_a_device", "use_your_images",
    )),
}  # fmt: skip
"""Pages of more than five seconds: three minutes together, which `.ci/run` takes besides `make test`."""


def _name(page):
    return str(page.relative_to(ROOT))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder: MNIST, Fashion-MNIST and KMNIST, and CIFAR-10, of sixty random images for each part."""
    folder = tmp_path_factory.mktemp("data")
    for name in ("mnist", "fashion_mnist", "kmnist"):
        for part in ("train", "t10k"):
            write_idx(folder / name, part, random_images(60, 28, 28), LABELS)
    (folder / "cifar10").mkdir()
    for name in (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"):
        (folder / "cifar10" / f"{name}.bin").write_bytes(cifar(LABELS, random_images(60, 3, 32, 32)))
    return folder


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=pytest.mark.slow if _name(page) in LONG else (), id=_name(page))
        for page in pages()
        if blocks(page)
    ],
)
def test_a_reader_can_follow(page, data, tmp_path, monkeypatch):
    follow(page, Reader(tmp_path, data), monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [page for page in pages() if any(block.long for block in blocks(page))], ids=lambda page: page.name
)
def test_what_takes_long_is_printed_as_shown(page, data, tmp_path, monkeypatch):
    follow(page, Reader(tmp_path, data, patient=True), monkeypatch)


def test_long_pages_are_there():
    assert {_name(page) for page in pages() if blocks(page)} > LONG


def follow(page, reader, monkeypatch):
    monkeypatch.chdir(reader.folder)
    found, before = blocks(page), contents()
    try:
        for block, following in zip(found, [*found[1:], None], strict=True):
            reader.follow(block, following)
    finally:
        restore(before)
        plt.close("all")
