"""Telegraph noise of an array, exact in simulated time.

`source` (what a reader adds up) - `choice` (by events, or cell by cell) - `events` and `single_trap_events` (kernels:
who switches in an epoch, and what that changes) - `walk` (switching times) - `sliced_bernoulli` (bits for many traps at
once) - `trap_layout` (how traps lie in words) - `fast_traps` (those far faster than a window, as fresh noise).
"""
