"""Which circuit and calibration recovers the trained network from which device: `python -m benchmarks.recovery --data DIR`.

`trials` says which device, circuit and calibration are tried, `measure` runs a chip and keeps what it gave, image by
image, so that a stopped run goes on where it was; `page` writes benchmarks/recovery/RESULTS.md and its figures.
"""
