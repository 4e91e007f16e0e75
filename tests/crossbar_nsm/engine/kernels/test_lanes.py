import numpy as np
import pytest
from numba import njit
from scipy import stats
from support.laws import check_law, check_mean, check_normal_variance, check_rate, rejects

from crossbar_nsm.engine.kernels import lanes as lanes_module
from crossbar_nsm.engine.kernels.lanes import four_words, lane_normals, padded_width, seed_lanes


@njit
def words(lanes, steps):
    out = np.empty((steps, 4, lanes.shape[1]), np.uint32)
    for step in range(steps):
        for lane in range(lanes.shape[1]):
            a, b, c, d = four_words(lanes, lane)
            out[step, 0, lane], out[step, 1, lane], out[step, 2, lane], out[step, 3, lane] = a, b, c, d
    return out


@njit
def normals(lanes, steps):
    out = np.empty((steps, 4, lanes.shape[1]), np.float32)
    for step in range(steps):
        for lane in range(lanes.shape[1]):
            n = lane_normals(lanes, lane)
            out[step, 0, lane], out[step, 1, lane], out[step, 2, lane], out[step, 3, lane] = n
    return out


@njit
def pairs_of_words(words):
    out = np.empty(words.shape, np.float32)
    for k in range(words.shape[1]):
        out[0, k], out[1, k] = lanes_module.two_normals(words[0, k], words[1, k])
    return out


def seeded(width, read=0, sample=0, image=0, key=5):
    lanes = np.empty((4, width), np.uint32)
    seed_lanes(lanes, read, sample, image, np.uint64(key))
    return lanes


def test_words_are_those_of_the_reference_implementation():
    """xoshiro128++ from the state 1, 2, 3, 4 (Blackman and Vigna's C program)."""
    lanes = np.repeat(np.array([[1], [2], [3], [4]], np.uint32), 16, axis=1)
    expected = [641, 1573767, 3222811527, 3517856514, 836907274, 4247214768, 3867114732, 1355841295]
    assert words(lanes, 2)[:, :, 3].ravel().tolist() == expected


def test_normals_are_box_muller_of_the_words():
    """Radius and angle in float64 beside the float32 polynomials: 2e-6 of the radius, all angles, both ends of u."""
    drawn = words(seeded(4096), 64).swapaxes(0, 1).reshape(4, -1)[:2]
    drawn[0, :4] = [0, 1, 2**31, 2**32 - 1]
    n = pairs_of_words(drawn).astype(float)
    u = ((drawn[0] | 1).astype(np.float32) / np.float32(2.0**32)).astype(float)
    angle = np.pi / 4 * ((drawn[1] & 0x7FFFFF) / 2.0**22 - 1)
    cosine, sine = np.cos(angle), np.sin(angle)
    cosine = np.where(drawn[1] >> 31, -cosine, cosine)
    swapped = (drawn[1] >> 30) & 1 == 1
    radius = np.sqrt(-2 * np.log(u))
    expected = radius * np.where(swapped, [sine, cosine], [cosine, sine])
    assert np.all(np.abs(n - expected) <= 2e-6 * np.maximum(radius, 0.01))
    assert np.isfinite(n).all()


def test_normals_follow_the_normal_law():
    n = normals(seeded(512), 200).astype(float)
    check_law(n, "norm")
    check_normal_variance(n, 1.0)
    rejects(check_normal_variance, n, 1.02)
    check_mean(n**3, 0.0, np.sqrt(15))
    check_mean(n**4, 3.0, np.sqrt(96))
    rejects(check_mean, n**4, 3.1, np.sqrt(96))


def test_tails_are_there():
    n = normals(seeded(4096, key=6), 400)
    for limit in (3.0, 4.0, 4.5):
        check_rate(np.sum(np.abs(n) > limit), n.size, 2 * stats.norm.sf(limit))


def test_draws_are_uncorrelated():
    """Neighbouring lanes, the four of one step, successive steps, successive counters and keys, squares too."""
    base = normals(seeded(512), 100).astype(float)
    others = [normals(seeded(512, *at), 100).astype(float) for at in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0, 6))]
    couples = [(base[..., 1:], base[..., :-1]), (base[1:], base[:-1]), *((base, other) for other in others)]
    couples += [(base[:, k], base[:, other]) for k in range(4) for other in range(k)]
    for first, second in couples:
        check_mean(first * second, 0.0, 1.0)
        check_mean((first**2 - 1) * (second**2 - 1), 0.0, 2.0)
    rejects(check_mean, base * base, 0.0, 1.0)


def test_a_counter_gives_the_same_draws_again():
    assert np.array_equal(normals(seeded(48), 3), normals(seeded(48), 3))


@pytest.mark.parametrize(("width", "padded"), [(1, 16), (16, 16), (17, 32), (300, 304)])
def test_padding_fills_vectors(width, padded):
    assert padded_width(width) == padded


@njit
def counted(width, read, sample, image, key):
    out = np.empty(width, np.float32)
    lanes_module.fill_counted_normals(out, read, sample, image, key)
    return out


def test_counted_normals_follow_the_normal_law_and_differ_by_counter():
    draws = np.array([counted(320, 0, sample, 5, np.uint64(9)) for sample in range(2000)]).astype(float)
    check_law(draws, "norm")
    check_normal_variance(draws, 1.0)
    rejects(check_normal_variance, draws, 1.02)
    check_mean(draws**4, 3.0, np.sqrt(96))
    for first, second in ((draws[1:], draws[:-1]), (draws[:, 1:], draws[:, :-1]), (draws[:, 80:], draws[:, :-80])):
        check_mean(first * second, 0.0, 1.0)
    rejects(check_mean, draws * draws, 0.0, 1.0)
    other = [counted(320, *at) for at in ((1, 7, 5, np.uint64(9)), (0, 7, 6, np.uint64(9)), (0, 7, 5, np.uint64(8)))]
    assert not any(np.any(values == draws[7].astype(np.float32)) for values in other)
