"""The sound of any audio or film file as a microphone would give it."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from pathlib import Path

import av
import numpy as np

from visavis_agent.core.clock import MS, SECOND, sample_time, seconds
from visavis_agent.core.containers import MediaFile
from visavis_agent.core.errors import FormatError, InputError
from visavis_agent.core.records import MICROPHONE_RATE, MicrophoneAudio
from visavis_agent.hearing.resampling import Pcm, Resampler

BLOCK = 512
# Time stamps of containers are rounded to their time base (1 ms in Matroska); what exceeds this is a real
# hole.
_TOLERANCE_NS = 40 * MS


class AudioFile:
    """An AudioSource: 16 kHz mono blocks of 512 samples (32 ms; shorter before a hole and at the end).

    The file is decoded as it is read, so that its length does not matter. Media time is the file's own,
    counted from its beginning plus `start_ns`; where the file has a hole, `gap_ns` says so. What is damaged
    is left out and told in `problem` once the file has been read.

    Raises:
        InputError: no such file, not readable, empty, or without sound.
        FormatError: no sound or film file, or damaged before its first sample.
    """

    def __init__(self, path: Path | str, start_ns: int = 0) -> None:
        self.path = Path(path)
        self.problem = ""
        self._media = MediaFile(path, "audio")
        self._origin = start_ns
        self._damaged = 0
        self._heard_ns = 0
        self._ready: deque[MicrophoneAudio] = deque()
        self._blocks = self._cut(self._pieces())
        try:
            self._fill()
        except BaseException:
            self.close()
            raise
        if not self._ready:
            self.close()
            if self._damaged:
                raise FormatError("the sound is damaged and cannot be read", str(path), "Copy it again")
            raise InputError("the sound track is empty", str(path), "Record or copy it again")

    def read(self) -> MicrophoneAudio | None:
        """The next block; None at the end."""
        if not self._ready:
            return None
        block = self._ready.popleft()
        self._fill()
        return block

    def close(self) -> None:
        """Let go of the file; what has not been read is gone."""
        self._ready.clear()
        self._blocks.close()
        self._media.close()

    def _fill(self) -> None:
        """Keep one block ahead, so that `problem` is known when the last one is handed out."""
        block = next(self._blocks, None)
        if block is not None:
            self._ready.append(block)
        else:
            self._conclude()

    def _conclude(self) -> None:
        declared = self._media.declared_ns
        if declared is not None and self._heard_ns < declared - max(SECOND // 10, declared // 100):
            self.problem = (
                f"the sound ends after {seconds(self._heard_ns):.2f} s of {seconds(declared):.2f} s; "
                "the file is truncated, and what is there is used"
            )
        elif self._damaged:
            self.problem = f"{self._damaged} damaged pieces of the sound were left out"

    def _pieces(self) -> Iterator[tuple[int, Pcm]]:
        """Converted sound with the time (ns from the file's beginning) at which it should start."""
        resampler = Resampler()
        due = None
        for frame in self._frames():
            stamp = self._stamp(frame)
            if due is not None and stamp is not None and stamp - due > _TOLERANCE_NS:
                yield due, resampler.flush()
                due = None
            due = (stamp or 0) if due is None else due
            start, due = due, due + frame.samples * SECOND // frame.sample_rate
            yield start, resampler.frame(frame)
        if due is not None:
            yield due, resampler.flush()

    def _frames(self) -> Iterator[av.AudioFrame]:
        stream = self._media.stream
        packets = self._media.container.demux(stream)
        while True:
            try:
                packet = next(packets)
                yield from packet.decode()  # type: ignore[misc]
            except (StopIteration, EOFError):
                return
            except av.error.InvalidDataError:
                self._damaged += 1
            except av.error.FFmpegError:
                # The demuxer cannot go on: whatever lies behind this place is lost.
                self._damaged += 1
                return

    def _stamp(self, frame: av.AudioFrame) -> int | None:
        if frame.pts is None or frame.time_base is None:
            return None
        return int(frame.pts * frame.time_base * SECOND) - self._media.start_ns

    def _cut(self, pieces: Iterator[tuple[int, Pcm]]) -> Generator[MicrophoneAudio, None, None]:
        """Blocks of BLOCK samples; a shorter one before each hole and at the end."""
        pending = np.zeros(0, np.int16)
        anchor = count = gap = 0
        started = False
        for start, pcm in pieces:
            expected = anchor + sample_time(count + len(pending), MICROPHONE_RATE)
            if not started or start - expected > _TOLERANCE_NS:
                if len(pending):
                    yield self._block(pending, anchor + sample_time(count, MICROPHONE_RATE), gap)
                gap = start - expected if started else 0
                anchor, count, started = start, 0, True
                pending = pending[:0]
            pending = np.concatenate([pending, pcm])
            while len(pending) >= BLOCK:
                yield self._block(pending[:BLOCK], anchor + sample_time(count, MICROPHONE_RATE), gap)
                pending, count, gap = pending[BLOCK:], count + BLOCK, 0
        if len(pending):
            yield self._block(pending, anchor + sample_time(count, MICROPHONE_RATE), gap)

    def _block(self, pcm: Pcm, offset_ns: int, gap_ns: int) -> MicrophoneAudio:
        self._heard_ns = offset_ns + sample_time(len(pcm), MICROPHONE_RATE)
        return MicrophoneAudio(media_ns=self._origin + offset_ns, pcm=pcm.copy(), gap_ns=gap_ns)
