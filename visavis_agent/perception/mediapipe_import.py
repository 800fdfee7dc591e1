"""Imports mediapipe without what it draws and records with.

matplotlib's pyplot and mediapipe's tasks take 50 MB and half a second. Its package imports both when it is itself
imported, and the solutions that are used here need neither.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

_LEFT_OUT = ("matplotlib.pyplot", "mediapipe.tasks.python")


def solution(name: str) -> Any:
    """The module mediapipe.python.solutions.`name`.

    Raises:
        ImportError: mediapipe is missing, or is another release.
    """
    put = [] if "mediapipe" in sys.modules else _stand_in()
    try:
        return import_module(f"mediapipe.python.solutions.{name}")
    finally:
        for module in put:  # who wants the real ones shall get them
            sys.modules.pop(module, None)


def _stand_in() -> list[str]:
    """Empty modules in the place of those left out, unless they are there already; their names."""
    put = []
    for path in _LEFT_OUT:
        parent, child = path.rsplit(".", 1)
        if path in sys.modules:
            continue
        for name in (parent, path):
            if name not in sys.modules:
                sys.modules[name] = ModuleType(name)
                put.append(name)
        if parent in put:
            setattr(sys.modules[parent], child, sys.modules[path])
    return put
