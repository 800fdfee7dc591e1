"""Frames and sounds for films, and what a player makes of a film."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import MS
from visavis_agent.core.records import VideoFrame
from visavis_agent.kiosk.film import SOUND_RATE

FRAME_NS = 20 * MS


def frame(number: int, grey: int = 20, width: int = 64, height: int = 48) -> VideoFrame:
    """One plain picture, due as number `number` at 50 Hz."""
    return VideoFrame(media_ns=number * FRAME_NS, image=np.full((height, width, 3), grey, np.uint8))


def click(at_s: float, length_s: float) -> npt.NDArray[np.int16]:
    """Silence with 5 ms of 1 kHz at `at_s`."""
    sound = np.zeros(round(length_s * SOUND_RATE), np.int16)
    start, count = round(at_s * SOUND_RATE), SOUND_RATE // 200
    sound[start : start + count] = (20_000 * np.sin(2 * np.pi * 1000 * np.arange(count) / SOUND_RATE)).astype(np.int16)
    return sound


def pictures(path: Path) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """(n,) times in s and (n,) mean brightness of the pictures as played."""
    with av.open(str(path)) as container:
        shown = [(float(f.time), float(f.to_ndarray(format="gray").mean())) for f in container.decode(video=0)]
    times, levels = np.array(shown).T
    return times, levels


def sound(path: Path) -> tuple[float, npt.NDArray[np.float64]]:
    """Time of the first sample as played, s, and all samples, full scale 1."""
    with av.open(str(path)) as container:
        blocks = [(f.time, f.to_ndarray()[0]) for f in container.decode(audio=0)]
    return float(blocks[0][0]), np.concatenate([samples for _, samples in blocks])
