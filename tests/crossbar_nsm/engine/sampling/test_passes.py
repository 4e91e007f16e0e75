import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossbar_nsm.engine.sampling import passes as module
from crossbar_nsm.engine.sampling.passes import chunks


@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 50), st.sampled_from(["input_major", "sample_major"]))
def test_every_pass_once_in_time_order_in_chunks(images, samples, limit, order):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MAX_PASSES", limit)
        seen = []
        for passes in chunks(images, samples, order, first_image=5):
            assert len(passes) <= limit
            assert np.array_equal(passes.input_of + passes.start + 5, passes.images)
            seen += list(zip(passes.images.tolist(), passes.samples.tolist(), strict=True))
    expected = [(5 + i, s) for i in range(images) for s in range(samples)]
    assert seen == (expected if order == "input_major" else sorted(expected, key=lambda pair: pair[::-1]))
