import json
import pickle
import zipfile

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from support.networks import GAUSSIAN, conv, conv_network, dense, dense_network, images, pool

from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.bundled import bundled_checkpoints
from crossbar_nsm.nsm.checkpoints.checkpoint import (
    checkpoint_metadata,
    checkpoint_tensors,
    load_checkpoint,
    safetensors_bytes,
    save_checkpoint,
)
from crossbar_nsm.nsm.draws import GeneratorDraws
from crossbar_nsm.nsm.network import Network
from device_models.errors import CheckpointError, ConfigError
from device_models.files import reading


@pytest.fixture
def saved(tmp_path):
    net = dense_network(20, 8, 3, noise=GAUSSIAN)
    net.facts = {"epochs": 3}
    return net, save_checkpoint(net, tmp_path / "net.safetensors")


def test_what_is_saved_is_loaded(saved):
    net, path = saved
    loaded = load_checkpoint(path)
    assert loaded.architecture == net.architecture
    assert loaded.facts == {"epochs": 3}
    assert np.array_equal(loaded.calibration_images, net.calibration_images)
    x = images(5, 20)
    assert torch.equal(loaded.sample(x, 6), net.sample(x, 6))


def test_what_a_network_was_trained_on_is_saved_and_may_be_unknown(saved, tmp_path):
    net, path = saved
    assert load_checkpoint(path).training_digests is None
    net.remember_training_images(images(50, 20))
    loaded = load_checkpoint(save_checkpoint(net, path))
    assert loaded.trained_on(images(60, 20)[::-1]).sum() == 50
    assert path.stat().st_size < 8 * 50 + 20_000


@pytest.mark.parametrize("digests", [torch.zeros(3), torch.zeros((3, 1), dtype=torch.int64)])
def test_digests_of_another_kind_are_refused(saved, digests):
    net, path = saved
    tensors = checkpoint_tensors(net) | {"training_digests": digests}
    path.write_bytes(safetensors_bytes(tensors, checkpoint_metadata(net)))
    with pytest.raises(CheckpointError, match=r"training_digests must be int64 of shape \(n\)"):
        load_checkpoint(path)


def test_a_plain_state_dict_loads(saved, tmp_path):
    net, _ = saved
    path = tmp_path / "net.pt"
    x = images(5, 20)
    plain = {name.removeprefix("layers."): value for name, value in net.state_dict().items()}
    for state in (net.state_dict(), plain, {"state_dict": net.state_dict(), "epoch": 3}):
        torch.save(state, path)
        assert torch.equal(load_checkpoint(path).sample(x, 6), net.sample(x, 6))


def test_the_bundled_checkpoint_says_how_it_was_trained():
    net = load_checkpoint("mnist_mlp")
    assert [layer.outputs for layer in net.architecture.layers] == [300, 300, 300, 10]
    assert net.facts["training_images"] == 50_000
    assert net.facts["validation_images"] == 5_000
    assert net.facts["dataset"]["exclude"] == "mnist5k"
    assert net.calibration_images.shape == (256, 784)
    assert "mnist_mlp" in bundled_checkpoints()


class Evil:
    """A pickle that would create a file when loaded."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return (open, (self.path, "w"))


@pytest.mark.parametrize("writer", ["pickle", "torch"])
def test_a_pickle_that_wants_to_run_code_is_refused_and_never_executed(tmp_path, writer):
    path, victim = tmp_path / "evil.pt", tmp_path / "was-executed"
    if writer == "pickle":
        path.write_bytes(pickle.dumps(Evil(victim)))
    else:
        torch.save({"fc1.weight": Evil(victim)}, path)
    with pytest.raises(CheckpointError, match="refused"):
        load_checkpoint(path)
    assert not victim.exists()


def test_a_pickled_module_is_refused(tmp_path):
    torch.save(torch.nn.Linear(2, 2), tmp_path / "module.pt")
    with pytest.raises(CheckpointError, match="refused"):
        load_checkpoint(tmp_path / "module.pt")


def rewrite(path, change):
    """The checkpoint with its tensors and metadata changed by `change`."""
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    tensors = load_file(path)
    change(tensors, metadata)
    save_file(tensors, path, metadata=metadata)


def set_nan(tensors, _):
    tensors["fc1.weight"][0, 0] = float("nan")


def cut_weight(tensors, _):
    tensors["fc1.weight"] = tensors["fc1.weight"][:, :5].contiguous()


def drop_beta(tensors, _):
    del tensors["fc1.beta"]


def other_format(_, metadata):
    metadata["format"] = "crossbar-nsm checkpoint 99"


def broken_architecture(_, metadata):
    metadata["architecture"] = json.dumps({"layers": []})


def resized(outputs):
    def change(_, metadata):
        architecture = json.loads(metadata["architecture"])
        architecture["layers"][0]["outputs"] = architecture["layers"][1]["inputs"] = outputs
        metadata["architecture"] = json.dumps(architecture)

    return change


def huge_weight(tensors, _):
    tensors["out.weight"][0, 0] = 3e38


def deep_facts(_, metadata):
    metadata["facts"] = "[" * 100_000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (set_nan, "fc1.weight holds NaN"),
        (cut_weight, "fc1.weight has shape"),
        (drop_beta, "missing or extra: fc1.beta"),
        (other_format, "this version reads"),
        (broken_architecture, "does not describe a network .layers:"),
        (resized(100_000), "fc1.weight has shape"),
        (resized(10**12), "does not describe a network"),
        (huge_weight, "values up to 3e"),
        (deep_facts, "`facts` is not JSON"),
    ],
)
def test_damaged_contents(saved, change, message):
    rewrite(saved[1], change)
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(saved[1])


def test_truncated_and_foreign_files(saved, tmp_path):
    path = saved[1]
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    with pytest.raises(CheckpointError, match="truncated: 100 bytes fewer than its header says"):
        load_checkpoint(path)
    path.write_bytes(whole + b"abc")
    with pytest.raises(CheckpointError, match=": not a readable safetensors file, 3 bytes more than its header says"):
        load_checkpoint(path)
    text = tmp_path / "notes.txt"
    text.write_text("hello")
    with pytest.raises(CheckpointError, match="not a plain state_dict"):
        load_checkpoint(text)
    noise = tmp_path / "noise.pt"
    noise.write_bytes(bytes(range(7, 200)))
    with pytest.raises(CheckpointError, match="refused, nothing of it was executed"):
        load_checkpoint(noise)
    with pytest.raises(CheckpointError, match="is a folder"):
        load_checkpoint(tmp_path)


def test_tensors_larger_than_their_file_are_refused(tmp_path):
    small = torch.zeros(1)
    state = {"fc1.weight": small.expand(300, 10**6), "fc1.beta": torch.ones(300), "fc1.c": torch.ones(300)}
    torch.save(state, tmp_path / "net.pt")
    with pytest.raises(CheckpointError, match=r"fc1.weight' says 1.2 GB, more than the file holds"):
        load_checkpoint(tmp_path / "net.pt")


def test_a_torch_file_that_is_a_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "FREE_BYTES", 1_000_000)
    torch.save({"fc1.weight": torch.zeros(4, 1_000_000)}, tmp_path / "large.pt")
    with zipfile.ZipFile(tmp_path / "large.pt") as stored, zipfile.ZipFile(tmp_path / "net.pt", "w", 8) as packed:
        for name in stored.namelist():
            packed.writestr(name, stored.read(name))
    with pytest.raises(CheckpointError, match=r"would unpack to 16 MB, at most .* MB are read"):
        load_checkpoint(tmp_path / "net.pt")


@pytest.mark.parametrize("facts", ["9" * 5000, "[" * 100_000])
def test_facts_that_are_no_json(saved, facts):
    _, path = saved
    tensors = load_file(path)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    save_file(tensors, path, metadata | {"facts": facts})
    with pytest.raises(CheckpointError, match="`facts` is not JSON"):
        load_checkpoint(path)


def test_a_key_given_twice_is_refused(saved):
    """Whichever counts, somebody reads the other."""
    whole = saved[1].read_bytes()
    size = int.from_bytes(whole[:8], "little")
    for old, new, message in (
        (r"{\"law\":", r"{\"sigma\":3.0,\"law\":", "`architecture` is not JSON .key 'sigma' is given twice"),
        (r"{\"epochs\":", r"{\"epochs\":1,\"epochs\":", "`facts` is not JSON .key 'epochs' is given twice"),
        ('"facts":', '"facts":"{}","facts":', "its header is not what safetensors writes .key 'facts' is given twice"),
    ):
        header = whole[8 : 8 + size].decode().strip().replace(old, new)
        text = header.encode() + b" " * (-len(header) % 8)
        saved[1].write_bytes(len(text).to_bytes(8, "little") + text + whole[8 + size :])
        assert text.decode().count(new) == 1
        with pytest.raises(CheckpointError, match=message):
            load_checkpoint(saved[1])


def test_a_pickle_named_safetensors_is_refused(tmp_path):
    victim = tmp_path / "was-executed"
    (tmp_path / "evil.safetensors").write_bytes(pickle.dumps(Evil(victim)))
    with pytest.raises(CheckpointError, match="refused"):
        load_checkpoint(tmp_path / "evil.safetensors")
    assert not victim.exists()


@pytest.mark.parametrize("name", ["keys", "forward", "training"])
def test_layer_names_that_torch_uses(name):
    with pytest.raises(ConfigError, match=f"layer name '{name}' is taken by torch"):
        Network(
            Architecture.model_validate(
                {"layers": [{"type": "dense", "name": name, "inputs": 3, "outputs": 2},
                            {"type": "linear", "name": "out", "inputs": 2, "outputs": 2}]}
            )
        )  # fmt: skip


def test_missing_file_lists_the_bundled_ones():
    with pytest.raises(CheckpointError, match=r"no such file.*did you mean mnist_mlp"):
        load_checkpoint("mnist_mpl")


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"fc1.weight": torch.zeros(3), "fc1.beta": torch.zeros(3)}, "no two-dimensional weight"),
        ({"fc1.beta": torch.zeros(3)}, "no two-dimensional weight"),
        (
            {"conv1.weight": torch.zeros(3, 1, 5, 5), "conv1.beta": torch.ones(3), "conv1.c": torch.zeros(3)},
            "layer 'conv1' is a convolution, and a state_dict tells neither image size nor pooling; .* save_checkpoint",
        ),
        ({"conv1.weight": torch.zeros(3, 1, 5, 5), "conv1.b": torch.ones(3, 4, 4)}, "with crossbar-nsm import"),
        ({"fc1.weight": torch.zeros(3, 4), "fc1.magnitude": torch.ones(3)}, "with crossbar-nsm import"),
    ],
)
def test_a_state_dict_that_is_not_enough_is_one_line(tmp_path, state, message):
    torch.save(state, tmp_path / "net.pt")
    with pytest.raises(CheckpointError, match=message) as raised:
        load_checkpoint(tmp_path / "net.pt")
    assert "\n" not in str(raised.value)


def test_a_sparse_state_dict_is_refused_in_words(tmp_path):
    """torch's error about the bytes of sparse tensors came out."""
    state = {"fc1.weight": torch.eye(4, 6).to_sparse(), "out.weight": torch.ones(3, 4), "out.bias": torch.ones(3)}
    torch.save(state, tmp_path / "net.pt")
    with pytest.raises(CheckpointError, match=r"net\.pt: "):
        load_checkpoint(tmp_path / "net.pt")


@pytest.mark.parametrize("beta", ["channel", "position"])
@pytest.mark.parametrize("encoding", ["sign", "real"])
def test_a_convolutional_network_predicts_the_same_bits_after_loading(tmp_path, beta, encoding):
    layers = (conv(4, 3, padding=1, beta=beta), pool("max", 2), conv(3, 2, stride=2), dense(5))
    net = conv_network(*layers, image=(2, 6, 6), noise=GAUSSIAN, encoding=encoding)
    loaded = load_checkpoint(save_checkpoint(net, tmp_path / "net.safetensors"))
    assert loaded.architecture == net.architecture
    assert loaded.layers["conv1"].beta.shape == ((4, 6, 6) if beta == "position" else (4,))
    x = images(5, 72)
    for noise in ("synapse", "neuron"):
        assert torch.equal(loaded.predict(x, 6, noise=noise), net.predict(x, 6, noise=noise))
    assert np.array_equal(loaded.calibration_images, net.calibration_images)


def test_batch_normalisation_of_a_convolution_is_saved(tmp_path):
    net = conv_network(conv(4, 3), pool("max", 2), dense(5), method={"name": "relu", "batch_norm": True})
    net.train()
    with torch.no_grad():
        net(net.encode(images(50, 36)), "neuron", GeneratorDraws(torch.Generator().manual_seed(0)))
    loaded = load_checkpoint(save_checkpoint(net, tmp_path / "net.safetensors"))
    assert torch.equal(loaded.predict(images(5, 36), 1), net.predict(images(5, 36), 1))
    assert not torch.equal(loaded.layers["conv1"].batch_norm.running_mean, torch.zeros(4))


def test_a_kernel_of_another_shape_is_refused(tmp_path):
    path = save_checkpoint(conv_network(conv(4, 3)), tmp_path / "net.safetensors")

    def flatten(tensors, _):
        tensors["conv1.weight"] = tensors["conv1.weight"].reshape(4, 9)

    rewrite(path, flatten)
    with pytest.raises(
        CheckpointError, match=r"conv1.weight has shape \(4, 9\), the architecture needs \(4, 1, 3, 3\)"
    ):
        load_checkpoint(path)


def test_a_checkpoint_from_before_images_still_loads(saved):
    """Neither image nor encoding in its metadata."""
    net, path = saved

    def forget(_, metadata):
        architecture = json.loads(metadata["architecture"])
        del architecture["image"], architecture["encoding"]
        metadata["architecture"] = json.dumps(architecture)

    rewrite(path, forget)
    x = images(5, 20)
    assert torch.equal(load_checkpoint(path).sample(x, 6), net.sample(x, 6))
    assert load_checkpoint("mnist_mlp").architecture.image is None


@pytest.mark.parametrize("dtype", [torch.int64, torch.int8, torch.uint8, torch.bool, torch.complex64])
@pytest.mark.parametrize("ending", ["safetensors", "pt"])
def test_a_beta_of_another_kind_of_numbers_is_refused(tmp_path, dtype, ending):
    """Whole numbers and true and false were taken for beta."""
    path = _with_beta(tmp_path / f"net.{ending}", dtype)
    with pytest.raises(
        CheckpointError, match=r"fc1\.beta (holds torch\.|must be a plain dense tensor of real numbers)"
    ):
        load_checkpoint(path)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2])
def test_real_numbers_of_fewer_bits_are_taken_exactly(tmp_path, dtype):
    net = dense_network(30, 20, 12, 4)
    path = _with_beta(tmp_path / "net.safetensors", dtype)
    expected = next(net.nsm_layers()).beta.detach().to(dtype).float()
    assert torch.equal(next(load_checkpoint(path).nsm_layers()).beta, expected)


@pytest.mark.parametrize("facts", ["[]", "3", "null", "9" * 5000, "[" * 5000])
def test_facts_are_entries(tmp_path, facts):
    net = dense_network(30, 20, 12, 4)
    path = tmp_path / "net.safetensors"
    save_file(checkpoint_tensors(net), path, metadata=checkpoint_metadata(net) | {"facts": facts})
    with pytest.raises(CheckpointError, match="the metadata entry `facts`"):
        load_checkpoint(path)


def _with_beta(path, dtype):
    net = dense_network(30, 20, 12, 4)
    tensors = checkpoint_tensors(net)
    tensors["fc1.beta"] = tensors["fc1.beta"].to(dtype)
    if path.suffix == ".pt":
        torch.save(tensors, path)
    else:
        save_file(tensors, path, metadata=checkpoint_metadata(net))
    return path


def test_a_header_that_no_network_has_is_not_parsed(tmp_path, monkeypatch):
    """The library parses up to 100 MB of it, which takes a minute and gigabytes."""
    path = tmp_path / "net.safetensors"
    header = b'{"a": "' + b"x" * 11_000_000 + b'"}'
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    monkeypatch.setattr(
        "crossbar_nsm.nsm.checkpoints.stored_network.safe_open", lambda *_a, **_k: pytest.fail("was parsed")
    )
    with pytest.raises(CheckpointError, match="its header says 11 MB, at most 10 MB are read"):
        load_checkpoint(path)
