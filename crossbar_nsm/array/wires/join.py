"""Two neighbouring blocks become one, by solving for the lines that they share.

Of each pair `first` is the block that gives voltages to the seam (left of two, or the lower of two), `second` the one
that draws current from it. With Z the impedance of first's ports at the seam and Y the admittance of second's:

    v = p - Z j    p = F x_first      x_first = (v_a, I_b) of the ports that remain
    j = q + Y v    q = S x_second     x_second = (v_a, -I_b)

so v = W (p - Z q) with W = (1 + Z Y)^-1, which is well conditioned for any circuit: Z and Y are positive semidefinite.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossbar_nsm.array.wires.blocks import Blocks


@dataclass(frozen=True)
class Sides:
    """Which ports of first (b) and of second (a) meet, and which remain; their order is a = (L, B), b = (T, R)."""

    meet_b: slice
    remain_b: slice
    meet_a: slice
    remain_a: slice

    @classmethod
    def of(cls, rows: int, cols: int, beside: bool) -> Sides:
        """For blocks of rows x cols cells, left and right of each other (`beside`), or below and above."""
        left, bottom = slice(0, rows), slice(rows, None)
        top, right = slice(0, cols), slice(cols, None)
        return cls(right, top, left, bottom) if beside else cls(top, right, bottom, left)


@dataclass(frozen=True)
class Seam:
    """What leads from the ports of joined blocks to the seam: v = from_first x_first - from_second x_second and
    j = draw x_second + y v. rows, cols: of each of the two blocks."""

    rows: int
    cols: int
    beside: bool
    from_first: np.ndarray
    from_second: np.ndarray
    draw: np.ndarray
    y: np.ndarray


def join(blocks: Blocks, beside: bool) -> tuple[Blocks, Seam]:
    """Every second block with its neighbour: side by side (`beside`), or one above the other."""
    rows, cols, at = blocks.rows, blocks.cols, Sides.of(blocks.rows, blocks.cols, beside)
    first, second = _first_and_second(blocks, beside)
    z, y = first.z[..., at.meet_b, at.meet_b], second.y[..., at.meet_a, at.meet_a]
    give = np.concatenate([first.m[..., at.meet_b, :], first.z[..., at.meet_b, at.remain_b]], axis=-1)
    draw = np.concatenate([second.y[..., at.meet_a, at.remain_a], _t(second.m[..., :, at.meet_a])], axis=-1)
    solved = np.linalg.solve(np.eye(z.shape[-1]) + z @ y, np.concatenate([give, z @ draw], axis=-1))
    from_first, from_second = solved[..., : give.shape[-1]], solved[..., give.shape[-1] :]

    first_a, first_b = slice(0, rows + cols), slice(rows + cols, None)
    remaining = rows + cols - y.shape[-1]
    second_a, second_b = slice(0, remaining), slice(remaining, None)
    of_first, of_second, across = _t(give) @ (y @ from_first), _t(draw) @ from_second, _t(draw) @ from_first
    joined_y = _placed(
        first.y + of_first[..., first_a, first_a],
        _t(across[..., second_a, first_a]),
        across[..., second_a, first_a],
        second.y[..., at.remain_a, at.remain_a] - of_second[..., second_a, second_a],
        beside,
    )
    joined_z = _placed(
        first.z[..., at.remain_b, at.remain_b] - of_first[..., first_b, first_b],
        _t(across[..., second_b, first_b]),
        across[..., second_b, first_b],
        second.z + of_second[..., second_b, second_b],
        beside,
    )
    joined_m = _placed(
        first.m[..., at.remain_b, :] - of_first[..., first_b, first_a],
        -_t(across[..., second_a, first_b]),
        across[..., second_b, first_a],
        second.m[..., :, at.remain_a] - of_second[..., second_b, second_a],
        beside,
    )
    size = (rows, 2 * cols) if beside else (2 * rows, cols)
    return Blocks(joined_y, joined_z, joined_m, *size), Seam(rows, cols, beside, from_first, from_second, draw, y)


def part(seam: Seam, x: np.ndarray, of_first: bool) -> np.ndarray:
    """Port values of one of each pair of blocks, (grid rows, grid cols, 2 ports, k), from those of the joined blocks.

    A joined block's ports are (L, B of both, T of both, R) or (L of both, B, T, R of both), left before right and upper
    before lower.
    """
    rows, cols = seam.rows, seam.cols
    at, ports = Sides.of(rows, cols, seam.beside), rows + cols
    joined_a = ports + (cols if seam.beside else rows)
    a, b = x[..., :joined_a, :], x[..., joined_a:, :]
    kept = ports - seam.y.shape[-1]  # ports of a of second, and of b of first, that remain
    if seam.beside:
        first_a, second_a, first_b, second_b = a[..., :ports, :], a[..., ports:, :], b[..., :kept, :], b[..., kept:, :]
    else:
        first_a, second_a, first_b, second_b = a[..., kept:, :], a[..., :kept, :], b[..., ports:, :], b[..., :ports, :]
    x_first, x_second = _stacked(first_a, first_b), _stacked(second_a, -second_b)
    v = seam.from_first @ x_first - seam.from_second @ x_second
    out = np.empty((*x.shape[:-2], 2 * ports, x.shape[-1]))
    if of_first:
        out[..., :ports, :] = first_a
        out[..., ports:, :][..., at.remain_b, :] = first_b
        out[..., ports:, :][..., at.meet_b, :] = -(seam.draw @ x_second + seam.y @ v)
    else:
        out[..., ports:, :] = second_b
        out[..., :ports, :][..., at.remain_a, :] = second_a
        out[..., :ports, :][..., at.meet_a, :] = v
    return out


def _first_and_second(blocks: Blocks, beside: bool) -> tuple[Blocks, Blocks]:
    if beside:
        indices = (slice(None), slice(0, None, 2)), (slice(None), slice(1, None, 2))
    else:
        indices = (slice(1, None, 2), slice(None)), (slice(0, None, 2), slice(None))
    first, second = (Blocks(blocks.y[at], blocks.z[at], blocks.m[at], blocks.rows, blocks.cols) for at in indices)
    return first, second


def _placed(ff: np.ndarray, fs: np.ndarray, sf: np.ndarray, ss: np.ndarray, beside: bool) -> np.ndarray:
    """One matrix of four: first's ports stand before second's side by side, behind them one above the other."""
    return np.block([[ff, fs], [sf, ss]]) if beside else np.block([[ss, sf], [fs, ff]])


def _stacked(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.concatenate([a, b], axis=-2)


def _t(matrices: np.ndarray) -> np.ndarray:
    return matrices.swapaxes(-1, -2)
