"""Whole vector registers as values of numba kernels: 16 words (uint32) or 16 floats (float32).

numba leaves vectors to LLVM, which gives up on loops over several arrays that might overlap, and moves what is carried
from turn to turn through memory. These operations are vectors on every processor; one whose registers are narrower
takes several at a time. Offsets count items and are not checked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import config
from numba.core import cgutils, errors, types
from numba.core.codegen import get_host_cpu_features
from numba.extending import intrinsic, models, register_model

WIDTH = 16
_FEATURES = get_host_cpu_features() if config.CPU_FEATURES is None else config.CPU_FEATURES  # type: ignore[attr-defined]
# whether a processor looks up among 32 floats in registers in one step, and whether among eight
TABLES_OF_32, TABLES_OF_8 = (f"+{name}" in _FEATURES.split(",") for name in ("avx512f", "avx2"))

_LANE = ir.IntType(32)
_WORDS, _FLOATS = ir.VectorType(_LANE, WIDTH), ir.VectorType(ir.FloatType(), WIDTH)
_BITS = {"words": _WORDS, "floats": _FLOATS}


class Vector(types.Type):
    """16 numbers of one kind, `words` or `floats`."""

    def __init__(self, kind: str):
        self.kind = kind
        super().__init__(name=f"vector of {kind}")


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, vector: Vector):
        super().__init__(manager, vector, _BITS[vector.kind])


words_type, floats_type = Vector("words"), Vector("floats")
_OF_ITEM = {types.uint32: words_type, types.float32: floats_type}


def _splat(builder: Any, value: Any) -> Any:
    """A scalar in all lanes."""
    vector = ir.VectorType(value.type, WIDTH)
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.Constant(_LANE, 0))
    return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), ir.Constant(_WORDS, [0] * WIDTH))


def _operation(build: Callable[..., Any], *arguments: types.Type, result: types.Type) -> Any:
    """A function for kernels whose instructions build(builder, *values) emits."""

    def emit(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        return build(builder, *values)

    forms = {
        1: lambda _typing, a: (result(*arguments), emit),
        2: lambda _typing, a, b: (result(*arguments), emit),
        3: lambda _typing, a, b, c: (result(*arguments), emit),
    }
    return intrinsic(forms[len(arguments)])


def _rotate(builder: Any, x: Any, count: Any) -> Any:
    rest = builder.sub(ir.Constant(_LANE, 32), count)
    return builder.or_(builder.shl(x, _splat(builder, count)), builder.lshr(x, _splat(builder, rest)))


def _lanes_set(builder: Any, x: Any) -> Any:
    """Bit l of the result: whether lane l is not 0."""
    differs = builder.icmp_unsigned("!=", x, ir.Constant(_WORDS, [0] * WIDTH))
    return builder.zext(builder.bitcast(differs, ir.IntType(WIDTH)), _LANE)


def _positive_lanes(builder: Any, x: Any) -> Any:
    """Bit l of the result: whether lane l is above 0."""
    above = builder.fcmp_ordered(">", x, ir.Constant(_FLOATS, [0.0] * WIDTH))
    return builder.zext(builder.bitcast(above, ir.IntType(WIDTH)), _LANE)


def _from_lane(builder: Any, x: Any, first: Any) -> Any:
    """x with 0 in the lanes before `first`, which may lie outside of the vector."""
    kept = builder.icmp_signed(">=", ir.Constant(_WORDS, list(range(WIDTH))), _splat(builder, first))
    return builder.select(kept, x, ir.Constant(_FLOATS, [0.0] * WIDTH))


def _below(builder: Any, x: Any, y: Any) -> Any:
    return builder.bitcast(builder.icmp_unsigned("<", x, y), ir.IntType(WIDTH))


def _reached(builder: Any, x: Any, y: Any) -> Any:
    """1 where x is y or more, else 0."""
    return builder.zext(builder.icmp_unsigned(">=", x, y), _WORDS)


def _chosen(builder: Any, lanes: Any, x: Any, y: Any) -> Any:
    """x in the lanes whose bit is 1, else y."""
    return builder.select(builder.bitcast(lanes, ir.VectorType(ir.IntType(1), WIDTH)), x, y)


def _multiply_add(builder: Any, x: Any, y: Any, z: Any) -> Any:
    return builder.fadd(builder.fmul(x, y, flags=("contract",)), z, flags=("contract",))


def _as_floats(builder: Any, x: Any) -> Any:
    return builder.uitofp(x, _FLOATS)


def _signed_as_floats(builder: Any, x: Any) -> Any:
    return builder.sitofp(x, _FLOATS)


def _bits_of_floats(builder: Any, x: Any) -> Any:
    return builder.bitcast(x, _WORDS)


def _floats_of_bits(builder: Any, x: Any) -> Any:
    return builder.bitcast(x, _FLOATS)


_UNARY, _BINARY = (words_type,), (words_type, words_type)

add = _operation(lambda builder, x, y: builder.add(x, y), *_BINARY, result=words_type)
xor = _operation(lambda builder, x, y: builder.xor(x, y), *_BINARY, result=words_type)
both = _operation(lambda builder, x, y: builder.and_(x, y), *_BINARY, result=words_type)
either = _operation(lambda builder, x, y: builder.or_(x, y), *_BINARY, result=words_type)
left = _operation(lambda b, x, n: b.shl(x, _splat(b, n)), words_type, types.uint32, result=words_type)
right = _operation(lambda b, x, n: b.lshr(x, _splat(b, n)), words_type, types.uint32, result=words_type)
less = _operation(lambda builder, x, y: builder.sub(x, y), *_BINARY, result=words_type)
as_floats = _operation(_as_floats, *_UNARY, result=floats_type)
signed_as_floats = _operation(_signed_as_floats, *_UNARY, result=floats_type)
floats_of_bits = _operation(_floats_of_bits, *_UNARY, result=floats_type)
below = _operation(_below, *_BINARY, result=types.uint16)
reached = _operation(_reached, *_BINARY, result=words_type)
chosen = _operation(_chosen, types.uint16, floats_type, floats_type, result=floats_type)
bits_of_floats = _operation(_bits_of_floats, floats_type, result=words_type)
rotate = _operation(_rotate, words_type, types.uint32, result=words_type)
lanes_set = _operation(_lanes_set, *_UNARY, result=types.uint32)
all_words = _operation(_splat, types.uint32, result=words_type)
all_floats = _operation(_splat, types.float32, result=floats_type)
plus = _operation(lambda builder, x, y: builder.fadd(x, y), floats_type, floats_type, result=floats_type)
positive_lanes = _operation(_positive_lanes, floats_type, result=types.uint32)
minus = _operation(lambda builder, x, y: builder.fsub(x, y), floats_type, floats_type, result=floats_type)
times = _operation(lambda builder, x, y: builder.fmul(x, y), floats_type, floats_type, result=floats_type)
multiply_add = _operation(_multiply_add, floats_type, floats_type, floats_type, result=floats_type)
from_lane = _operation(_from_lane, floats_type, types.int32, result=floats_type)
trailing_zeros_64 = _operation(lambda b, x: b.cttz(x, ir.Constant(ir.IntType(1), 0)), types.uint64, result=types.uint64)
trailing_zeros = _operation(lambda b, x: b.cttz(x, ir.Constant(ir.IntType(1), 0)), types.uint32, result=types.uint32)


def _pointer(_typing, array, offset):
    """Address of item number `offset` of a C-contiguous array, to be indexed like one: without counting references,
    which costs kernels of many small functions more than their work. Keep the array alive."""

    if not (isinstance(array, types.Array) and array.layout == "C"):
        raise errors.TypingError("pointer: only arrays that are C-contiguous have their items one after the other")

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, values[0]).data
        return builder.gep(data, [values[1]])

    return types.CPointer(array.dtype)(array, types.int64), emit


pointer: Any = intrinsic(_pointer)


def _offset(_typing, items, offset):
    """The pointer to item number `offset` of those that `items` points to."""

    def emit(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        return builder.gep(values[0], [values[1]])

    return items(items, types.int64), emit


offset: Any = intrinsic(_offset)


def _load(_typing, items, offset):
    """The 16 items (uint32 or float32) from pointer + offset on."""
    vector = _OF_ITEM[items.dtype]

    def emit(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        address = builder.bitcast(builder.gep(values[0], [values[1]]), _BITS[vector.kind].as_pointer())
        return builder.load(address, align=4)

    return vector(items, types.int64), emit


load: Any = intrinsic(_load)


def _store(_typing, items, offset, value):
    """Write 16 items from pointer + offset on."""

    def emit(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        address = builder.bitcast(builder.gep(values[0], [values[1]]), values[2].type.as_pointer())
        builder.store(values[2], address, align=4)
        return cgutils.get_null_value(ir.IntType(8).as_pointer())

    return types.none(items, types.int64, value), emit


store: Any = intrinsic(_store)


def _prefetch(_typing, items, offset):
    """Ask for the cache line of pointer + offset, which will be needed soon."""

    def emit(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        signature = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        function = cgutils.get_or_insert_function(builder.module, signature, "llvm.prefetch.p0")
        address = builder.bitcast(builder.gep(values[0], [values[1]]), byte)
        builder.call(function, [address, number(0), number(3), number(1)])
        return cgutils.get_null_value(byte)

    return types.none(items, types.int64), emit


prefetch: Any = intrinsic(_prefetch)


def _of_32(builder: Any, first: Any, numbers: Any, second: Any) -> Any:
    """By the lowest five bits of numbers, from the 32 floats of two vectors: one instruction where there is one."""
    if TABLES_OF_32:
        kind = ir.FunctionType(_FLOATS, [_FLOATS, _WORDS, _FLOATS])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.avx512.vpermi2var.ps.512")
        return builder.call(function, [first, numbers, second])
    if TABLES_OF_8:
        return _joined(builder, [_of_32_by_8(builder, first, _eight(builder, numbers, k), second) for k in (0, 8)])
    all_32 = builder.shuffle_vector(first, second, ir.Constant(ir.VectorType(_LANE, 2 * WIDTH), list(range(2 * WIDTH))))
    found = ir.Constant(_FLOATS, ir.Undefined)
    for lane in range(WIDTH):
        number = builder.and_(builder.extract_element(numbers, _LANE(lane)), _LANE(2 * WIDTH - 1))
        found = builder.insert_element(found, builder.extract_element(all_32, number), _LANE(lane))
    return found


def _of_32_by_8(builder: Any, first: Any, numbers: Any, second: Any) -> Any:
    """As `_of_32`, of eight lanes on processors (AVX2) that look up among eight floats: their fourth and fifth bits
    choose among four results."""
    kind = ir.FunctionType(ir.VectorType(ir.FloatType(), 8), [ir.VectorType(ir.FloatType(), 8), numbers.type])
    look_up = cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.avx2.permps")
    results = [builder.call(look_up, [_eight(builder, x, k), numbers]) for x in (first, second) for k in (0, 8)]
    fourth, fifth = (_bit(builder, numbers, left) for left in (28, 27))
    low, high = (builder.select(fourth, results[k + 1], results[k]) for k in (0, 2))
    return builder.select(fifth, high, low)


def _bit(builder: Any, numbers: Any, left: int) -> Any:
    """Whether the bit that comes to be the sign is 1."""
    shifted = builder.shl(numbers, ir.Constant(numbers.type, [left] * 8))
    return builder.icmp_signed("<", shifted, ir.Constant(numbers.type, [0] * 8))


def _eight(builder: Any, x: Any, first: int) -> Any:
    lanes = ir.Constant(ir.VectorType(_LANE, 8), list(range(first, first + 8)))
    return builder.shuffle_vector(x, ir.Constant(x.type, ir.Undefined), lanes)


def _joined(builder: Any, halves: list[Any]) -> Any:
    return builder.shuffle_vector(*halves, ir.Constant(_WORDS, list(range(WIDTH))))


of_32 = _operation(_of_32, floats_type, words_type, floats_type, result=floats_type)


def _pairs_at(_typing, table, indices, offset):
    """The pairs table[k, :] of a table (entries, 2) float32 for the 16 numbers k (uint32) from indices + offset on, as
    two vectors; pointers. Numbers are read from memory and not from a register: to take them out of one costs more."""

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        base, numbers, first = values
        wide, pair = ir.IntType(64), ir.IntType(64)
        entries = builder.bitcast(base, pair.as_pointer())
        both_halves = ir.Constant(ir.VectorType(pair, WIDTH), ir.Undefined)
        for lane in range(WIDTH):
            number = builder.load(builder.gep(numbers, [builder.add(first, wide(lane))]))
            entry = builder.load(builder.gep(entries, [builder.zext(number, wide)]), align=4)
            both_halves = builder.insert_element(both_halves, entry, _LANE(lane))
        floats = ir.VectorType(ir.FloatType(), 2 * WIDTH)
        flat, nothing = builder.bitcast(both_halves, floats), ir.Constant(floats, ir.Undefined)
        halves = [
            builder.shuffle_vector(flat, nothing, ir.Constant(_WORDS, list(range(half, 2 * WIDTH, 2))))
            for half in (0, 1)
        ]
        return context.make_tuple(builder, signature.return_type, halves)

    return types.UniTuple(floats_type, 2)(table, indices, types.int64), emit


pairs_at: Any = intrinsic(_pairs_at)
