"""Which picture is shown when."""

from __future__ import annotations

from collections import deque


class DueFrames:
    """Pictures that wait for their time, by the slots that hold them.

    The newest picture that is due is shown; those before it were late and are given up.

    Args:
        lead_ns: from drawing to the display's light: a picture is drawn that long before it is due.
    """

    def __init__(self, lead_ns: int) -> None:
        self._lead_ns = lead_ns
        self._waiting: deque[tuple[int, int]] = deque()

    def add(self, media_ns: int, slot: int) -> list[int]:
        """A picture has come; the slots of pictures that it makes void: those of the same time or a later one."""
        void = []
        while self._waiting and self._waiting[-1][0] >= media_ns:
            void.append(self._waiting.pop()[1])
        self._waiting.append((media_ns, slot))
        return void

    def due(self, now_ns: int) -> tuple[int | None, list[int]]:
        """The slot of the picture to show now, None without a new one, and the slots of those that came too late."""
        late, shown = [], None
        while self._waiting and self._waiting[0][0] <= now_ns + self._lead_ns:
            if shown is not None:
                late.append(shown)
            shown = self._waiting.popleft()[1]
        return shown, late

    def wait_ns(self, now_ns: int) -> int | None:
        """How long until the next picture is due; None when none waits."""
        if not self._waiting:
            return None
        return max(0, self._waiting[0][0] - self._lead_ns - now_ns)

    def clear(self) -> None:
        """Forget all: their slots are gone."""
        self._waiting.clear()
