"""Small studies that take no time, and one whose trials wait, fail or kill their process when they are told to."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from crossbar_nsm.nsm.checkpoints.checkpoint import save_checkpoint
from support.networks import black_and_white, dense_network

TROUBLED = """
import os, signal, time
from pathlib import Path
from device_models.laws import ReadNoiseLaw, register

@register("troubled")
class Troubled(ReadNoiseLaw):
    relative_sd: float
    orders: str

    def sd_s(self, g_s, conductance):
        what, _, seconds = Path(self.orders).read_text().partition(" ")
        if what == "wait":
            time.sleep(float(seconds))
        elif what == "fail":
            raise RuntimeError("as ordered")
        elif what == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        return self.relative_sd * g_s
"""


def small_study(folder: Path, settings: str = "sweep: {neuron.scaling: [none, paired]}") -> Path:
    """A small network on its own predictions: labels are what the ideal network says. Two chips, six trials."""
    net = dense_network(30, 20, 12, 4)
    x = black_and_white(60, 30)
    labels = net.predict(x, 300).argmax(dim=1).numpy()
    save_checkpoint(net, folder / "net.safetensors")
    np.savez(folder / "data.npz", x=x, y=labels)
    path = folder / "c.yaml"
    path.write_text(
        f"checkpoint: {folder}/net.safetensors\ndataset: {{name: {folder}/data.npz}}\ndevice: rram_illustrative\n"
        f"evaluation: {{samples: 20, chips: 2}}\n{settings}\n"
    )
    return path


def troubled_study(folder: Path, orders: str = "wait 0.1", chips: int = 2) -> tuple[Path, Path, Path]:
    """(configuration, laws, orders): a device whose law does what the file of orders says: `wait SECONDS` (a few times
    per trial), `fail`, `die` or nothing. The swept levels 0.01 and 0.02 obey; 0.05 and 0.1 do not."""
    laws, told, quiet = folder / "laws.py", folder / "orders", folder / "no_orders"
    laws.write_text(TROUBLED)
    told.write_text(orders)
    quiet.write_text("")
    law = "{{name: troubled, relative_sd: {sd}, orders: {file}}}"
    noises = [law.format(sd=sd, file=told if sd < 0.03 else quiet) for sd in (0.01, 0.02, 0.05, 0.1)]
    path = small_study(folder, f"sweep: {{device.read_noise.law: [{', '.join(noises)}]}}")
    path.write_text(path.read_text().replace("chips: 2", f"chips: {chips}"))
    return path, laws, told
