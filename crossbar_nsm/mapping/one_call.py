"""One call at a time on a chip, all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from crossbar_nsm.engine.kernels.product import one_blas_thread
from crossbar_nsm.engine.sampling.passes import OBSERVATION
from device_models.errors import MappingError

if TYPE_CHECKING:
    from crossbar_nsm.mapping.mapped_network import MappedNetwork


@contextmanager
def turn(chip: MappedNetwork, images: int) -> Iterator[None]:
    """Context in which this many images are shown to a chip, then its image counter moves on; other threads wait.

    What ends early, by an error or Ctrl-C, leaves image counter, states of cells and memories of comparators as they
    were, so that the same call may be made again. Raises MappingError as `check_room`.
    """
    with one_blas_thread():
        check_room(chip, images)
        layers = chip.mapped_layers()
        states = [{kind: state.copy() for kind, state in layer.reads.states().items()} for layer in layers]
        decisions = [layer.comparator.last.copy() for layer in chip.hidden]
        try:
            yield
        except BaseException:
            for layer, before in zip(layers, states, strict=True):
                layer.reads.restore(before)
            for hidden, last in zip(chip.hidden, decisions, strict=True):
                hidden.comparator.last[...] = last
            raise
        chip.image_counter += images


def check_room(chip: MappedNetwork, images: int) -> None:
    """Raises MappingError where draws for this many more images would be those of measurements and calibrations."""
    if chip.image_counter + images > OBSERVATION:
        raise MappingError(
            f"image counter {chip.image_counter}, and {images} more images: a chip draws for {OBSERVATION} images at "
            "most; chip.reset() begins again at 0"
        )
