"""Training methods by name, with their settings. A method says what the hidden units compute and how gradients pass
through them; `crossbar_nsm.nsm.methods` holds one module for each."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from device_models.schema import Finite, NonNegative, Positive, Schema, Switch

Window = Annotated[Positive, Field(le=1e6)] | None
Dropout = Annotated[Finite, Field(ge=0, lt=1)]


class NSM(Schema):
    """The paper's rule: noisy threshold units forward, gradient through the activation probability (section 2.3)."""

    name: Literal["nsm"] = "nsm"
    """of the method"""


class NSMStraightThrough(Schema):
    """Noisy threshold units; the gradient passes the threshold unchanged within a window."""

    name: Literal["nsm_ste"] = "nsm_ste"
    """of the method"""
    window: Window = 1.0
    """the gradient passes where the noisy argument of erf is within +-window (null: everywhere)"""


class NSMBinConcrete(Schema):
    """Noisy threshold units trained through the binary concrete distribution (SI 4.6, with the log-odds of P).

    The variable is drawn per unit, as synapse noise is: training.noise_place does not matter.
    """

    name: Literal["nsm_binconcrete"] = "nsm_binconcrete"
    """of the method"""
    temperature: Annotated[Positive, Field(ge=1e-3, le=1e3)] = 1.0
    """of the concrete distribution: the lower, the closer to a threshold"""
    forward: Literal["binary", "relaxed"] = "binary"
    """`binary` thresholds the concrete variable X at 1/2, which is an exact draw of the NSM unit; `relaxed` passes
    2X - 1 on in training, as the published code does (such a network does not map exactly to threshold units)"""


class BD(Schema):
    """Deterministic binary network: sign(w.z + b), straight-through gradient."""

    name: Literal["bd"] = "bd"
    """of the method"""
    window: Window = 1.0
    """the gradient passes where w.z + b is within +-window (null: everywhere)"""


class WBD(Schema):
    """BD with weight normalisation: sign(beta w.z/||w|| + c), straight-through gradient."""

    name: Literal["wbd"] = "wbd"
    """of the method"""
    window: Window = 1.0
    """the gradient passes where beta w.z/||w|| + c is within +-window (null: everywhere)"""


class SN(Schema):
    """Stochastic network of noisy rectifiers: max(0, w.z + b + noise_sd eta), eta standard normal, straight-through
    gradient (the rectifier is ignored in the backward pass)."""

    name: Literal["sn"] = "sn"
    """of the method"""
    noise_sd: Annotated[NonNegative, Field(le=1e6)] = 1.0
    """sd of the noise that is added in front of the rectifier"""


class BN(Schema):
    """Deterministic binary network: sign(w.z + b) forward, the derivative of erf(w.z + b) backward."""

    name: Literal["bn"] = "bn"
    """of the method"""


class StNN(Schema):
    """Stochastic binary network of sigmoid units without biases: P(z = +1) = sigmoid(w.z), gradient through P."""

    name: Literal["stnn"] = "stnn"
    """of the method"""


class Deterministic(Schema):
    """Ordinary network without noise."""

    name: Literal["relu", "sigmoid", "tanh"] = "tanh"
    """of the method: the activation function"""
    dropout: Dropout = 0.0
    """share of hidden outputs dropped in training"""
    input_dropout: Dropout = 0.0
    """share of inputs dropped in training"""
    batch_norm: Switch = False
    """batch normalisation in front of the activation function"""
    initialisation: Literal["uniform", "he"] = "uniform"
    """weights start `uniform` within 1/sqrt(inputs of a unit), or within sqrt(6) times that (`he`: He et al., ICCV
    2015): ReLU layers then hand on the size of what they get, without which deep networks start blind to their
    inputs"""


def _name_alone(value: Any) -> Any:
    """`method: bd` is short for `method: {name: bd}`."""
    return {"name": value} if isinstance(value, str) else value


Method = Annotated[
    NSM | NSMStraightThrough | NSMBinConcrete | BD | WBD | SN | BN | StNN | Deterministic,
    Field(discriminator="name"),
    BeforeValidator(_name_alone),
]
NSM_METHODS = ("nsm", "nsm_ste", "nsm_binconcrete")  # all three train NSM units, and only these can be mapped
