"""32-bit integer arithmetic for numba kernels. Numba widens uint32 to uint64, which halves what fits in a vector
register; these stay in 32 bits, on every processor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

_WORD, _FLOAT = ir.IntType(32), ir.FloatType()


def _operation(build: Callable[..., Any], *arguments: types.Type, result: types.Type = types.uint32) -> Any:
    """A function for kernels whose instructions build(builder, *values) emits."""

    def emit(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        return build(builder, *values)

    if len(arguments) == 1:
        return intrinsic(lambda _typing, a: (result(*arguments), emit))
    return intrinsic(lambda _typing, a, b: (result(*arguments), emit))


def _rotate(builder: Any, x: Any, count: Any) -> Any:
    rest = builder.sub(ir.Constant(_WORD, 32), count)
    return builder.or_(builder.shl(x, count), builder.lshr(x, rest))


_TWO = (types.uint32, types.uint32)

add = _operation(lambda builder, x, y: builder.add(x, y), *_TWO)
sub = _operation(lambda builder, x, y: builder.sub(x, y), *_TWO)
xor = _operation(lambda builder, x, y: builder.xor(x, y), *_TWO)
both = _operation(lambda builder, x, y: builder.and_(x, y), *_TWO)
either = _operation(lambda builder, x, y: builder.or_(x, y), *_TWO)
left = _operation(lambda builder, x, count: builder.shl(x, count), *_TWO)
right = _operation(lambda builder, x, count: builder.lshr(x, count), *_TWO)
right_signed = _operation(lambda builder, x, count: builder.ashr(x, count), *_TWO)
rotate = _operation(_rotate, *_TWO)
is_nonzero = _operation(
    lambda builder, x: builder.icmp_unsigned("!=", x, ir.Constant(_WORD, 0)), types.uint32, result=types.boolean
)
as_float = _operation(lambda builder, x: builder.uitofp(x, _FLOAT), types.uint32, result=types.float32)
signed_as_float = _operation(lambda builder, x: builder.sitofp(x, _FLOAT), types.uint32, result=types.float32)
float_of_bits = _operation(lambda builder, x: builder.bitcast(x, _FLOAT), types.uint32, result=types.float32)
bits_of_float = _operation(lambda builder, x: builder.bitcast(x, _WORD), types.float32)
