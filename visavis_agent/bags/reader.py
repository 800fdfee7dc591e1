"""Reading a bag."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from rosbags.interfaces import Connection
from rosbags.rosbag2 import Reader

from visavis_agent.bags.layout import (
    DESCRIPTION_TOPIC,
    BagEntry,
    BagTopic,
    readable_topics,
)
from visavis_agent.core.errors import FormatError, InputError
from visavis_agent.core.graph import Graph
from visavis_agent.core.records import CameraImage, Record
from visavis_agent.graph import GRAPH
from visavis_agent.messages.converters import Converter, Timing
from visavis_agent.messages.family import RosbagsFamily


class BagReader:
    """Reads a bag of a session: a bare .mcap file, or a rosbag2 folder (mcap or sqlite3), in any namespace.

    Topics that the graph does not know (/tf, /rosout, …) are left out and named in `ignored`.

    Attributes:
        topics: number of records by relative topic name, empty topics included.
        ignored: names of the topics left out.

    Raises:
        InputError: there is nothing at `path`.
        FormatError: not a bag, truncated, damaged, or of messages that are defined otherwise here.
    """

    def __init__(self, path: Path | str, graph: Graph = GRAPH) -> None:
        self.path = Path(path)
        if not self.path.exists():
            raise InputError("there is no such bag", str(self.path), "Check the name")
        self._family = RosbagsFamily()
        self._converter = Converter(self._family)
        with self._damage():
            self._reader = Reader(self.path)
            self._reader.open()
        self.topics: dict[str, int] = {}
        self.ignored: list[str] = []
        self._known: dict[int, BagTopic] = {}
        try:
            self._survey(graph)
            self._described = self._read_description()
        except FormatError:
            self._reader.close()
            raise

    def description(self) -> dict[str, Any]:
        """What the recording session wrote about itself.

        Raises:
            FormatError: the bag holds no description.
        """
        if self._described is None:
            raise FormatError(
                f"the bag holds no {DESCRIPTION_TOPIC}",
                str(self.path),
                "Only recordings made by visavis can be replayed",
            )
        return self._described

    def _read_description(self) -> dict[str, Any] | None:
        wanted = [c for c in self._reader.connections if _matches(c.topic, DESCRIPTION_TOPIC)]
        if not wanted:
            return None
        with self._damage():
            connection, _, data = next(self._reader.messages(wanted))
            value = json.loads(self._family.deserialize(data, connection.msgtype).data)
            return dict(value)

    def require(self, *topics: str) -> None:
        """Make sure that there are records on each of the topics (relative names).

        Raises:
            FormatError: one of them is missing or empty.
        """
        for name in topics:
            if not self.topics.get(name):
                raise FormatError(f"the bag holds nothing on {name}", str(self.path), "Record that topic as well")

    def entries(self) -> Iterator[BagEntry]:
        """All records in the order in which they were sent.

        Raises:
            FormatError: the bag is damaged, or a message breaks the ranges of its definition.
        """
        wanted = [c for c in self._reader.connections if c.id in self._known]
        if not wanted:
            return
        messages = self._reader.messages(wanted)
        index = dict.fromkeys(self.topics, 0)
        while True:
            with self._damage():
                item = next(messages, None)
            if item is None:
                return
            connection, at_ns, data = item
            topic = self._known[connection.id]
            place = f"{self.path} {topic.name}[{index[topic.name]}] at {at_ns / 1e9:.3f} s"
            yield BagEntry(topic.name, self._record(topic, connection, data, place), at_ns)
            index[topic.name] += 1

    def close(self) -> None:
        self._reader.close()

    def __enter__(self) -> BagReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _record(self, topic: BagTopic, connection: Connection, data: bytes, place: str) -> Record:
        with self._damage(place):
            message = self._family.deserialize(data, connection.msgtype)
        try:
            record = self._converter.decode(topic.record, message, Timing())
        except InputError as error:
            raise FormatError(error.what, place, "The bag is damaged, or was made by something else") from None
        # A picture's message has no room for the session's name; one session makes one bag.
        session = str((self._described or {}).get("session", ""))
        return replace(record, session=session) if isinstance(record, CameraImage) else record

    def _survey(self, graph: Graph) -> None:
        expected = list(readable_topics(graph))
        for connection in self._reader.connections:
            named = [topic for topic in expected if _matches(connection.topic, topic.bag_name)]
            topic = next((topic for topic in named if topic.message == connection.msgtype), None)
            if topic is not None:
                self._check_definition(connection)
                self._known[connection.id] = topic
                self.topics[topic.name] = self.topics.get(topic.name, 0) + connection.msgcount
            elif named:
                raise FormatError(
                    f"{connection.topic} carries {connection.msgtype}, not {named[0].message}",
                    str(self.path),
                    "It was recorded by something else, or by another version of visavis",
                )
            elif not _matches(connection.topic, DESCRIPTION_TOPIC):
                self.ignored.append(connection.topic)

    def _check_definition(self, connection: Connection) -> None:
        if connection.digest and connection.digest != self._family.store.hash_rihs01(connection.msgtype):
            raise FormatError(
                f"its {connection.msgtype} is defined otherwise than here",
                str(self.path),
                "Read it with the version of visavis that recorded it, or record it again",
            )

    @contextmanager
    def _damage(self, place: str = "") -> Iterator[None]:
        """Whatever the parsers raise on damaged bytes (ReaderError, struct.error, …) is a FormatError."""
        try:
            yield
        except FormatError:
            raise
        except Exception as error:
            reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            raise FormatError(
                f"it is not a bag, or a damaged one ({reason})", place or str(self.path), "Record it again"
            ) from None


def _matches(bag_name: str, relative: str) -> bool:
    """Whether `bag_name` is the topic `relative` in some namespace."""
    return bag_name == relative or bag_name.endswith(f"/{relative}")
