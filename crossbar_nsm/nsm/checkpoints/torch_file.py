"""What torch.save wrote, read without running any code in it."""

from __future__ import annotations

import re
import warnings
import zipfile
from pathlib import Path
from typing import Any

import torch

from crossbar_nsm.nsm.checkpoints.foreign import check_kind
from device_models.errors import CheckpointError
from device_models.files.archives import check_members, open_zip
from device_models.files.reading import MOST_UNPACKED


def load_tensors(path: Path) -> Any:
    """What torch.save wrote, without running any code in it; raises CheckpointError where it would unpack to more than
    such a file can mean, and else whatever torch does."""
    unpacked_bytes(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pickles and tensors that are refused anyway
        return torch.load(path, weights_only=True, map_location="cpu")


def read_torch_file(path: Path) -> Any:
    """The same; raises CheckpointError for everything else, and says what it is where that can be told."""
    check_kind(path)
    try:
        return load_tensors(path)
    except CheckpointError:
        raise
    except Exception as error:
        raise CheckpointError(f"{path}: not a plain state_dict ({_reason(str(error))})") from None


def unpacked_bytes(path: Path) -> int:
    """What a torch.save file holds at most; raises CheckpointError where that is more than such a file can mean."""
    if not zipfile.is_zipfile(path):
        return min(path.stat().st_size, MOST_UNPACKED)
    with open_zip(path, CheckpointError, "torch.save") as archive:
        check_members(path, archive.infolist(), CheckpointError)
        return sum(member.file_size for member in archive.infolist())


def _reason(error: str) -> str:
    """Why torch does not load a file, from its text."""
    if "Unsupported operand" in error:
        return "a pickle that torch.save did not write, or damaged; refused, nothing of it was executed"
    if not any(sign in error for sign in ("Unsupported global", "Unsupported class", "GLOBAL")):
        return "damaged, truncated, or not written by torch.save"
    wanted = re.search(r"GLOBAL ([\w.]+)", error)
    made = f": it would make a {wanted[1][:80]}" if wanted else ""
    advice = "save the state_dict alone, net.state_dict() of a module"
    return f"it wants to run code on loading, which is refused{made}; {advice}"
