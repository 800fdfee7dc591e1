"""Reading NumPy's archives, which may be damaged in many ways."""

from __future__ import annotations

import struct
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis_agent.core.errors import FormatError

_DAMAGE = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    SyntaxError,
    tokenize.TokenError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
)


def read_npz(path: Path, what: str) -> dict[str, npt.NDArray[Any]]:
    """All arrays of an .npz file by name.

    Args:
        what: the file should be, for the message.

    Raises:
        FormatError: it is not there, or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except _DAMAGE as error:
        raise FormatError(f"is no {what} ({error})", str(path), "Restore the file") from None
