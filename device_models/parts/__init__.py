"""The parts of a device, in the order of a cell's life: range, programming, time, reads. One physical process = one
file, with its settings and its equations; each says of itself what others ask (`part`).

Slow noise of a new kind is a file here, with its section (`part.SlowNoise`) and its law (`slow_law.SlowLaw`), and a
field of `device_models.device.Device`. Networks then have it with `read.slow_noise: split`; to draw it read by read, it
takes a source in `crossbar_nsm.array.slow_noise`, chosen in `crossbar_nsm.array.device_reader`.
"""
