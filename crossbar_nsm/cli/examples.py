"""What to type: the examples at the end of every command's help. Each is run in the tests, on small numbers."""

from __future__ import annotations

BEGIN = """\
crossbar-nsm demo            the bundled network on simulated RRAM
crossbar-nsm init my_study   a folder of files to edit and run
crossbar-nsm docs            the pages of the documentation"""  # of all commands together
EXAMPLES: dict[str, tuple[str, ...]] = {
    "demo": ("crossbar-nsm demo", "crossbar-nsm demo --set evaluation.images=500 --out figures"),
    "init": ("crossbar-nsm init my_study",),
    "configs": ("crossbar-nsm configs", "crossbar-nsm configs mnist_mlp_rram --out mine.yaml"),
    "schema": ("crossbar-nsm schema", "crossbar-nsm schema --training"),
    "docs": ("crossbar-nsm docs", "crossbar-nsm docs glossary", "crossbar-nsm docs --search telegraph"),
    "train": (
        "crossbar-nsm train train_mnist_mlp --data DIR",
        "crossbar-nsm train train_mnist_mlp --data DIR --set training.epochs=5",
    ),
    "import": ("crossbar-nsm import net.pt --out net.safetensors --noise gaussian",),
    "map": (
        "crossbar-nsm map mnist_mlp_rram --plot figures",
        "crossbar-nsm map mnist_mlp_rram --set array.r_row_ohm=1 --out chip.safetensors",
    ),
    "run": ("crossbar-nsm compare mnist_mlp_rram --hardware-only",),
    "compare": (
        "crossbar-nsm compare mnist_mlp_rram --set evaluation.images=500",
        "crossbar-nsm compare mnist_mlp_rram --set device=rram_milo2021 --margin 0.01",
        "crossbar-nsm compare mnist_mlp_rram --set 'sweep={array.rows: [64, 256]}'",
    ),
    "budget": ("crossbar-nsm budget mnist_mlp_rram --set evaluation.images=500",),
    "uncertainty": ("crossbar-nsm uncertainty mnist_mlp_rram --angles 0,45,90",),
    "timing": ("crossbar-nsm timing mnist_mlp_telegraph --samples 100",),
    "ageing": ("crossbar-nsm ageing mnist_mlp_pcm --ages 20,3600,86400",),
    "tune": ("crossbar-nsm tune mnist_mlp_rram --data DIR --images 5000 --epochs 2",),
    "sweep": (
        "crossbar-nsm sweep read_noise --dry-run",
        "crossbar-nsm sweep read_noise --out out/read_noise",
    ),
    "results": ("crossbar-nsm results out/read_noise", "crossbar-nsm results out/read_noise --chips --csv"),
    "report": (
        "crossbar-nsm report out/read_noise",
        "crossbar-nsm report out/read_noise --out page.html --figures figures",
    ),
    "reproduce": (
        "crossbar-nsm reproduce",
        "crossbar-nsm reproduce fig4 --data DIR --dry-run",
        "crossbar-nsm reproduce fig4 --quick",
    ),
    "cite": ("crossbar-nsm cite mnist_mlp_rram", "crossbar-nsm cite --device rram_wan2022"),
    "devices": ("crossbar-nsm devices", "crossbar-nsm devices --family pcm"),
    "devices show": (
        "crossbar-nsm devices show rram_wan2022",
        "crossbar-nsm devices show pcm_joshi2020 --plot --checkpoint mnist_mlp",
    ),
    "devices fit": (
        "crossbar-nsm devices fit reads.csv --out my_device.yaml",
        "crossbar-nsm devices fit pairs.csv reads.csv --report my_device.html",
    ),
    "validate": (
        "crossbar-nsm validate mnist_mlp_rram",
        "crossbar-nsm validate mnist_mlp_rram --set device=rram_wan2022",
    ),
    "check": ("crossbar-nsm check",),
    "doctor": ("crossbar-nsm doctor", "crossbar-nsm doctor --json"),
}


def examples(name: str) -> str:
    """Of a command, by its words, a line each."""
    return "\n".join(EXAMPLES.get(name, ()))
