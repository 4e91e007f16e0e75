"""From the method that an architecture names to its hidden layers."""

from __future__ import annotations

from crossbar_nsm.nsm.architecture import Architecture, Placement
from crossbar_nsm.nsm.methods import config
from crossbar_nsm.nsm.methods.bd import BDLayer
from crossbar_nsm.nsm.methods.bn import BNLayer
from crossbar_nsm.nsm.methods.deterministic import DeterministicLayer
from crossbar_nsm.nsm.methods.layer import HiddenLayer
from crossbar_nsm.nsm.methods.nsm import NSMLayer
from crossbar_nsm.nsm.methods.nsm_binconcrete import NSMBinConcreteLayer
from crossbar_nsm.nsm.methods.nsm_ste import NSMStraightThroughLayer
from crossbar_nsm.nsm.methods.sn import SNLayer
from crossbar_nsm.nsm.methods.stnn import StNNLayer
from crossbar_nsm.nsm.methods.wbd import WBDLayer


def hidden_layer(architecture: Architecture, place: Placement) -> HiddenLayer:
    """The layer at `place`, whose units are those of the architecture's method."""
    method, noise = architecture.method, architecture.noise
    match method:
        case config.NSM():
            return NSMLayer(place, noise)
        case config.NSMStraightThrough():
            return NSMStraightThroughLayer(place, noise, method)
        case config.NSMBinConcrete():
            return NSMBinConcreteLayer(place, noise, method)
        case config.BD():
            return BDLayer(place, method)
        case config.WBD():
            return WBDLayer(place, method)
        case config.SN():
            return SNLayer(place, method)
        case config.BN():
            return BNLayer(place)
        case config.StNN():
            return StNNLayer(place)
        case config.Deterministic():
            return DeterministicLayer(place, method, first=place.spec is architecture.first_hidden)
