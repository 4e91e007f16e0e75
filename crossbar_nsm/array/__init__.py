"""One layer's crossbar: cells in rows and columns, tiles, reads, converters.

Rows = word lines = inputs; columns = bit lines = outputs; an output is a pair of physical columns (G+ and G-).
Modules: `config` - `tiling` (a layer cut into tiles) - `crossbar` (programmed pairs of cells) - `moments` (closed form
of fresh Gaussian reads) - `device_reader` and `device_kernels` (every cell drawn) - `converter` (ADC).
"""
