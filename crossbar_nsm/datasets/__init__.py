"""Data sets, read from their standard files. One loader per data set, found by name in `catalogue`.

Modules: `dataset` (images and labels), `image_digests` (which of them are alike) - `folder` (the data folder) -
`labels` and `pixels` (their checks) - `idx` and `aedat` (file formats) - `recordings` (event files in folders or zip
files) - `mnist5k`, `mnist`, `emnist`, `cifar`, `nmnist`, `dvs_gestures`, `npz` (the loaders) - `other_names` (what an
.npz file has instead) - `registered` (users') - `catalogue`.
"""
