"""What is kept of compiled kernels, for those who wonder why a start is slow."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class KeptKernels:
    """folder: None where none can be written. kernels: how many have been compiled there; here: of these, for this
    processor and its features. warnings: what was said while the folder was looked for."""

    folder: Path | None
    kernels: int
    here: int
    size_bytes: int
    warnings: list[str]


def kept_kernels() -> KeptKernels:
    """Of the folder that this process keeps its kernels in, which is made where there is none."""
    # loaded here, or this file would count as a source of kernels, whose change has all of them compiled anew
    from numba.core.registry import cpu_target

    from crossbar_nsm.engine.kernels.kernel import kernel_folder

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        folder = kernel_folder()
    texts = [str(one.message) for one in said]
    if folder is None:
        return KeptKernels(None, 0, 0, 0, texts)
    files = [path for path in folder.rglob("*.nb?") if path.is_file()]
    indices = [path.read_bytes() for path in files if path.suffix == ".nbi"]
    _, name, features = map(str.encode, cpu_target.target_context.codegen().magic_tuple())  # numba's own key
    here = sum(name in index and features in index for index in indices)
    return KeptKernels(folder, len(indices), here, sum(path.stat().st_size for path in files), texts)
