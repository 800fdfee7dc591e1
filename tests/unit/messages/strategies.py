"""Hypothesis strategies for every record type, from their type hints and the ranges of their messages."""

from __future__ import annotations

import typing
from dataclasses import fields
from enum import IntEnum
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from visavis_agent.bags.digest import FrameDigest
from visavis_agent.core import records as r
from visavis_agent.core.arkit import ARKIT_COUNT
from visavis_agent.core.emotion import EMOTIONS, Emotion
from visavis_agent.core.skeleton import JOINT_COUNT
from visavis_agent.graph import GRAPH
from visavis_agent.messages.converters import message_name
from visavis_agent.messages.definitions import Nodetype
from visavis_agent.messages.definitions import fields as message_fields

RECORD_TYPES = (*(topic.record for topic in GRAPH.topics), FrameDigest)
# NUL ends a string in the C type support, so no record may rely on carrying one.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=20)
TIME = st.integers(0, 2**40)
FLOAT = st.floats(allow_nan=False, allow_infinity=False)
SHARE = st.floats(0, 1)
POSITIVE = st.integers(1, 2**31)


def _pictures() -> st.SearchStrategy[Any]:
    return hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3)))


def _joint_commands(names: list[str]) -> st.SearchStrategy[Any]:
    rows = hnp.arrays(np.float64, len(names), elements={"allow_nan": False, "allow_infinity": False})
    seconds = st.integers(0, 3_600_000).map(lambda ms: ms / 1000)
    return st.builds(
        r.JointCommand, media_ns=TIME, names=st.just(tuple(names)), positions=rows, velocities=rows, duration_s=seconds
    )


@st.composite
def emotions(draw: st.DrawFn) -> Emotion:
    weights = draw(st.lists(st.integers(0, 1000), min_size=len(EMOTIONS), max_size=len(EMOTIONS)))
    axes = {name: draw(st.floats(-1, 1)) for name in ("valence", "arousal", "dominance")}
    rest = {name: draw(SHARE) for name in ("intensity", "confidence")}
    return Emotion.of(dict(zip(EMOTIONS, weights, strict=True)), **axes, **rest)


def _value(hint: Any, description: Any) -> st.SearchStrategy[Any]:
    kind, detail = description
    if hint is Emotion:
        return emotions()
    if kind == Nodetype.BASE:
        return _scalar(hint, detail[0])
    if kind == Nodetype.NAME:
        return structures(hint, detail)
    inner, length = detail
    if typing.get_origin(hint) is np.ndarray:
        shape = st.integers(0, 20) if kind == Nodetype.SEQUENCE else length
        elements = {"allow_nan": False, "allow_infinity": False} if "float" in inner[1][0] else None
        return hnp.arrays(np.dtype(inner[1][0]), shape, elements=elements)
    item = _value(typing.get_args(hint)[0], inner)
    size = {"max_size": 4} if kind == Nodetype.SEQUENCE else {"min_size": length, "max_size": length}
    return st.lists(item, **size).map(tuple)


def _scalar(hint: Any, base: str) -> st.SearchStrategy[Any]:
    if isinstance(hint, type) and issubclass(hint, IntEnum):
        return st.sampled_from(list(hint))
    if hint is int:
        return st.integers(int(np.iinfo(base).min), int(np.iinfo(base).max))
    return {bool: st.booleans(), str: TEXT, float: FLOAT}[hint]


def structures(cls: type[Any], name: str, **overrides: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Instances of the dataclass `cls`, every field of the message `name` drawn from its whole range."""
    hints, described = typing.get_type_hints(cls), message_fields(name)
    drawn = {f.name: _value(hints[f.name], described[f.name]) for f in fields(cls) if f.name not in overrides}
    return st.builds(cls, **drawn, **overrides)


def _same_length(cls: type[Any], *pair: str, **overrides: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def shortened(record: Any) -> Any:
        n = min(len(getattr(record, name)) for name in pair)
        return cls(**{f.name: getattr(record, f.name) for f in fields(cls)} | {p: getattr(record, p)[:n] for p in pair})

    class Loose(cls):
        def __post_init__(self) -> None:
            pass

    hints, described = typing.get_type_hints(cls), message_fields(message_name(cls))
    drawn = {f.name: _value(hints[f.name], described[f.name]) for f in fields(cls) if f.name not in overrides}
    return st.builds(Loose, **drawn, **overrides).map(shortened)


_RANGES: dict[type[r.Record], dict[str, st.SearchStrategy[Any]]] = {
    r.GazeRequest: {"duration_s": st.floats(0, r.LONGEST_REQUEST_S)},
    r.ExpressionRequest: {"duration_s": st.floats(0, r.LONGEST_REQUEST_S)},
    r.DeviceSwitch: {"device": st.sampled_from(r.DEVICES)},
    r.AvatarWish: {"description": st.text("abc 30", min_size=1, max_size=20)},
    r.GestureRequest: {"intensity": SHARE},
    r.UserEmotion: {"face": SHARE, "voice": SHARE, "words": SHARE},
    r.MicrophoneAudio: {"sample_rate": POSITIVE, "gap_ns": TIME},
    r.SpeechAudio: {"sample_rate": POSITIVE, "first_sample": TIME},
    r.Utterance: {"start_ns": st.integers(0, 2**39), "end_ns": st.integers(2**39, 2**40)},
    r.FaceMotion: {"coefficients": hnp.arrays(np.float32, ARKIT_COUNT, elements=st.floats(0, 1, width=32))},
    r.BodyMotion: {"rotations": hnp.arrays(np.float32, (JOINT_COUNT, 4), elements=st.floats(-1, 1, width=32))},
}
"""Fields whose values the contract limits more than their messages do."""


def records(kind: type[r.Record]) -> st.SearchStrategy[Any]:
    """Records of type `kind` over the whole range that the contract allows."""
    if kind in (r.CameraImage, r.VideoFrame):
        return st.builds(kind, media_ns=TIME, image=_pictures())
    if kind is r.Diagnostic:
        return st.builds(kind, media_ns=TIME, session=TEXT, stage=TEXT, level=st.sampled_from(r.Level), message=TEXT)
    if kind in (r.RobotSound, r.RobotVoice):  # AudioData has no time: it belongs to its arrival
        return st.builds(kind, media_ns=st.just(0), data=hnp.arrays(np.uint8, st.integers(0, 20)))
    if kind is r.JointCommand:
        return st.lists(TEXT, max_size=5).flatmap(_joint_commands)
    if kind is r.FaceAffect:
        return _same_length(kind, "action_units", "intensities", media_ns=TIME)
    if kind is r.Prosody:
        return _same_length(kind, "f0_hz", "level_dbfs", media_ns=TIME)
    return structures(kind, message_name(kind), media_ns=TIME, **_RANGES.get(kind, {}))
