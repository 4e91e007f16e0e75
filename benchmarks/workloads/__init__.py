"""What `python -m benchmarks` measures: one workload each, with its rows (`rows`) and scaling curves (`scaling`)."""
