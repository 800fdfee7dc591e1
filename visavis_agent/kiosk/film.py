"""The film presenter: frames and sound of a session as an MP4 (H.264 and AAC)."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from visavis_agent.core.clock import SECOND
from visavis_agent.core.errors import ConfigurationError, InputError
from visavis_agent.core.records import MOTION_RATE, VideoFrame
from visavis_agent.kiosk.packet_store import PacketStore
from visavis_agent.kiosk.soundtrack import SOUND_RATE, mix

__all__ = ["SOUND_RATE", "Film", "mix"]

Pcm = npt.NDArray[np.int16]
# The next slower preset costs half as much CPU again and saves nothing on a face in front of a calm background.
# Without B-frames picture times start at 0 and need no edit list. With macroblock trees x264's vector code made two
# films in a thousand a few bytes longer than the others of the same frames; without them 5000 were the same.
_ENCODER = {"preset": "veryfast", "crf": "21", "bf": "0", "mbtree": "0"}
_KEY_EVERY_S = 2
_AUDIO_BITS = 128_000
_AUDIO_BLOCK = 1024
# Primaries and transfer of ITU-R BT.709, as numbered in ITU-T H.273.
_BT709 = 1


class Film:
    """A FrameSink that writes an MP4; the file appears under its name in `finish`, an error leaves nothing behind.

    Media time 0 is the film's beginning. What comes before the first frame shows that frame, a missing frame
    repeats the one before it. Compressed pictures wait on the disk until the sound is there.

    Args:
        path: ends in .mp4; an older file is replaced.
        width, height: of the frames, px, even (4:2:0 colour).
        fps: frames per second; frame k is due at k / fps.

    Raises:
        ConfigurationError: a size is odd or not positive, or 1 / fps is no whole number of ns.
        InputError: the path does not end in .mp4, is a folder, or cannot be written.
    """

    def __init__(self, path: Path | str, width: int, height: int, fps: int = MOTION_RATE) -> None:
        self.path = Path(path).absolute()
        _check(self.path, width, height, fps)
        self._shape = (height, width, 3)
        self._fps = fps
        self._count = 0
        self._open = True
        self._last: av.VideoFrame | None = None
        self._to_yuv = VideoReformatter()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._folder = Path(tempfile.mkdtemp(prefix=f".{self.path.stem}-", dir=self.path.parent))
            self._waiting = PacketStore(self._folder)
            # The whole path, so that FFmpeg never takes a name for an address.
            unfinished = str(self._folder / self.path.name)
            self._container = av.open(unfinished, "w", format="mp4", options={"movflags": "+faststart"})
        except OSError as error:
            raise self._not_written(error) from None
        self._video = self._video_stream()
        self._audio = self._container.add_stream("aac", rate=SOUND_RATE, layout="mono")
        self._audio.codec_context.bit_rate = _AUDIO_BITS

    def show(self, frame: VideoFrame) -> None:
        """Add a frame; `media_ns` is a multiple of 1 / fps and rises.

        Raises:
            ValueError: the frame's time or size does not fit the film, or the film is closed.
            InputError: the disk does not take it.
        """
        self._require_open()
        number, rest = divmod(frame.media_ns, SECOND // self._fps)
        if rest or number < self._count:
            raise ValueError(f"a frame of {frame.media_ns} ns; the next due is number {self._count} at {self._fps}/s")
        if frame.image.shape != self._shape:
            raise ValueError(f"a frame of {frame.image.shape} in a film of {self._shape}")
        picture = self._to_yuv.reformat(
            av.VideoFrame.from_ndarray(np.ascontiguousarray(frame.image), format="rgb24"),
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
        )
        self._repeat(self._last or picture, number)
        self._repeat(picture, number + 1)
        self._last = picture

    def finish(self, sound: Pcm) -> None:
        """Add the sound and put the film under its name.

        Args:
            sound: (n,) int16, mono, 48 kHz, from media time 0. The shorter of sound and pictures is filled up, with
                silence or the last picture.

        Raises:
            ValueError: the sound is no row of int16, or the film is closed.
            InputError: no frame was shown, or the disk does not take the film.
        """
        self._require_open()
        if sound.dtype != np.int16 or sound.ndim != 1:
            raise ValueError("the sound of a film is one row of int16")
        try:
            if self._last is None:
                raise InputError("a film needs a picture", str(self.path), "Show at least one frame")
            self._repeat(self._last, -(-len(sound) * self._fps // SOUND_RATE))
            self._encode(None)
            self._mux(sound)
            self._container.close()
            os.replace(self._folder / self.path.name, self.path)
        except OSError as error:
            raise self._not_written(error) from None
        finally:
            self.close()

    def close(self) -> None:
        """Give everything back; a film that was not finished is thrown away."""
        if not self._open:
            return
        self._open = False
        self._last = None
        with suppress(OSError, av.error.FFmpegError):
            self._container.close()
        self._waiting.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Film:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _video_stream(self) -> av.VideoStream:
        stream = self._container.add_stream("libx264", rate=self._fps, options=_ENCODER)
        context = stream.codec_context
        context.height, context.width, _ = self._shape
        context.pix_fmt = "yuv420p"
        context.gop_size = _KEY_EVERY_S * self._fps
        context.thread_count = 1
        context.color_range = ColorRange.MPEG
        context.colorspace = Colorspace.ITU709
        context.color_primaries = _BT709
        context.color_trc = _BT709
        return stream

    def _repeat(self, picture: av.VideoFrame, until: int) -> None:
        """The same picture up to (without) frame number `until`."""
        while self._count < until:
            picture.pts = self._count
            picture.time_base = Fraction(1, self._fps)
            self._encode(picture)
            self._count += 1

    def _encode(self, picture: av.VideoFrame | None) -> None:
        packets = self._video.encode(picture)
        try:
            for packet in packets:
                self._waiting.put(packet)
        except OSError as error:
            raise self._not_written(error) from None

    def _mux(self, sound: Pcm) -> None:
        """Pictures and sound in the order of their times, as a player needs them."""
        heard = self._heard(sound)
        piece = next(heard, None)
        for packet in self._waiting.take():
            while piece is not None and _before(piece, packet):
                self._container.mux(piece)
                piece = next(heard, None)
            packet.stream = self._video
            self._container.mux(packet)
        while piece is not None:
            self._container.mux(piece)
            piece = next(heard, None)

    def _heard(self, sound: Pcm) -> Iterator[av.Packet]:
        """The sound as AAC; the first packet is the encoder's priming, before time 0, which the edit list hides."""
        length = self._count * SOUND_RATE // self._fps
        for start in range(0, length, _AUDIO_BLOCK):
            block = np.zeros(min(_AUDIO_BLOCK, length - start), np.float32)
            given = sound[start : start + len(block)]
            block[: len(given)] = given / np.float32(32768)
            frame = av.AudioFrame.from_ndarray(block[None], format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, start, Fraction(1, SOUND_RATE)
            yield from self._audio.encode(frame)
        yield from self._audio.encode(None)

    def _require_open(self) -> None:
        if not self._open:
            raise ValueError("the film is closed")

    def _not_written(self, error: OSError) -> InputError:
        reason = f"the film cannot be written ({error.strerror or error})"
        return InputError(reason, str(self.path), "Check the folder and free space")


def _check(path: Path, width: int, height: int, fps: int) -> None:
    if path.suffix != ".mp4" or path.is_dir():
        raise InputError("a film is one file", str(path), "Give a file name that ends in .mp4")
    if width <= 0 or height <= 0 or width % 2 or height % 2:
        raise ConfigurationError(f"a film of {width}×{height} px is not possible", str(path), "Give even sizes")
    if fps <= 0 or SECOND % fps:
        raise ConfigurationError(f"a film of {fps} frames/s is not possible", str(path), "Give a divisor of 10⁹")


def _before(a: av.Packet, b: av.Packet) -> bool:
    """Whether the one is due no later than the other."""
    return (a.pts or 0) * a.time_base <= (b.pts or 0) * b.time_base
