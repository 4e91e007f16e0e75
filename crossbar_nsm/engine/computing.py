"""The one entrance of everything that computes on threads: one caller at a time, with numpy's usual error handling and
torch on the processor, whatever the session is set to; never in a process forked from one whose threads had started.

A kernel uses all cores and holds Python's lock, so callers in several threads would gain nothing by running together;
what they share would suffer: states of a chip's cells, the number of BLAS threads, numba's thread pool (the layer
`workqueue` ends the process when two threads call it).
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from device_models.errors import ProcessError
from device_models.numerics import usual_numerics

_turn = threading.RLock()
_has_computed = False
_threads_lost = False  # a forked child has the pools of its parent, but none of their threads: waiting for them hangs


@contextmanager
def computing() -> Iterator[None]:
    """Context in which the calling thread computes; others wait at the entrance. It may be entered again inside.

    Raises ProcessError in a child made by fork after its parent has computed, and for threads that numba does not have.
    """
    global _has_computed
    if _threads_lost:
        raise ProcessError(
            "this process was forked from one that had already computed, and threads do not survive a fork; start "
            "processes with multiprocessing.get_context('spawn') (or 'forkserver') instead"
        ).see("use_in_python")
    with _turn, usual_numerics(), _torch_on_the_processor():
        if not _has_computed:
            _start_chosen_layer()
        _has_computed = True
        yield


def _start_chosen_layer() -> None:
    """Where the environment chooses a layer of threads, it may be one that is not installed."""
    layer, numba = os.environ.get("NUMBA_THREADING_LAYER"), sys.modules.get("numba")
    if layer is None or numba is None:
        return
    try:
        numba.get_num_threads()
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise ProcessError(f"NUMBA_THREADING_LAYER={layer} in the environment: {reason}; unset it") from None


def _torch_on_the_processor() -> AbstractContextManager[object]:
    """Only where another default is set: the context makes every call of torch slower."""
    torch = sys.modules.get("torch")
    if torch is None or torch.get_default_device().type == "cpu":
        return nullcontext()
    processor: AbstractContextManager[object] = torch.device("cpu")
    return processor


def _after_fork() -> None:
    global _threads_lost
    _threads_lost = _threads_lost or (_has_computed and _threads_were_started())


def _threads_were_started() -> bool:
    """By what has computed here: torch's, unless it has one only, or those of a kernel."""
    torch, numba = sys.modules.get("torch"), sys.modules.get("numba")
    if torch is not None and torch.get_num_threads() > 1:
        return True
    try:
        return numba is not None and bool(numba.threading_layer())
    except ValueError:  # no parallel kernel has run
        return False


os.register_at_fork(after_in_child=_after_fork)
