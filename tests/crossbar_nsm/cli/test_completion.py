"""What a shell is given at TAB, asked as bash, zsh and fish ask."""

import os
import subprocess
import sys

import pytest

from crossbar_nsm.cli.app import app
from crossbar_nsm.cli.completion import settings, words_of_bash
from crossbar_nsm.experiment.config.load import load_config

PROGRAM = (
    "import sys; sys.argv = ['crossbar-nsm']\nfrom crossbar_nsm.cli.main import main\n"
    "try:\n    main()\nfinally:\n"
    "    assert not {'torch', 'numba', 'matplotlib', 'scipy.special', 'scipy.stats'} & sys.modules.keys()"
)


def offered(words, shell="bash"):
    """What is offered for the last word; bash takes a=b for three."""
    split = [part for word in words for part in word.replace("=", "\n=\n").strip("\n").split("\n")]
    asked = {
        "COMP_WORDS": "\n".join(split if words[-1] else [*split[:-1], ""]), "COMP_CWORD": str(len(split) - 1),
        "_TYPER_COMPLETE_ARGS": " ".join(words), "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "_CROSSBAR_NSM_COMPLETE": f"complete_{shell}",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=os.environ | asked, check=True, capture_output=True, text=True
    )
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "some", "none"),
    [
        (["com"], {"compare"}, {"map"}),
        (["compare", "--mar"], {"--margin", "--markdown"}, {"--set"}),
        (["compare", "mnist_mlp_r"], {"mnist_mlp_rram"}, {"mnist_mlp_pcm"}),
        (["compare", "x", "--set", "device=pcm_j"], {"pcm_joshi2020"}, {"rram_wan2022"}),
        (["compare", "x", "--set", "a=1", "--set", "read.slow_noise=s"], {"split"}, {"trajectory"}),
        (["compare", "x", "--set", "array.row"], {"array.rows=", "array.rows=256"}, {"array.cols="}),
        (["train", "x", "--set", "training.ep"], {"training.epochs="}, {"evaluation.images="}),
        (["devices", "show", "pcm_j"], {"pcm_joshi2020"}, {"rram_wan2022"}),
        (["docs", "gloss"], {"glossary"}, {"physics"}),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else "",
)
def test_bash_is_offered_what_fits_without_loading_torch(words, some, none):
    found = offered(["crossbar-nsm", *words])
    assert some <= set(found)
    assert not none & set(found)


def test_zsh_and_fish_keep_the_key_in_front_of_a_value():
    words = ["crossbar-nsm", "compare", "x", "--set", "device=pcm_j"]
    assert offered(words, "fish") == ["device=pcm_joshi2020"]
    assert '"device=pcm_joshi2020"' in "".join(offered(words, "zsh"))


def test_keys_that_are_offered_are_keys(monkeypatch):
    class Context:
        info_name = "compare"

    keys = [text for text in settings(Context(), "") if text.endswith("=")]
    assert len(keys) == len(set(keys)) > 80
    assert {"device=", "neuron.scaling=", "evaluation.images=", "device.read_noise.relative_sd="} <= set(keys)
    for example in settings(Context(), "array.") + settings(Context(), "evaluation."):
        if not example.endswith("="):
            load_config("mnist_mlp_rram", example)


def test_other_calls_are_left_as_they_are(capsys):
    with words_of_bash({"COMP_WORDS": "a"}):
        print("as it was")
    assert capsys.readouterr().out == "as it was\n"


def test_the_script_of_every_shell_is_shown(capsys):
    assert app.registered_callback is not None
    for shell in ("bash", "zsh", "fish"):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=os.environ | {"_CROSSBAR_NSM_COMPLETE": f"source_{shell}"},
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        assert f"complete_{shell}" in done.stdout
