"""The ideal software Neural Sampling Machine: noise laws, layers, training, sampling, checkpoints.

Modules: `noise` (laws of xi), `architecture` (networks as data), `layers` and `network` (torch), `activation`
(gradient through the activation probability), `initialisation`, `training`, `sampling`, `checkpoint`.
"""
