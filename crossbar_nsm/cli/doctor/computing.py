"""What computes: torch and its devices, and the compiled kernels that are kept."""

from __future__ import annotations

from crossbar_nsm.cli.doctor.part import Finding, Part
from device_models.files.reading import size_text


def accelerator() -> Part:
    """Imports torch, which takes a second."""
    try:
        import torch
    except Exception as error:  # of whatever keeps it from being loaded
        text = f"torch cannot be loaded ({type(error).__name__}: {error})"
        return Part("Accelerator", {}, [Finding(f"{text}; pip install --force-reinstall torch", broken=True)])
    seen = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        seen.append("Apple GPU (mps)")
    facts = {
        "torch sees": seen or "no accelerator",
        "threads of torch": torch.get_num_threads(),
        "used by this version": "the CPU alone: neither chips nor software nor training use an accelerator",
    }
    return Part("Accelerator", facts)


def kernels() -> Part:
    """Imports numba; only after the environment was found to be usable."""
    import numba

    from crossbar_nsm.engine.kernels.kept import kept_kernels

    kept = kept_kernels()
    compiled = f"{kept.kernels}, of which {kept.here} for this processor"
    facts = {
        "folder": kept.folder,
        "size": size_text(kept.size_bytes),
        "kernels": compiled if kept.kernels else "none: the first command compiles them, which takes half a minute",
        "threads of numba": int(numba.config.NUMBA_NUM_THREADS),  # type: ignore[attr-defined]
    }
    findings = [Finding(text) for text in kept.warnings]
    if kept.folder is None:
        fix = "set NUMBA_CACHE_DIR to a folder that can be written"
        findings.append(Finding(f"the cache folder is not writable: kernels are compiled anew at each start; {fix}"))
    elif kept.kernels and not kept.here:
        text = "kernels that are kept were compiled on another processor: those of this one are compiled at first use"
        findings.append(Finding(f"{text}; nothing is to be done"))
    return Part("Kernels", facts, findings)
