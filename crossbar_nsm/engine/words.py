"""32-bit integer arithmetic for numba kernels. Numba widens uint32 to uint64, which halves what fits in a vector
register; these stay in 32 bits, on every processor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

_WORD, _FLOAT = ir.IntType(32), ir.FloatType()


def _operation(build: Callable[..., Any], arguments: int = 2, result: types.Type = types.uint32) -> Any:
    """A function of `arguments` uint32 for kernels; build(builder, values) emits its instructions."""
    if arguments == 1:

        @intrinsic
        def unary(_typing, a):  # type: ignore[no-untyped-def]
            return result(types.uint32), lambda _context, builder, _signature, values: build(builder, *values)

        return unary

    @intrinsic
    def binary(_typing, a, b):  # type: ignore[no-untyped-def]
        return result(types.uint32, types.uint32), lambda _context, builder, _signature, values: build(builder, *values)

    return binary


def _rotate(builder: Any, x: Any, count: Any) -> Any:
    rest = builder.sub(ir.Constant(_WORD, 32), count)
    return builder.or_(builder.shl(x, count), builder.lshr(x, rest))


add = _operation(lambda builder, x, y: builder.add(x, y))
sub = _operation(lambda builder, x, y: builder.sub(x, y))
xor = _operation(lambda builder, x, y: builder.xor(x, y))
both = _operation(lambda builder, x, y: builder.and_(x, y))
either = _operation(lambda builder, x, y: builder.or_(x, y))
left = _operation(lambda builder, x, count: builder.shl(x, count))
right = _operation(lambda builder, x, count: builder.lshr(x, count))
right_signed = _operation(lambda builder, x, count: builder.ashr(x, count))
rotate = _operation(_rotate)
less = _operation(lambda builder, x, y: builder.icmp_unsigned("<", x, y), result=types.boolean)
is_nonzero = _operation(lambda b, x: b.icmp_unsigned("!=", x, ir.Constant(_WORD, 0)), 1, types.boolean)
as_float = _operation(lambda builder, x: builder.uitofp(x, _FLOAT), 1, types.float32)
signed_as_float = _operation(lambda builder, x: builder.sitofp(x, _FLOAT), 1, types.float32)
float_of_bits = _operation(lambda builder, x: builder.bitcast(x, _FLOAT), 1, types.float32)


@intrinsic
def bits_of_float(_typing, x):  # type: ignore[no-untyped-def]
    """The bits of a float32 as uint32."""
    return types.uint32(types.float32), lambda _context, builder, _signature, values: builder.bitcast(values[0], _WORD)
