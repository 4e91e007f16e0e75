"""Configuration of one training run."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from crossbar_nsm.engine.sampling.config import MOST_SAMPLES
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.methods.config import Deterministic, Method
from device_models.schema import Count, NonNegative, PathText, Positive, Schema, Seed


class BetaTraining(Schema):
    """Start and speed of beta: `data` is eq. 8 (1/sigma of each unit), a number starts all units there.

    beta learns at learning_rate_factor times the learning rate; 0 keeps it fixed. A slow beta keeps the network noisy
    for longer, which regularises it.
    """

    start: Literal["data"] | Annotated[Positive, Field(le=1e6)] = "data"
    learning_rate_factor: Annotated[NonNegative, Field(le=1e6)] = 1.0


class TrainingConfig(Schema):
    """Adam on the cross-entropy of one noisy pass per batch, with the gradient of the network's method.

    decay: `cosine` falls from learning_rate to 0 over all epochs; `step` multiplies it by step_factor every
    step_epochs epochs. input_binarisation: in training a pixel is +1 where it is at least 1/2 (threshold, as in
    evaluation), or with a probability equal to its grey value (random), drawn anew for every batch. input_flips: share
    of the input states that change sign at random in training. Both regularise. averaging: decay per update of a
    running mean of all parameters, which is then the network that is validated and saved (0: no averaging).
    noise_place: where an NSM has its noise. beta: of layers that have one. start_from: a checkpoint with the same
    layers whose parameters are taken over. The best epoch is chosen by the validation error of validation_samples
    passes.
    """

    epochs: Count = 50
    batch_size: Count = 100
    learning_rate: Annotated[Positive, Field(le=1e3)] = 1e-3
    weight_decay: Annotated[NonNegative, Field(le=1e3)] = 0.0
    decay: Literal["cosine", "step", "none"] = "cosine"
    step_epochs: Count = 50
    step_factor: Annotated[Positive, Field(le=1)] = 0.5
    input_binarisation: Literal["threshold", "random"] = "threshold"
    input_flips: Annotated[NonNegative, Field(le=0.5)] = 0.0
    averaging: Annotated[NonNegative, Field(lt=1)] = 0.0
    noise_place: Literal["neuron", "synapse"] = "neuron"
    beta: BetaTraining = BetaTraining()
    start_from: PathText | None = None
    initialisation_images: Annotated[Count, Field(ge=2)] = 100
    validation_samples: Annotated[Count, Field(le=MOST_SAMPLES)] = 20
    calibration_images: Count = 256
    seed: Seed = 0


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
