"""What processes cost: CPU time and memory, from /proc."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from visavis_agent.evaluation.live_agent import children

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20


class Costs:
    """CPU seconds and memory of named processes, each with what it has started.

    Args:
        roots: gives name → process id, anew at each sample; where one is under another it counts by itself.
    """

    def __init__(self, roots: Callable[[], Mapping[str, int]]) -> None:
        self._roots = roots
        self._begin_s = time.monotonic()
        self._first: dict[str, dict[int, float]] = {}
        self._last: dict[str, dict[int, float]] = {}
        self._rss: dict[str, float] = {}

    def sample(self) -> None:
        """Look now. Cores are counted from the first look on, memory is the most of all looks."""
        roots = dict(self._roots())
        if not self._first:
            self._begin_s = time.monotonic()
        for name, root in roots.items():
            others = set(roots.values()) - {root}
            mine = family(root, others)
            seconds = {pid: used for pid in mine if (used := cpu_s(pid)) is not None}
            known, later = self._first.setdefault(name, {}), name in self._last
            for pid, used in seconds.items():
                known.setdefault(pid, 0.0 if later else used)  # what it starts later begins with nothing
            self._last.setdefault(name, {}).update(seconds)
            self._rss[name] = max(self._rss.get(name, 0.0), sum(rss_mb(pid) for pid in mine))

    def cores(self) -> dict[str, float]:
        """Mean cores in use between the first look and the last."""
        wall = max(1e-9, time.monotonic() - self._begin_s)
        used = {
            name: sum(after - self._first[name][pid] for pid, after in last.items())
            for name, last in self._last.items()
        }
        return {name: round(seconds / wall, 3) for name, seconds in used.items()}

    def rss_mb(self) -> dict[str, float]:
        """Most resident memory seen, MB."""
        return {name: round(value, 1) for name, value in self._rss.items()}


def family(root: int, without: set[int]) -> list[int]:
    """A process and all that descends from it, but for `without` and theirs."""
    found = [root]
    for pid in found:
        found.extend(child for child in children(pid) if child not in without)
    return found


def cpu_s(pid: int) -> float | None:
    """CPU seconds that a process has used; None when it is gone."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        words = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / _TICKS
    return None


def rss_mb(pid: int) -> float:
    """Resident memory of a process, its share of what it shares with others; 0 when it is gone."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    with contextlib.suppress(OSError, IndexError, ValueError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_MB
    return 0.0


def own_rss_mb() -> float:
    """Resident memory of this process."""
    return rss_mb(os.getpid())
