"""The ideal software Neural Sampling Machine: noise laws, layers, training, sampling, checkpoints.

Modules: `noise` (laws of xi), `architecture` (networks as data), `methods` (hidden units and their gradients, dense or
convolutional), `pooling`, `network` (torch), `images` (as a user has them), `carried_images` (that travel with a
network), `initialisation`, `training`, `ideal_pass`, `baseline_pass` and `numpy_product` (the same bits for any batch),
`substrate` (w, a, b), `checkpoints` (files, and import of the authors' networks).
"""

import crossbar_nsm.engine  # noqa: F401  # looks at the environment before a module of this package imports numba
