"""Sounds and WAV files for the tests, written byte by byte."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import sample_time
from visavis_agent.core.records import MicrophoneAudio

Pcm = npt.NDArray[np.int16]
Wave = npt.NDArray[np.float64]
PCM, FLOAT = 1, 3
_GUID_TAIL = b"\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"


def tone(hz: float, seconds: float, rate: int, amplitude: float = 0.5) -> Wave:
    return amplitude * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)


def voice(hz: float, seconds: float, amplitude: float = 0.3, rate: int = 16_000) -> Pcm:
    """A buzz with falling harmonics, voiced like a vowel."""
    time = np.arange(round(seconds * rate)) / rate
    wave = sum(np.sin(2 * np.pi * hz * k * time) / k for k in range(1, int(3500 / hz)))
    return (wave / np.abs(wave).max() * amplitude * 32767).astype(np.int16)


def noise(seconds: float, amplitude: float, seed: int = 0, rate: int = 16_000) -> Pcm:
    generator = np.random.default_rng(seed)
    return (generator.standard_normal(round(seconds * rate)) * amplitude * 32767).astype(np.int16)


def encode(wave: Wave, bits: int, kind: int) -> bytes:
    """Samples ±1, shape (n,) or (n, channels), as little-endian PCM or float."""
    if kind == FLOAT:
        return wave.astype(f"<f{bits // 8}").tobytes()
    if bits == 8:
        return np.round(wave * 127 + 128).astype(np.uint8).tobytes()
    whole = np.round(wave * (2 ** (bits - 1) - 1)).astype("<i4")
    return whole.reshape(-1).view(np.uint8).reshape(-1, 4)[:, : bits // 8].tobytes()


def write_wav(
    path: Path,
    wave: Wave,
    rate: int,
    bits: int = 16,
    kind: int = PCM,
    extensible: bool = False,
    declared: int | None = None,
) -> Path:
    """A WAV file; `declared` is the length of the data that the header claims."""
    channels = wave.shape[1] if wave.ndim == 2 else 1
    data = encode(wave, bits, kind)
    frame = channels * bits // 8
    tag = 0xFFFE if extensible else kind
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * frame, frame, bits)
    if extensible:
        form += struct.pack("<HHIH14s", 22, bits, 0, kind, _GUID_TAIL)
    length = len(data) if declared is None else declared
    header = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", length)
    path.write_bytes(b"RIFF" + struct.pack("<I", len(header) + length) + header + data)
    return path


def blocks(pcm: Pcm, size: int = 512, rate: int = 16_000, start_ns: int = 0) -> list[MicrophoneAudio]:
    """The sound as a microphone gives it."""
    return [
        MicrophoneAudio(media_ns=start_ns + sample_time(first, rate), pcm=pcm[first : first + size], sample_rate=rate)
        for first in range(0, len(pcm), size)
    ]
