"""The message definitions of this package (msg/*.msg) and, through rosbags, the ROS 2 ones that they use."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from rosbags.interfaces import Nodetype
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from visavis_agent.core.errors import EngineError

PACKAGE = "visavis"
AUDIO_DATA = "audio_common_msgs/msg/AudioData"
_FOREIGN = {AUDIO_DATA: "uint8[] data"}
"""Of packages that ROS releases but rosbags does not know."""


def interface_root() -> Path:
    """The folder of msg/, srv/ and action/: the repository's, else the installed package's.

    Raises:
        EngineError: neither is there.
    """
    for folder in _candidates():
        if any((folder / "msg").glob("*.msg")):
            return folder
    raise EngineError("the message definitions of visavis are not installed", "", "Run `make env` or `colcon build`")


def _candidates() -> Iterator[Path]:
    yield Path(__file__).resolve().parents[2]
    for prefix in (*os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep), sys.prefix):
        if prefix:
            yield Path(prefix) / "share" / PACKAGE


@lru_cache(maxsize=1)
def typestore() -> Typestore:
    """Definitions and CDR (de)serialisers of every message that records become."""
    store = get_typestore(Stores.ROS2_KILTED)
    types: dict[str, Any] = {}
    for name, text in _FOREIGN.items():
        types.update(get_types_from_msg(text, name))
    for path in sorted((interface_root() / "msg").glob("*.msg")):
        types.update(get_types_from_msg(path.read_text(encoding="utf-8"), f"{PACKAGE}/msg/{path.stem}"))
    store.register(types)
    return store


def fields(name: str) -> dict[str, Any]:
    """Field names of the message `name` ("visavis/msg/ReplyId") with rosbags' description of their types."""
    return dict(typestore().fielddefs[name][1])


def constants(name: str) -> dict[str, Any]:
    """Constants of the message `name` with their values."""
    return {constant: value for constant, _, value in typestore().fielddefs[name][0]}


__all__ = ["PACKAGE", "Nodetype", "constants", "fields", "interface_root", "typestore"]
