"""Records become messages and come back bit for bit; messages out of range are refused with a reason."""

from __future__ import annotations

import typing
from dataclasses import fields, replace
from enum import IntEnum
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.messages.strategies import RECORD_TYPES, records
from visavis_agent.bags.digest import FrameDigest
from visavis_agent.core import records as r
from visavis_agent.core.clock import SECOND
from visavis_agent.core.errors import InputError
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.skeleton import JOINT_NAMES
from visavis_agent.graph import GRAPH
from visavis_agent.messages.converters import Converter, Timing, message_name
from visavis_agent.messages.definitions import constants, interface_root
from visavis_agent.messages.family import RosbagsFamily

FAMILY = RosbagsFamily()
CONVERTER = Converter(FAMILY)


def through_cdr(record: r.Record, offset_ns: int = 0) -> Any:
    name = message_name(type(record))
    return FAMILY.deserialize(FAMILY.serialize(CONVERTER.encode(record, offset_ns)), name)


@pytest.mark.parametrize("kind", RECORD_TYPES, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_every_record_survives_cdr_bit_for_bit(kind: type[r.Record], data: st.DataObject) -> None:
    record = data.draw(records(kind))
    if kind is r.VideoFrame:  # sensor_msgs/Image carries the picture only
        record = replace(record, mouth_gap_m=0.0, tier=0)
    assert r.equal(CONVERTER.decode(kind, through_cdr(record)), record)


@pytest.mark.parametrize("topic", GRAPH.topics, ids=lambda topic: topic.name)
def test_graph_names_the_message_that_the_converter_makes(topic: Any) -> None:
    assert topic.message == message_name(topic.record)


def test_defaults_of_messages_are_those_of_records() -> None:
    """A foreign publisher that leaves a field alone says what a record says that leaves it alone."""
    wrong = []
    for kind in (k for k in RECORD_TYPES if message_name(k).startswith("visavis/")):
        text = (interface_root() / "msg" / f"{kind.__name__}.msg").read_text()
        for field in fields(kind):
            if field.default in ("", 0, False) or not isinstance(field.default, (int, float, str)):
                continue
            default = repr(field.default).replace("'", '"')
            default = str(int(field.default)) if isinstance(field.default, IntEnum) else default
            if f" {field.name} {default} " not in text:
                wrong.append(f"{kind.__name__}.{field.name} = {default}")
    assert not wrong


ENUMS = {
    "source": r.TextSource,
    "phase": r.Phase,
    "playback": r.Playback,
    "lane": r.Lane,
    "state": r.SinkState,
}


@pytest.mark.parametrize("kind", RECORD_TYPES, ids=lambda kind: kind.__name__)
def test_constants_are_those_of_the_enumerations(kind: type[r.Record]) -> None:
    if not message_name(kind).startswith("visavis/"):
        return
    expected = {}
    for name, hint in typing.get_type_hints(kind).items():
        if isinstance(hint, type) and issubclass(hint, IntEnum):
            expected |= {f"{name.upper()}_{member.name}": int(member) for member in hint}
    assert constants(message_name(kind)) == expected


def test_constants_of_a_person_are_those_of_the_enumerations() -> None:
    kinds = {"PRESENCE": r.Presence, "ZONE": r.Zone, "GESTURE": r.HandGesture}
    expected = {f"{prefix}_{member.name}": int(member) for prefix, kind in kinds.items() for member in kind}
    assert constants("visavis/msg/Person") == expected


def test_body_motion_lists_the_joints_in_order() -> None:
    text = (interface_root() / "msg" / "BodyMotion.msg").read_text()
    listed = [word for line in text.splitlines() if line.startswith("#   ") for word in line[1:].split()]
    assert tuple(listed) == JOINT_NAMES


@pytest.mark.parametrize(
    "name", sorted(p.name for d in ("msg", "srv", "action") for p in (interface_root() / d).iterdir())
)
def test_every_field_of_every_interface_says_what_it_is(name: str) -> None:
    folder = name.rpartition(".")[2]
    lines = (interface_root() / folder / name).read_text().splitlines()
    assert lines[0].startswith("# ")
    fields_and_constants = [line for line in lines if line and not line.startswith(("#", "---"))]
    assert not [line for line in fields_and_constants if "=" not in line.split("#")[0] and " # " not in line]
    assert max(map(len, lines)) <= 110


# ----------------------------------------------------------------------------------------------------- time
def test_stamp_is_media_time_plus_the_offset_of_ros_time() -> None:
    message = through_cdr(r.TextInput(media_ns=3 * SECOND + 5, text="hello"), offset_ns=10 * SECOND)
    assert (message.header.stamp.sec, message.header.stamp.nanosec) == (13, 5)


def test_message_of_a_foreign_publisher_is_placed_by_its_stamp() -> None:
    message = through_cdr(r.TextInput(media_ns=3 * SECOND, text="hello"), offset_ns=10 * SECOND)
    message.media_ns = 0
    assert CONVERTER.decode(r.TextInput, message, Timing(offset_ns=10 * SECOND)).media_ns == 3 * SECOND


def test_message_without_any_time_belongs_to_its_arrival() -> None:
    message = through_cdr(r.TextInput(media_ns=0, text="hello"))
    assert CONVERTER.decode(r.TextInput, message, Timing(arrival_ns=77)).media_ns == 77


# --------------------------------------------------------------------------------------------- bad messages
def _spoiled(record: r.Record, **changes: Any) -> Any:
    message = through_cdr(record)
    for path, value in changes.items():
        target, names = message, path.split("__")
        for name in names[:-1]:
            target = getattr(target, name)
        setattr(target, names[-1], value)
    return message


FACE = r.FaceMotion(media_ns=1, coefficients=np.zeros(52, np.float32))
STATE = r.TurnState(media_ns=1, id=ReplyId(), phase=r.Phase.IDLE)
UTTERANCE = r.Utterance(media_ns=1, utterance=0, hypotheses=(), final=True, start_ns=0, end_ns=5)


@pytest.mark.parametrize(
    ("record", "changes", "reason"),
    [
        (FACE, {"coefficients": np.full(52, np.nan, np.float32)}, "coefficients"),
        (FACE, {"coefficients": np.full(52, 1.5, np.float32)}, "0–1"),
        (FACE, {"tongue_up": float("nan")}, "tongue_up"),
        (STATE, {"phase": 9}, "phase"),
        (UTTERANCE, {"end_ns": -3}, "end before it starts|not end"),
        (r.AgentEmotion(media_ns=1), {"emotion__distribution": np.full(7, 0.5)}, "sum to 1"),
        (r.AgentEmotion(media_ns=1), {"emotion__valence": float("inf")}, "valence"),
        (r.MicrophoneAudio(media_ns=1, pcm=np.zeros(3, np.int16)), {"sample_rate": 0}, "sample_rate"),
        (r.TextInput(media_ns=1, text="x"), {"text": "x" * 100_001}, "characters"),
        (r.Diagnostic(media_ns=1, stage="a", level=r.Level.OK, message=""), {"status": []}, "status"),
        (r.Diagnostic(media_ns=1, stage="a", level=r.Level.OK, message=""), {"header": None}, "stamp"),
    ],
)
def test_message_out_of_range_is_refused_with_the_reason(
    record: r.Record, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        CONVERTER.decode(type(record), _spoiled(record, **changes), where="some/topic")
    assert str(caught.value).startswith("some/topic: ")


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (r.WordsHeard(media_ns=1, id=ReplyId(0, 1, 0), text="\ud800", complete=True), "text"),
        (r.WordsHeard(media_ns=1, id=ReplyId(0, 2**32, 0), text="", complete=True), "turn"),
        (r.FaceAffect(media_ns=1, person_id="", action_units=(300,), intensities=(0.5,)), "action_units"),
        (r.TextInput(media_ns=2**62, text=""), "stamp"),
    ],
)
def test_record_that_fits_no_message_is_refused_with_the_field(record: r.Record, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        CONVERTER.encode(record)


def test_digest_of_a_frame_survives_cdr() -> None:
    record = FrameDigest(media_ns=5, width=3, height=2, sha256="a" * 64, mouth_gap_m=0.004, tier=9)
    assert r.equal(CONVERTER.decode(FrameDigest, through_cdr(record)), record)
