"""Sound and film files: one door to them, with typed errors and without the network."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import IO, Literal

import av
import av.container
import av.stream

from visavis_agent.core.clock import SECOND
from visavis_agent.core.errors import FormatError, InputError

Kind = Literal["audio", "video"]

_WANTED = {"audio": "sound track", "video": "pictures"}
_REMEDY = {
    "audio": "Give a sound file, or a film with sound, in a format that FFmpeg reads",
    "video": "Give a film in a format that FFmpeg reads",
}
# What recorders write into the header of a WAV whose length they do not know.
_UNKNOWN_SIZES = (0, 0xFFFFFFFF, 0x7FFFFFFF)


class MediaFile:
    """An open container and its best stream of one kind; media time 0 is the container's first instant.

    Raises:
        InputError: no such file, not readable, empty, or without a stream of that kind.
        FormatError: no sound or film file, damaged beyond reading, or in a codec that FFmpeg does not know.
    """

    def __init__(self, path: Path | str, kind: Kind) -> None:
        self.path = Path(path)
        self._file = _open(self.path)
        try:
            # A file object, not a name: names may be addresses, playlists and devices to FFmpeg.
            self.container = av.open(self._file, "r", options={"protocol_whitelist": "file"})
            stream = _best_stream(self.container, kind)
        except (av.error.FFmpegError, ValueError) as error:
            self._file.close()
            reason = getattr(error, "strerror", None) or error
            raise FormatError(f"is no sound or film file ({reason})", str(path), _REMEDY[kind]) from None
        if stream is None:
            self.close()
            raise InputError(f"has no {_WANTED[kind]}", str(path), _REMEDY[kind])
        if not _decodable(stream):  # PyAV 17.1 ends the process when such a stream is decoded
            self.close()
            raise FormatError(f"its {_WANTED[kind]} cannot be decoded (unknown codec)", str(path), _REMEDY[kind])
        self.stream = stream

    def close(self) -> None:
        self.container.close()
        self._file.close()

    @property
    def start_ns(self) -> int:
        """The container's own time of its first instant, ns; not 0 in broadcasts and cuts."""
        return (self.container.start_time or 0) * 1000

    @property
    def declared_ns(self) -> int | None:
        """How long the file says it is, ns; None when it does not say."""
        if self.container.format.name == "wav":
            return _declared_by_wav(self.path)
        if self.stream.duration is not None and self.stream.time_base is not None:
            return int(self.stream.duration * self.stream.time_base * SECOND)
        return self.container.duration * 1000 if self.container.duration else None


def _open(path: Path) -> IO[bytes]:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise InputError("there is no such file", str(path), "Check the name") from None
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
        raise InputError(reason, str(path), "Check kind and permissions") from None
    if file.seekable() and path.stat().st_size == 0:
        file.close()
        raise InputError("the file is empty", str(path), "Record or copy it again")
    return file


def _best_stream(container: av.container.InputContainer, kind: Kind) -> av.stream.Stream | None:
    """FFmpeg's choice among the streams, one with a decoder if there is any; a song's cover picture is no film."""
    streams = [
        stream
        for stream in (container.streams.audio if kind == "audio" else container.streams.video)
        if not (stream.disposition & av.stream.Disposition.attached_pic)
    ]
    if not streams:
        return None
    best = container.streams.best(kind)
    if best in streams and _decodable(best):
        return best
    return next(filter(_decodable, streams), streams[0])


def _decodable(stream: av.stream.Stream) -> bool:
    return getattr(stream, "codec_context", None) is not None


def _declared_by_wav(path: Path) -> int | None:
    """Length by the `data` chunk's header: FFmpeg reports what is left of a truncated file instead."""
    byte_rate = 0
    with path.open("rb") as file:
        file.seek(12)
        while len(header := file.read(8)) == 8:
            name, size = struct.unpack("<4sI", header)
            if name == b"fmt " and size >= 16:
                byte_rate = int.from_bytes(file.read(12)[8:], "little")
                size -= 12
            elif name == b"data":
                return size * SECOND // byte_rate if byte_rate and size not in _UNKNOWN_SIZES else None
            file.seek(size + size % 2, 1)
    return None
