"""Writing a bag."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from rosbags.interfaces import Connection
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer

from visavis_agent.bags.digest import as_recorded
from visavis_agent.bags.layout import (
    DESCRIPTION_MESSAGE,
    DESCRIPTION_QOS,
    DESCRIPTION_TOPIC,
    bag_topics,
    offered,
)
from visavis_agent.core.errors import InputError
from visavis_agent.core.graph import Graph, QoS
from visavis_agent.core.records import CameraImage, Record
from visavis_agent.graph import GRAPH
from visavis_agent.messages.converters import Converter
from visavis_agent.messages.family import RosbagsFamily


class BagWriter:
    """Writes all topics of a session into one MCAP file: rosbag2 version 9, chunks compressed with zstd.

    `ros2 bag play out/demo.mcap`, `ros2 bag info`, rosbags and Foxglove read the bare file; the folder and
    metadata.yaml that rosbag2 usually adds say nothing that is not in it. Topics lie under "/", stamps are
    media time, the bag's own times are the media times at which records were sent, and latched topics are
    offered as such. Sound is kept as it is, camera pictures as lossless PNG, drawn pictures as SHA-256 sums.
    What replay needs to know (seed, settings, versions, and "session", the session's name) is the JSON object
    on the latched topic session/description.

    The file appears under its name when the writer is closed; an error leaves nothing behind.

    Raises:
        InputError: the path does not end in .mcap, is a folder, or cannot be written.
        TypeError, ValueError: the description is not JSON.
    """

    def __init__(self, path: Path | str, description: Mapping[str, Any], graph: Graph = GRAPH) -> None:
        self.path = Path(path)
        if self.path.suffix != ".mcap" or self.path.is_dir():
            raise InputError("a bag is one file", str(self.path), "Give a file name that ends in .mcap")
        self._family = RosbagsFamily()
        self._converter = Converter(self._family)
        self._connections: dict[type[Record], Connection] = {}
        self._last_ns = 0
        text = json.dumps(description, sort_keys=True, allow_nan=False)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._folder = Path(tempfile.mkdtemp(prefix=f".{self.path.stem}-", dir=self.path.parent))
        except OSError as error:
            raise self._not_written(error) from None
        try:
            self._open(graph)
            self._describe(text)
        except OSError as error:
            self._remove()
            raise self._not_written(error) from None

    def write(self, record: Record, at_ns: int) -> None:
        """Append a record that was sent at media time `at_ns` (ns, ≥ 0, never falling).

        Raises:
            InputError: the record does not fit its message, or the disk does not take it.
            ValueError: `at_ns` lies before the previous record, or no topic carries such records.
        """
        if at_ns < self._last_ns:
            raise ValueError(f"a record of {at_ns} ns after one of {self._last_ns} ns")
        kept = as_recorded(record)
        if type(kept) not in self._connections:
            raise ValueError(f"no topic of the graph carries a {type(kept).__name__}")
        message = self._converter.encode_png(kept) if isinstance(kept, CameraImage) else self._converter.encode(kept)
        self._last_ns = at_ns
        try:
            self._writer.write(self._connections[type(kept)], at_ns, self._family.serialize(message))
        except OSError as error:
            raise self._not_written(error) from None

    def close(self) -> None:
        """Finish the file and put it under its name, in place of an older one."""
        try:
            self._writer.close()
            os.replace(self._folder / self.path.stem / self.path.name, self.path)
        except OSError as error:
            raise self._not_written(error) from None
        finally:
            self._remove()

    def abort(self) -> None:
        """Throw away what was written."""
        self._writer.abort()
        self._remove()

    def __enter__(self) -> BagWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def _open(self, graph: Graph) -> None:
        # rosbags names the file after its folder, so the name inside the bag's metadata is the final one.
        self._writer = Writer(self._folder / self.path.stem, version=9, storage_plugin=StoragePlugin.MCAP)
        self._writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)
        self._writer.open()
        for topic in bag_topics(graph):
            self._connections[topic.record] = self._connect(topic.bag_name, topic.message, topic.qos)

    def _connect(self, name: str, message: str, qos: QoS) -> Connection:
        return self._writer.add_connection(
            f"/{name}", message, typestore=self._family.store, offered_qos_profiles=[offered(qos)]
        )

    def _describe(self, text: str) -> None:
        connection = self._connect(DESCRIPTION_TOPIC, DESCRIPTION_MESSAGE, DESCRIPTION_QOS)
        message = self._family.message_class(DESCRIPTION_MESSAGE)(data=text)
        self._writer.write(connection, 0, self._family.serialize(message))

    def _remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _not_written(self, error: OSError) -> InputError:
        return InputError(
            f"the bag cannot be written ({error.strerror or error})",
            str(self.path),
            "Check the folder and free space",
        )
