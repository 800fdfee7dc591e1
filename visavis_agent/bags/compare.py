"""Where two runs of the same session differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from itertools import zip_longest
from typing import Any

import numpy as np

from visavis_agent.bags.digest import as_recorded
from visavis_agent.bags.layout import BagEntry
from visavis_agent.core.graph import Graph
from visavis_agent.graph import GRAPH

_FLOATS = (float, np.floating)
_NUMBERS = (int, float, np.number, np.bool_)


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between a recorded output and the replayed one.

    Attributes:
        topic: relative name.
        index: number of the record on its topic, from 0.
        media_ns: media time of the recorded record (of the replayed one where none was recorded).
        field: path inside the record ("phones[3].end"); empty when a whole record is missing or too many.
        recorded, replayed: the two values in words.
    """

    topic: str
    index: int
    media_ns: int
    field: str
    recorded: str
    replayed: str

    def __str__(self) -> str:
        place = f"{self.topic}[{self.index}]" + (f".{self.field}" if self.field else "")
        return f"{place} at {self.media_ns / 1e9:.3f} s: recorded {self.recorded}, replayed {self.replayed}"


def compare(recorded: Iterable[BagEntry], replayed: Iterable[BagEntry], graph: Graph = GRAPH) -> list[Difference]:
    """Every difference between the outputs of the graph's stages in two runs, bit-exact, by topic and time.

    Records are paired by their number on the topic. Inputs and diagnostics are left out; drawn pictures are
    compared by their digests.
    """
    made = {record for stage in graph.stages if not stage.live for record in stage.outputs}
    outputs = [topic.name for topic in graph.topics if topic.record in made]
    first, second = _by_topic(recorded, outputs), _by_topic(replayed, outputs)
    return [difference for name in outputs for difference in _topic(name, first[name], second[name])]


def _by_topic(entries: Iterable[BagEntry], names: list[str]) -> dict[str, list[BagEntry]]:
    sorted_out: dict[str, list[BagEntry]] = {name: [] for name in names}
    for entry in entries:
        if entry.topic in sorted_out:
            sorted_out[entry.topic].append(entry._replace(record=as_recorded(entry.record)))
    return sorted_out


def _topic(name: str, recorded: list[BagEntry], replayed: list[BagEntry]) -> Iterator[Difference]:
    for index, (a, b) in enumerate(zip_longest(recorded, replayed)):
        if a is None or b is None:
            present = a or b
            words = ("a record", "none") if b is None else ("none", "a record")
            yield Difference(name, index, present.record.media_ns, "", *words)
            continue
        media_ns = a.record.media_ns
        if a.at_ns != b.at_ns:
            yield Difference(name, index, media_ns, "", f"sent at {a.at_ns} ns", f"at {b.at_ns} ns")
        for field, x, y in _values("", a.record, b.record):
            yield Difference(name, index, media_ns, field, x, y)


def _values(path: str, a: Any, b: Any) -> Iterator[tuple[str, str, str]]:
    """Paths at which two values differ, with both values in words."""
    if isinstance(a, _NUMBERS) and isinstance(b, _NUMBERS):
        if not _same_number(a, b):
            yield path, _word(a), _word(b)
    elif type(a) is not type(b):
        yield path, f"a {type(a).__name__}", f"a {type(b).__name__}"
    elif isinstance(a, np.ndarray):
        yield from _arrays(path, a, b)
    elif is_dataclass(a):
        for field in fields(a):
            inner = f"{path}.{field.name}" if path else field.name
            yield from _values(inner, getattr(a, field.name), getattr(b, field.name))
    elif isinstance(a, tuple):
        if len(a) != len(b):
            yield path, f"{len(a)} items", f"{len(b)} items"
        for index, (x, y) in enumerate(zip(a, b, strict=False)):
            yield from _values(f"{path}[{index}]", x, y)
    elif a != b:
        yield path, _word(a), _word(b)


def _same_number(a: Any, b: Any) -> bool:
    """Equal to the last bit; 1, 1.0 and numpy's 1.0 are the same number, as they are in a message."""
    if isinstance(a, _FLOATS) or isinstance(b, _FLOATS):
        return float(a).hex() == float(b).hex()
    return int(a) == int(b)


def _arrays(path: str, a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> Iterator[tuple[str, str, str]]:
    """The first place where two arrays differ, and how many there are."""
    if a.dtype != b.dtype or a.shape != b.shape:
        yield path, f"{a.shape} {a.dtype}", f"{b.shape} {b.dtype}"
        return
    size = a.dtype.itemsize
    rows = [np.ascontiguousarray(x).reshape(-1).view(np.uint8).reshape(-1, size) for x in (a, b)]
    places = np.flatnonzero((rows[0] != rows[1]).any(axis=1))
    if places.size:
        index = np.unravel_index(int(places[0]), a.shape)
        numbers = "".join(f"[{i}]" for i in index)
        yield (
            f"{path}{numbers}",
            _word(a[index].item()),
            f"{_word(b[index].item())} ({places.size} of {a.size} differ)",
        )


def _word(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
