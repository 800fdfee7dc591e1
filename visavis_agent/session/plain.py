"""Records as plain values for JSON, and what a session was like as a few sums."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

import numpy as np

from visavis_agent.core.records import Record

_LONGEST_ARRAY = 16


def plain(value: Any) -> Any:
    """A JSON value: records as mappings, enumerations by name, long arrays by their SHA-256 sum."""
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, np.ndarray):
        if value.size <= _LONGEST_ARRAY:
            return value.tolist()
        digest = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        return {"shape": list(value.shape), "dtype": value.dtype.str, "sha256": digest}
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return value.item()
    return value


class Sum:
    """A running SHA-256 sum over records and the times at which they were sent."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.count = 0

    def add(self, record: Record, at_ns: int) -> None:
        text = json.dumps([type(record).__name__, at_ns, plain(record)], ensure_ascii=False)
        self._hash.update(text.encode())
        self.count += 1

    @property
    def hexdigest(self) -> str:
        return self._hash.hexdigest()
