"""Telegraph noise of an array, exact in simulated time.

`source` (what a reader adds up) - `choice` (by events, or cell by cell) - `fast_traps` (those far faster than a window,
as fresh noise). Kernels: `event_reads` (which traps switch in an epoch) - `single_trap` and `several_traps` (when, by
the number of traps of a cell) - `walk` (the switches of one cell) - `step_currents` (what a switch changes in reads) -
`weights` (of pairs in the states of their traps). What they work on: `clock` (epochs) - `tables` (numbers of a law) -
`trap_layout` (how traps lie in words) - `sliced_bernoulli` (bits for many traps at once).
"""
