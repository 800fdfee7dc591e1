"""What an object keeps: the elements of all containers within it, by where they are."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from typing import Any

_OURS = "visavis_agent."
_CONTAINERS = (list, tuple, set, frozenset, deque)
_LEFT_OUT = ("host", "settings", "handlers")  # the world around a stage, and what never changes
_DEEPEST = 12


def holdings(thing: object, name: str) -> Counter[str]:
    """Place → number of elements that its containers hold.

    A place is a path of attributes ("speech._streams[].units"); elements of one container share one. Only objects of
    this package are looked into, each once.
    """
    counts: Counter[str] = Counter()
    known: set[int] = set()
    todo: list[tuple[str, Any, int]] = [(name, thing, 0)]
    while todo:
        place, value, depth = todo.pop()
        if id(value) in known or depth > _DEEPEST:
            continue
        known.add(id(value))
        if isinstance(value, Mapping):
            counts[place] += len(value)
            todo += [(f"{place}[]", element, depth + 1) for element in value.values()]
        elif isinstance(value, _CONTAINERS):
            counts[place] += len(value)
            todo += [(f"{place}[]", element, depth + 1) for element in value]
        elif type(value).__module__.startswith(_OURS) and not isinstance(value, type):
            todo += [(f"{place}.{key}", part, depth + 1) for key, part in _attributes(value)]
    return counts


def _attributes(thing: object) -> Iterator[tuple[str, Any]]:
    """Name and value of what an object has, in its dictionary and in slots."""
    own = dict(getattr(thing, "__dict__", {}))
    for kind in type(thing).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(thing, name):
                own.setdefault(name, getattr(thing, name))
    for name, value in own.items():
        if name.lstrip("_") not in _LEFT_OUT:
            yield name, value
