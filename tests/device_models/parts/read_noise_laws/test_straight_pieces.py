import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad
from support.cells.shapes import HEAVY, SKEWED, STAIRS
from support.laws import rejects

from device_models.errors import ConfigError
from device_models.parts.read_noise_laws.shapes import QuantileShape
from device_models.parts.read_noise_laws.straight_pieces import COLUMNS, NEAR, WORDS, straight_pieces

KINK = 0.5


def bent(z):
    """A curve with one kink."""
    return z + 2 * np.maximum(z - KINK, 0)


def check_columns(words, columns):
    """Every piece stands in one column, and every column holds the same number of words."""
    counts, alone = np.diff(words), columns[:, 0] == columns[:, 1]
    assert counts.min() > 0
    assert np.array_equal(np.sort(np.append(columns[:, 0], columns[~alone, 1])), np.arange(len(counts)))
    held = counts[columns[:, 0]] + np.where(alone, 0, counts[columns[:, 1]])
    assert np.array_equal(held, np.full(len(columns), WORDS // len(columns)))


@pytest.mark.parametrize("points", [SKEWED, HEAVY, STAIRS], ids=["skewed", "heavy", "stairs"])
def test_columns_are_the_pieces_once_each(points):
    table = QuantileShape(**points).table
    assert len(table.columns) in COLUMNS
    assert np.all(np.diff(table.values) >= 0)
    assert (table.words[0], table.words[-1]) == (0, WORDS)
    check_columns(table.words, table.columns)
    rejects(check_columns, np.delete(table.words, 9), table.columns)
    rejects(check_columns, table.words + (np.arange(len(table.words)) == 9), table.columns)


def test_pieces_are_as_near_as_they_say():
    """Root mean square by quadrature over the normal law, another way; mean 0 and variance 1 of the curve are taken."""
    pieces = straight_pieces(bent, np.array([-1.0, KINK, 1.0]))

    def mean(function):
        return quad(lambda z: function(z) * stats.norm.pdf(z), -6.2, 6.2, points=[KINK], limit=200)[0]

    middle = mean(bent)
    sd = np.sqrt(mean(lambda z: (bent(z) - middle) ** 2))
    z = np.linspace(-6.2, 6.2, 200_001)
    off = np.interp(stats.norm.cdf(z) * WORDS, pieces.words, pieces.values) - (bent(z) - middle) / sd
    square = np.trapezoid(off**2 * stats.norm.pdf(z), z)
    assert pieces.distance == pytest.approx(np.sqrt(square), rel=0.03)
    assert len(pieces.columns) == 32
    assert pieces.distance < NEAR


def test_finer_curves_take_more_columns_and_too_fine_ones_are_refused():
    assert len(QuantileShape(**HEAVY).table.columns) == 32
    assert len(QuantileShape(**STAIRS).table.columns) > 32
    wild = np.sort(np.random.default_rng(0).standard_cauchy(3000))
    with pytest.raises(ConfigError, match=r"straight pieces miss the 3000 points by .* sd .*; give fewer points"):
        QuantileShape(quantiles={"normal_score": np.linspace(-5, 5, 3000).tolist(), "value": wild.tolist()})


@pytest.mark.parametrize(
    ("scores", "values", "message"),
    [([-7.9, 7.5, 7.9], [0, 0, 1], "value: does not spread between the normal scores -6.3 and 6.3")],
)
def test_what_does_not_spread_where_reads_lie_is_refused(scores, values, message):
    with pytest.raises(ConfigError, match=message):
        QuantileShape(quantiles={"normal_score": scores, "value": values})


def test_units_do_not_matter():
    z = np.array([-2.0, -1.0, 0.0, 1.0, 2.5])
    plain, other = (straight_pieces(lambda at, unit=unit: unit * bent(at), z) for unit in (1.0, 2.0**-20))
    assert np.array_equal(plain.words, other.words)
    assert np.array_equal(plain.values, other.values)
