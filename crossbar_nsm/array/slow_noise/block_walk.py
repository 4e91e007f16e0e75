"""How kernels of slow noise walk an array: blocks of 32 outputs in parallel, and in each a few vectors (a span) at a
time, row group by row group, so that the state of a group stays in the first-level cache over the reads of a span.

The generators of every read are seeded by its vector's number and run along the rows: draws depend neither on spans nor
on calls nor on threads.
"""

from __future__ import annotations

from numba import njit

from crossbar_nsm.engine.kernels.lane_blocks import GROUP, WIDTH, seed_block

SPAN = 16  # vectors
_1, _2, _3 = WIDTH, 2 * WIDTH, 3 * WIDTH


@njit(error_model="numpy")
def span_stop(start, vectors, first):
    """End of the span that begins at vector `start` of a call: spans end at multiples of SPAN since the reset."""
    return min(vectors, start + SPAN - (first + start) % SPAN)


@njit(error_model="numpy")
def seed_reads(lanes, block, start, stop, reads, first, key):
    """The generators of every read of a span, lanes (span x reads, 128)."""
    for n in range(start, stop):
        for read in range(reads):
            seed_block(lanes, (n - start) * reads + read, block, read, first + n, key)


@njit(error_model="numpy", fastmath={"contract"}, inline="always")
def weigh(u, q, z, n, b, g, seen):
    """u[q] (32) += z of vector n and row group g times what is seen of its 4 rows (128)."""
    row = GROUP * g
    z0, z1, z2, z3 = z[n, row], z[n, row + 1], z[n, row + 2], z[n, row + 3]
    for i in range(WIDTH):
        u[q, i] += z0 * seen[i] + z1 * seen[_1 + i] + z2 * seen[_2 + i] + z3 * seen[_3 + i]


@njit(error_model="numpy", fastmath={"contract"})
def mix(out, u, mixing, tile, block, start, stop):
    """Add the reads of a span, u (span x reads, 32), to a tile of `out`, combined."""
    reads, column = mixing.shape[1], block * WIDTH
    for slot in range(out.shape[0]):
        for n in range(start, stop):
            for read in range(reads):
                for i in range(min(WIDTH, out.shape[3] - column)):
                    out[slot, tile, n, column + i] += mixing[slot, read, column + i] * u[(n - start) * reads + read, i]
