"""Configuration of one training run."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from crossbar_nsm.engine.sampling.config import MOST_SAMPLES
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.methods.config import Deterministic, Method
from device_models.schema import Count, NonNegative, PathText, Positive, Schema, Seed


class BetaTraining(Schema):
    """Start and speed of beta. A slow beta keeps the network noisy for longer, which regularises it."""

    start: Literal["data"] | Annotated[Positive, Field(le=1e6)] = "data"
    """where beta starts: `data` is eq. 8 of the paper (1/sigma of each unit), a number starts all units there"""
    learning_rate_factor: Annotated[NonNegative, Field(le=1e6)] = 1.0
    """beta learns at this many times the learning rate; 0 keeps it fixed"""


class TrainingConfig(Schema):
    """Adam on the cross-entropy of one noisy pass per batch, with the gradient of the network's method."""

    epochs: Count = 50
    """passes through the training images"""
    batch_size: Count = 100
    """images of one update"""
    learning_rate: Annotated[Positive, Field(le=1e3)] = 1e-3
    """step of Adam at the start"""
    weight_decay: Annotated[NonNegative, Field(le=1e3)] = 0.0
    """weight decay of Adam (0: none)"""
    decay: Literal["cosine", "step", "none"] = "cosine"
    """how the learning rate falls: `cosine` from learning_rate to 0 over all epochs; `step` by step_factor every
    step_epochs epochs; `none`"""
    step_epochs: Count = 50
    """epochs between two steps of `decay: step`"""
    step_factor: Annotated[Positive, Field(le=1)] = 0.5
    """factor on the learning rate at each step of `decay: step`"""
    input_binarisation: Literal["threshold", "random"] = "threshold"
    """in training a pixel is +1 where it is at least 1/2 (`threshold`, as in evaluation), or with a probability equal
    to its grey value (`random`), drawn anew for every batch, which regularises"""
    input_flips: Annotated[NonNegative, Field(le=0.5)] = 0.0
    """share of the input states that change sign at random in training, which regularises"""
    averaging: Annotated[NonNegative, Field(lt=1)] = 0.0
    """decay per update of a running mean of all parameters, which is then the network that is validated and saved (0:
    no averaging)"""
    noise_place: Literal["neuron", "synapse"] = "neuron"
    """where an NSM has its noise: one factor per input `neuron`, shared by all outputs, or one for every `synapse`"""
    beta: BetaTraining = BetaTraining()
    """start and speed of beta, of layers that have one"""
    start_from: PathText | None = None
    """a checkpoint with the same layers, whose parameters are taken over (null: random weights)"""
    initialisation_images: Annotated[Count, Field(ge=2)] = 100
    """training images on which `beta.start: data` and the first offsets are measured"""
    validation_samples: Annotated[Count, Field(le=MOST_SAMPLES)] = 20
    """Monte Carlo passes per validation image; the best epoch has the lowest validation error"""
    calibration_images: Count = 256
    """training images that the checkpoint carries, for the calibration of chips"""
    seed: Seed = 0
    """of the first weights, the order of the images and the noise"""


def check_combination(network: Architecture, training: TrainingConfig) -> None:
    """Raises ValueError for settings that do not work together."""
    method = network.method
    if isinstance(method, Deterministic) and method.batch_norm and training.averaging > 0:
        raise ValueError(
            f"averaging={training.averaging:g} with batch_norm: the running mean of the parameters would not fit the "
            "running statistics; set training.averaging to 0"
        )
    if network.encoding == "real" and (training.input_binarisation == "random" or training.input_flips > 0):
        raise ValueError(
            "encoding: real keeps pixels as they are; set training.input_binarisation to threshold and "
            "training.input_flips to 0"
        )


def noise_place_of(method: Method, training: TrainingConfig) -> Literal["neuron", "synapse"]:
    """Where the noise of a network is in training: BinConcrete always has that of synapses."""
    return "synapse" if method.name == "nsm_binconcrete" else training.noise_place
