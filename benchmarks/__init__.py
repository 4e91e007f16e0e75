"""How fast the simulator is, beside what the machine can do and beside other simulators.

    make bench                                   # everything: table, out/bench/bench.json, figures
    python -m benchmarks --only W1,wires         # some workloads
    python -m benchmarks --quick                 # all code on toy sizes, to see that it runs

Workloads, one per module: `layer` (W1: one 512x512 layer, 256 vectors) - `mlp` (W2: 784-300-300-300-10, 1,000 inputs x
100 samples) - `cnn` (W3: 32c5-p2-64c5-p2-1024-512-10, 1,000 passes) - `bernoulli` - `telegraph` - `wire_resistance` -
`random_numbers` - `evaluation` (10,000 images x 100 samples, time and memory). `measure` times, `rows` judges and
prints, `peers` runs other simulators where they are installed, `scaling` draws figures. `devices.py`, `training.py` and
`sweep_scaling.py` (one worker, two workers) are scripts of their own; `test_speed.py` is what `pytest benchmarks
--benchmark-only` compares with stored ratios.
"""
