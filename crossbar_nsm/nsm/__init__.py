"""The ideal software Neural Sampling Machine: noise laws, layers, training, sampling, checkpoints.

Modules: `noise` (laws of xi), `architecture` (networks as data), `methods` (hidden units and their gradients, dense or
convolutional), `pooling`, `network` (torch), `initialisation`, `training`, `sampling` and `numpy_product` (numpy, the
same bits for any batch), `substrate` (w, a, b), `checkpoint`, `published` (import of the authors' networks).
"""

import crossbar_nsm.engine  # noqa: F401  # looks at the environment before a module of this package imports numba
