from hypothesis import given
from hypothesis import strategies as st

from crossbar_nsm.array.tiling import Tiling


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 20), st.integers(1, 10))
def test_tiles_cover_every_weight_once(inputs, outputs, rows, pairs):
    tiling = Tiling(inputs, outputs, rows, 2 * pairs)
    seen = [
        (j, i)
        for tile in tiling.tiles()
        for j in range(tile.rows.start, tile.rows.stop)
        for i in range(tile.outputs.start, tile.outputs.stop)
    ]
    assert sorted(seen) == [(j, i) for j in range(inputs) for i in range(outputs)]
    assert tiling.count == len(list(tiling.tiles()))


def test_columns_are_physical_columns():
    tiling = Tiling(784, 300, 256, 256)
    assert (len(tiling.row_slices), len(tiling.output_slices)) == (4, 3)
    assert tiling.count == 12
