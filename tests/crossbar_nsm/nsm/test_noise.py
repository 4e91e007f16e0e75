import math

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from crossbar_nsm.nsm.noise import BernoulliNoise, GaussianNoise, NoiseLaw


@pytest.mark.parametrize("law", [GaussianNoise(sigma=0.7), BernoulliNoise(keep_probability=0.25)])
def test_exchange_between_beta_c_and_a_b(law):
    beta, c, norm = np.array([0.3, 2.0]), np.array([-1.0, 0.5]), np.array([1.0, 4.0])
    a = law.scaling(beta)
    assert np.allclose(law.beta(a), beta)
    assert np.allclose(beta, (law.mean + a) / math.sqrt(2 * law.variance))
    assert np.allclose(law.bias(c, norm) / (norm * math.sqrt(2 * law.variance)), c)


def test_formulas_of_the_paper():
    assert np.isclose(GaussianNoise(sigma=0.5).beta(0.0), 1 / (math.sqrt(2) * 0.5))
    assert np.isclose(BernoulliNoise(keep_probability=0.25).beta(0.1), 0.35 / math.sqrt(2 * 0.25 * 0.75))


@pytest.mark.parametrize("bad", [{"law": "bernoulli", "keep_probability": 1.0}, {"law": "gaussian", "sigma": 0}])
def test_noise_must_be_noise(bad):
    with pytest.raises(ValidationError):
        TypeAdapter(NoiseLaw).validate_python(bad)
