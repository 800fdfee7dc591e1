"""A bag gives back what was put into it, and says what is wrong with one that cannot."""

from __future__ import annotations

import contextlib
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rosbags.interfaces import QosDurability, QosReliability
from rosbags.rosbag2 import Reader, StoragePlugin, Writer

from tests.unit.bags.session import DESCRIPTION, small_session, write
from visavis_agent.bags import BagEntry, BagReader, BagWriter, FrameDigest
from visavis_agent.bags.digest import as_recorded
from visavis_agent.core import records as r
from visavis_agent.core.errors import FormatError, InputError
from visavis_agent.graph import GRAPH
from visavis_agent.messages.converters import Converter, message_name
from visavis_agent.messages.family import RosbagsFamily


def read(path: Path) -> list[BagEntry]:
    with BagReader(path) as bag:
        return list(bag.entries())


def assert_same(found: list[BagEntry], written: list[BagEntry]) -> None:
    assert [(e.topic, e.at_ns) for e in found] == [(e.topic, e.at_ns) for e in written]
    assert all(r.equal(a.record, as_recorded(b.record)) for a, b in zip(found, written, strict=True))


def test_a_bag_gives_back_every_record_in_order_bit_for_bit(tmp_path: Path) -> None:
    assert_same(read(write(tmp_path / "demo.mcap", small_session())), small_session())


def test_records_of_one_instant_keep_their_order_over_many_chunks(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    entries = [
        BagEntry("microphone/audio", r.MicrophoneAudio(media_ns=i, pcm=rng.integers(-9, 9, 60_000, np.int16)), 5)
        for i in range(60)
    ]
    assert_same(read(write(tmp_path / "long.mcap", entries)), entries)


def test_a_bag_is_one_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    write(tmp_path / "out" / "demo.mcap", small_session())
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["demo.mcap"]


def test_a_bag_replaces_an_older_one(tmp_path: Path) -> None:
    path = write(tmp_path / "demo.mcap", small_session())
    write(path, small_session()[:3])
    assert len(read(path)) == 3


def test_an_error_while_recording_keeps_the_older_bag(tmp_path: Path) -> None:
    path = write(tmp_path / "demo.mcap", small_session())
    with pytest.raises(RuntimeError), BagWriter(path, DESCRIPTION):
        raise RuntimeError
    assert len(read(path)) == len(small_session())
    assert [p.name for p in tmp_path.iterdir()] == ["demo.mcap"]


def test_description_is_kept(tmp_path: Path) -> None:
    with BagReader(write(tmp_path / "demo.mcap", small_session())) as bag:
        assert bag.description() == DESCRIPTION
        assert bag.topics["microphone/audio"] == 10 and bag.topics["hearing/prosody"] == 0
        assert bag.ignored == []


def test_drawn_pictures_are_kept_as_digests_and_camera_pictures_whole(tmp_path: Path) -> None:
    entries = read(write(tmp_path / "demo.mcap", small_session()))
    frames = [e.record for e in entries if e.topic == "image"]
    assert frames and all(isinstance(f, FrameDigest) and (f.width, f.height) == (8, 8) for f in frames)
    camera = next(e.record for e in entries if isinstance(e.record, r.CameraImage))
    assert camera.image.shape == (12, 16, 3) and camera.session == "visit"


def test_every_topic_is_offered_with_the_quality_of_service_of_the_graph(tmp_path: Path) -> None:
    with Reader(write(tmp_path / "demo.mcap", small_session())) as bag:
        offered = {c.topic: c.ext.offered_qos_profiles[0] for c in bag.connections}
    for topic in GRAPH.topics:
        if topic.record in (r.RobotSound, r.RobotVoice, r.JointCommand, r.DeviceSwitch):  # live stages only
            assert f"/{topic.name}" not in offered
            continue
        name = {r.CameraImage: "camera/image/compressed", r.VideoFrame: "image/digest"}.get(topic.record, topic.name)
        qos = offered[f"/{name}"]
        assert (qos.durability is QosDurability.TRANSIENT_LOCAL) == topic.qos.latched
        assert (qos.reliability is QosReliability.RELIABLE) == topic.qos.reliable
        assert qos.depth == topic.qos.depth
    assert offered["/session/description"].durability is QosDurability.TRANSIENT_LOCAL


def test_stamps_are_media_time_and_bag_times_are_times_of_sending(tmp_path: Path) -> None:
    family = RosbagsFamily()
    with Reader(write(tmp_path / "demo.mcap", small_session())) as bag:
        wanted = [c for c in bag.connections if c.topic == "/motion/face"]
        connection, at_ns, data = list(bag.messages(wanted))[1]
    stamp = family.deserialize(data, connection.msgtype).header.stamp
    assert (stamp.sec, stamp.nanosec, at_ns) == (0, 20_000_000, 40_000_000)


# ------------------------------------------------------------------------------------- recordings of others
def foreign(path: Path, topic: str, record: r.Record | None, plugin: StoragePlugin = StoragePlugin.SQLITE3) -> Path:
    """A rosbag2 folder as another recorder writes it."""
    family = RosbagsFamily()
    name = message_name(type(record)) if record else "std_msgs/msg/String"
    message = Converter(family).encode(record) if record else family.message_class(name)(data="hello")
    with Writer(path, version=9, storage_plugin=plugin) as bag:
        bag.write(bag.add_connection(topic, name, typestore=family.store), 5, family.serialize(message))
    return path


@pytest.mark.parametrize("plugin", StoragePlugin)
def test_folders_of_other_recorders_are_read_in_any_namespace(tmp_path: Path, plugin: StoragePlugin) -> None:
    record = r.CameraImage(media_ns=4, image=np.zeros((2, 2, 3), np.uint8))
    with BagReader(foreign(tmp_path / "bag", "/robot/camera/image", record, plugin)) as bag:
        (entry,) = bag.entries()
        with pytest.raises(FormatError, match="session/description"):
            bag.description()
    assert entry.topic == "camera/image" and r.equal(entry.record, record)


def test_topics_of_others_are_left_out_and_named(tmp_path: Path) -> None:
    with BagReader(foreign(tmp_path / "bag", "/chatter", None)) as bag:
        assert bag.ignored == ["/chatter"] and list(bag.entries()) == []


def test_topic_of_ours_with_another_type_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="carries std_msgs/msg/String, not visavis/msg/Utterance"):
        BagReader(foreign(tmp_path / "bag", "/hearing/utterance", None))


def test_message_defined_otherwise_is_refused(tmp_path: Path) -> None:
    family = RosbagsFamily()
    with Writer(tmp_path / "bag", version=9) as bag:
        bag.add_connection("/input/text", "visavis/msg/TextInput", msgdef="string text\n", rihs01="RIHS01_" + "0" * 64)
    del family
    with pytest.raises(FormatError, match="TextInput is defined otherwise"):
        BagReader(tmp_path / "bag")


def test_missing_topic_is_named(tmp_path: Path) -> None:
    with BagReader(write(tmp_path / "demo.mcap", small_session())) as bag:
        bag.require("microphone/audio", "camera/image")
        with pytest.raises(FormatError, match="nothing on hearing/prosody"):
            bag.require("hearing/prosody")


# ------------------------------------------------------------------------------------------------ bad files
@pytest.mark.parametrize("content", [b"", b"RIFF", b"\x89MCAP0\r\n", b"\x89MCAP0\r\n" * 9], ids=repr)
def test_file_that_is_no_bag_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "demo.mcap"
    path.write_bytes(content)
    with pytest.raises(FormatError, match="not a bag") as caught:
        read(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", ["sound.wav", "folder", "empty.db3"])
def test_other_files_and_folders_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.mkdir() if name == "folder" else path.write_bytes(b"")
    with pytest.raises(FormatError, match="not a bag"):
        read(path)


def test_missing_bag_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such bag"):
        BagReader(tmp_path / "nothing.mcap")


@pytest.mark.parametrize("name", ["demo.bag", "demo", ""])
def test_bag_without_the_right_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="mcap"):
        BagWriter(tmp_path / name, {})


def test_bag_that_cannot_be_written_says_where(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        BagWriter(tmp_path / "file" / "demo.mcap", {})


def test_a_description_that_is_not_json_leaves_nothing_behind(tmp_path: Path) -> None:
    for value in (object(), float("nan")):
        with pytest.raises((TypeError, ValueError)):
            BagWriter(tmp_path / "demo.mcap", {"value": value})
    assert list(tmp_path.iterdir()) == []


def test_record_of_an_earlier_time_is_refused(tmp_path: Path) -> None:
    with BagWriter(tmp_path / "demo.mcap", {}) as bag:
        bag.write(r.TextInput(media_ns=0, text=""), 5)
        with pytest.raises(ValueError, match="after one of 5"):
            bag.write(r.TextInput(media_ns=0, text=""), 4)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("good") / "demo.mcap", small_session())


@given(data=st.data())
def test_damage_of_any_kind_is_a_typed_error_or_harmless(good: Path, data: st.DataObject) -> None:
    content = bytearray(good.read_bytes())
    if data.draw(st.booleans(), label="truncate"):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    for _ in range(data.draw(st.integers(0, 4), label="flips")):
        if content:
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = good.with_name("damaged.mcap")
    path.write_bytes(content)
    with contextlib.suppress(FormatError):
        assert all(isinstance(entry.record, r.Record) for entry in read(path))


def test_truncated_bag_is_not_taken_for_a_short_one(good: Path, tmp_path: Path) -> None:
    path = tmp_path / "short.mcap"
    content = good.read_bytes()
    for part in (0.3, 0.6, 0.9, 0.999):
        path.write_bytes(content[: int(len(content) * part)])
        with pytest.raises(FormatError):
            read(path)


def test_folder_with_a_missing_file_is_refused(tmp_path: Path) -> None:
    folder = foreign(tmp_path / "bag", "/input/text", r.TextInput(media_ns=1, text="x"))
    for path in folder.glob("*.db3"):
        path.unlink()
    with pytest.raises(FormatError, match="missing"):
        read(folder)


def test_value_out_of_range_in_a_bag_names_topic_and_time(tmp_path: Path) -> None:
    """A float in a message is changed on disk, where no checksum guards it."""
    record = r.VoiceActivity(media_ns=7, speaking=True, probability=0.6251, since_ns=3)
    folder = foreign(tmp_path / "bag", "/hearing/voice_activity", record, StoragePlugin.MCAP)
    (file,) = folder.glob("*.mcap")
    good, bad = struct.pack("<d", 0.6251), struct.pack("<d", float("nan"))
    content = file.read_bytes()
    assert content.count(good) == 1
    file.write_bytes(content.replace(good, bad))
    with pytest.raises(FormatError, match=r"hearing/voice_activity\[0\] at 0\.000 s.*probability"):
        read(folder)
    shutil.rmtree(folder)
