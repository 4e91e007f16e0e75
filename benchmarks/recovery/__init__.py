"""Which circuit and calibration recovers the trained network from which device.

    python -m benchmarks.recovery --data DIR            # all circuits and calibrations, 5 chips, 1,000 images x 50
    python -m benchmarks.recovery --data DIR --best     # the best of each device, 10,000 images x 100
    python -m benchmarks.recovery --data DIR --page     # benchmarks/recovery/RESULTS.md

`trials` says which device, circuit and calibration are tried, `measure` runs a chip and keeps what it gave, image by
image, so that a stopped run goes on where it was; `page` writes benchmarks/recovery/RESULTS.md and its figures.
"""
