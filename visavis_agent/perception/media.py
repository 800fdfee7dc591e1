"""The pictures of any film file as a camera would give them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

from visavis_agent.core.clock import SECOND, seconds
from visavis_agent.core.containers import MediaFile
from visavis_agent.core.errors import FormatError
from visavis_agent.core.records import CameraImage

LARGEST_SIDE = 960


class VideoFile:
    """A FrameSource: every picture of a film, RGB, upright, at most 960 px wide and high, at its own time.

    Media time is the film's own, counted from its beginning plus `start_ns`; it never goes back. What is
    damaged is left out and told in `problem` once the film has been read.

    Raises:
        InputError: no such file, not readable, empty, or without pictures.
        FormatError: no film file, or damaged before its first picture.
    """

    def __init__(self, path: Path | str, start_ns: int = 0) -> None:
        self.path = Path(path)
        self.problem = ""
        self._media = MediaFile(path, "video")
        self._origin = start_ns
        self._damaged = 0
        self._last_ns = -1
        self._images = self._decode()
        self._next = next(self._images, None)
        if self._next is None:
            self.close()
            raise FormatError("the pictures are damaged and cannot be read", str(path), "Copy it again")

    def read(self) -> CameraImage | None:
        """The next picture; None at the end."""
        image = self._next
        if image is not None:
            self._next = next(self._images, None)
            if self._next is None:
                self._conclude()
        return image

    def close(self) -> None:
        """Let go of the file; what has not been read is gone."""
        self._next = None
        self._media.close()

    def _conclude(self) -> None:
        declared = self._media.declared_ns
        if declared is not None and self._last_ns < declared - max(SECOND, declared // 20):
            self.problem = (
                f"the pictures end after {seconds(self._last_ns):.1f} s of {seconds(declared):.1f} s; "
                "the film is damaged, and what is there is used"
            )
        elif self._damaged:
            self.problem = f"{self._damaged} damaged pieces of the film were left out"

    def _decode(self) -> Iterator[CameraImage]:
        for number, frame in enumerate(self._frames()):
            offset = self._stamp(frame, number)
            if offset > self._last_ns:
                self._last_ns = offset
                yield CameraImage(media_ns=self._origin + offset, image=_upright(frame))

    def _frames(self) -> Iterator[av.VideoFrame]:
        packets = self._media.container.demux(self._media.stream)
        while True:
            try:
                packet = next(packets)
                yield from packet.decode()  # type: ignore[misc]
            except (StopIteration, EOFError):
                return
            except av.error.InvalidDataError:
                self._damaged += 1
            except av.error.FFmpegError:
                self._damaged += 1
                return

    def _stamp(self, frame: av.VideoFrame, number: int) -> int:
        """Time from the film's beginning, ns; by the frame rate where the picture has none."""
        if frame.pts is not None and frame.time_base is not None:
            return max(0, int(frame.pts * frame.time_base * SECOND) - self._media.start_ns)
        rate = getattr(self._media.stream, "average_rate", None) or 25
        return int(number * SECOND / rate)


def _upright(frame: av.VideoFrame) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """(h, w, 3) uint8: made smaller where it is too large, turned as the recorder says."""
    shrink = min(1.0, LARGEST_SIDE / max(frame.width, frame.height))
    width, height = max(1, round(frame.width * shrink)), max(1, round(frame.height * shrink))
    image = frame.reformat(width=width, height=height, format="rgb24", interpolation="AREA").to_ndarray()
    turns = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(image, turns)) if turns else np.ascontiguousarray(image)
