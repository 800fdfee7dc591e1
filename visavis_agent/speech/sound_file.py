"""Sound as a server sends it: WAV, whose header may be written before the length is known, or bare samples."""

from __future__ import annotations

import struct

import numpy as np

from visavis_agent.core.errors import FormatError
from visavis_agent.speech.sound import to_pcm
from visavis_agent.speech.voices import Pcm

_INTEGERS, _FLOATS, _EXTENSIBLE = 1, 3, 0xFFFE
_UNKNOWN = 0x7FFFFF00
"""Lengths from here on, and 0, are written by those who do not know yet."""
_RATES = range(8_000, 48_001)
_NOT_SAMPLES = (b"ID3", b"OggS", b"fLaC", b"{", b"<", b"\xff\xfb", b"\xff\xf3", b"\xff\xf1")


def read_wav(data: bytes) -> tuple[Pcm, int]:
    """Samples, mixed to mono, and rate in Hz of a WAV file with integers of 16 or floats of 32 bits.

    Raises:
        FormatError: it is something else, or shorter than it says.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise FormatError("is no WAV file")
    position, found = 12, None
    while position + 8 <= len(data):
        name, size = data[position : position + 4], int.from_bytes(data[position + 4 : position + 8], "little")
        position += 8
        if name == b"fmt ":
            found = _format(data[position : position + size])
        elif name == b"data":
            if found is None:
                break
            streamed = size == 0 or size >= _UNKNOWN
            if not streamed and position + size > len(data):
                raise FormatError(f"breaks off after {len(data) - position} of {size} bytes")
            return _samples(data[position:] if streamed else data[position : position + size], *found)
        position += size + size % 2
    raise FormatError("is a WAV file without sound")


def read_samples(data: bytes, rate: int) -> tuple[Pcm, int]:
    """Bare int16 samples, little endian, mono; a WAV file is read as such.

    Raises:
        FormatError: the beginning is that of another kind of file.
    """
    if data[:4] == b"RIFF":
        return read_wav(data)
    if data.startswith(_NOT_SAMPLES):
        raise FormatError("is no bare sound")
    return np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.int16), rate


def _format(chunk: bytes) -> tuple[int, int, int, int]:
    """Kind, channels, rate, bits."""
    if len(chunk) < 16:
        raise FormatError("is a WAV file with half a header")
    kind, channels, rate, _, _, bits = struct.unpack("<HHIIHH", chunk[:16])
    if kind == _EXTENSIBLE and len(chunk) >= 26:
        kind = int.from_bytes(chunk[24:26], "little")
    if (kind, bits) not in ((_INTEGERS, 16), (_FLOATS, 32)) or not 1 <= channels <= 8 or rate not in _RATES:
        problem = f"is a WAV file of kind {kind} with {channels} × {bits} bits at {rate} Hz"
        raise FormatError(problem, "", "16-bit integers or 32-bit floats at 8–48 kHz are read")
    return kind, channels, rate, bits


def _samples(data: bytes, kind: int, channels: int, rate: int, bits: int) -> tuple[Pcm, int]:
    size = channels * bits // 8
    whole = data[: len(data) // size * size]
    if kind == _INTEGERS:
        x = np.frombuffer(whole, "<i2").astype(np.float64)
    else:
        x = np.nan_to_num(np.frombuffer(whole, "<f4").astype(np.float64), posinf=0.0, neginf=0.0) * 32767.0
    return to_pcm(x.reshape(-1, channels).mean(axis=1)), rate
