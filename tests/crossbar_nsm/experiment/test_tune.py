import numpy as np
from support.networks import dense_network, images

import crossbar_nsm as xb
from crossbar_nsm.mapping.learning.tuning_config import TuningConfig
from crossbar_nsm.nsm.checkpoints.checkpoint import save_checkpoint


def test_a_tuned_chip_takes_along_which_images_tuned_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_checkpoint(dense_network(30, 20, 4), "net.safetensors")
    train, test = images(60, 30, seed=3), images(20, 30, seed=4)
    np.savez("data.npz", x_train=train, y_train=np.arange(60) % 4, x_test=test, y_test=np.arange(20) % 4)
    (tmp_path / "c.yaml").write_text(
        "checkpoint: net.safetensors\ndataset: {name: data.npz}\ndevice: rram_illustrative\n"
        "neuron: {scaling: paired}\nevaluation: {samples: 2}\n"
    )
    result = xb.tune("c.yaml", settings=TuningConfig(epochs=1), images=40)
    result.chip.save("chip.safetensors")
    net = xb.load_chip("chip.safetensors").net
    assert net.trained_on(train).sum() == 40
    assert not net.trained_on(test).any()
