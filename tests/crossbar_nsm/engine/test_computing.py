"""One caller at a time, everything restored, and no hanging in forked processes."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from support.processes import run_program
from threadpoolctl import threadpool_info, threadpool_limits

from crossbar_nsm.engine.computing import computing
from crossbar_nsm.engine.kernels.product import one_blas_thread


def blas_threads():
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


@pytest.fixture
def two_blas_threads():
    with threadpool_limits(2, user_api="blas"):
        assert set(blas_threads()) == {2}
        yield


@pytest.mark.usefixtures("two_blas_threads")
def test_blas_has_its_threads_back_after_calls_that_overlap_nest_and_fail():
    inside = threading.Barrier(2, timeout=1)

    def call(number):
        with one_blas_thread(), one_blas_thread():
            try:
                inside.wait()  # would be passed if both were inside at once
            except threading.BrokenBarrierError:
                seen = blas_threads()
            else:
                raise AssertionError("two callers compute at once")
            if number:
                raise ValueError(seen)
            return seen

    with ThreadPoolExecutor(2) as pool:
        well, badly = pool.submit(call, 0), pool.submit(call, 1)
        assert set(well.result()) == {1}
        with pytest.raises(ValueError, match="1"):
            badly.result()
    assert set(blas_threads()) == {2}


def test_numpy_reports_as_usual_inside_and_as_the_user_wants_outside():
    with np.errstate(all="raise"):
        with computing():
            assert np.float64(1e-300) * np.float64(1e-300) == 0
            assert np.geterr() == {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
        assert set(np.geterr().values()) == {"raise"}


FORK = """
import multiprocessing, sys
import numpy as np
import crossbar_nsm as xb
from device_models.errors import CrossbarError

def work(queue, kind):
    try:
        if kind == "predict":
            queue.put(net.predict(x, 2).shape)
        else:
            trainer = make_trainer()
            next(trainer.epochs())
            queue.put("trained")
    except CrossbarError as error:
        queue.put(str(error))

def make_trainer():
    from support.networks import dense_network, images
    from crossbar_nsm.nsm.training.data import LabelledImages
    from crossbar_nsm.nsm.training.trainer import Trainer
    from crossbar_nsm.nsm.training.config import TrainingConfig
    import torch
    data = LabelledImages(torch.from_numpy(images(20, 12)), torch.arange(20) % 3)
    return Trainer(dense_network(12, 6, 3).architecture, TrainingConfig(epochs=1), data, data)

net = xb.load_checkpoint("mnist_mlp")
x = np.zeros((2, 784), np.float32)
fork = multiprocessing.get_context("fork")
for moment in sys.argv[1:]:
    if moment == "predicted":
        net.predict(x, 2)
    for kind in ("predict", "train"):
        queue = fork.Queue()
        child = fork.Process(target=work, args=(queue, kind))
        child.start()
        print(queue.get(timeout=100))
        child.join(10)
"""


def test_a_process_forked_before_threads_were_started_computes_and_one_forked_later_is_told_to_spawn():
    """A network is loaded before, which with one thread starts none; a prediction starts some."""
    *before, first, second = run_program(FORK, "loaded", "predicted", OMP_NUM_THREADS="1")
    assert before == ["torch.Size([2, 10])", "trained"]
    told_to_spawn(first, second)


def test_so_is_one_forked_from_a_process_that_loaded_a_network_with_several_threads():
    """Which torch starts all of then."""
    told_to_spawn(*run_program(FORK, "loaded", OMP_NUM_THREADS="2"))


def told_to_spawn(first, second):
    assert first == second
    assert "'spawn'" in first
    assert "'forkserver'" in first
