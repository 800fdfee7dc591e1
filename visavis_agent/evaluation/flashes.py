"""Flashes in pictures and clicks in sound: when each was, and how far they are apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from visavis_agent.evaluation.clapper import BAND

Pcm = npt.NDArray[np.int16]
BRIGHT = 128
"""Between the band's two levels, of 255."""

_SMOOTHING_S = 0.004
_AUDIBLE = 300.0  # mean amplitude within the smoothing
_SHARE = 0.3  # of the loudest click
_APART_S = 0.05
_NEAR_MS = 290.0  # below half of the spacing of clicks


def click_times(pcm: Pcm, rate: int) -> npt.NDArray[np.float64]:
    """Middle of each click, s from the first sample: where its energy is centred.

    Args:
        pcm: (n,) int16; clicks, and silence between them.
    """
    if not len(pcm):
        return np.zeros(0)
    window = np.hanning(round(_SMOOTHING_S * rate) + 2)
    level = np.convolve(np.abs(pcm.astype(np.float64)), window / window.sum(), mode="same")
    loudest = float(level.max(initial=0.0))
    if loudest < _AUDIBLE:
        return np.zeros(0)
    loud = np.flatnonzero(level > _SHARE * loudest)
    groups = np.split(loud, np.flatnonzero(np.diff(loud) > _APART_S * rate) + 1)
    return np.array([np.average(group, weights=level[group] ** 2) / rate for group in groups])


def flash_times(times: Iterable[float], bright: Iterable[bool]) -> npt.NDArray[np.float64]:
    """Middle of each flash, in the unit of `times`: between the picture that begins it and the one that ends it.

    Args:
        times: (n,) when each picture was shown first, rising.
        bright: (n,) whether it is one with the band white.
    """
    middles: list[float] = []
    begin: float | None = None
    for at, white in zip(times, bright, strict=True):
        if white and begin is None:
            begin = at
        elif not white and begin is not None:
            middles.append((begin + at) / 2)
            begin = None
    return np.array(middles, np.float64)


def film_times(path: Path) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Flashes and clicks of an MP4 as a player shows it, edit lists honoured: s from the film's beginning."""
    with av.open(str(path)) as film:
        pictures = [(float(at), bright) for at, bright in _pictures(film)]
    with av.open(str(path)) as film:
        pcm, rate, start_s = _sound(film)
    return flash_times(*zip(*pictures, strict=True)), click_times(pcm, rate) + start_s


def _pictures(film: av.container.InputContainer) -> Iterator[tuple[float, bool]]:
    for frame in film.decode(video=0):
        if frame.pts is None or frame.time_base is None:
            continue
        light = frame.to_ndarray(format="gray")
        row = round((BAND[0] + BAND[1]) / 2 * light.shape[0])
        yield float(frame.pts * frame.time_base), bool(light[row].mean() > BRIGHT)


def _sound(film: av.container.InputContainer) -> tuple[Pcm, int, float]:
    """The sound, its rate and the time of its first sample, s; what the edit list hides is not in it."""
    resampler = av.AudioResampler(format="s16", layout="mono")
    parts: list[Pcm] = []
    start_s, rate = 0.0, 0
    for frame in film.decode(audio=0):
        if not parts and frame.pts is not None and frame.time_base is not None:
            start_s = float(frame.pts * frame.time_base)
        rate = frame.sample_rate
        parts += [part.to_ndarray()[0] for part in resampler.resample(frame)]
    return np.concatenate([np.zeros(0, np.int16), *parts]), rate, start_s


def offsets_ms(flashes: npt.NDArray[np.float64], clicks: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Flash minus click for every click that has a flash near it, ms; times in s."""
    if not len(flashes) or not len(clicks):
        return np.zeros(0)
    differences = 1000.0 * np.subtract.outer(flashes, clicks)
    nearest = differences[np.abs(differences).argmin(axis=0), np.arange(len(clicks))]
    return np.asarray(nearest[np.abs(nearest) < _NEAR_MS])


def summary(flashes: npt.NDArray[np.float64], clicks: npt.NDArray[np.float64]) -> dict[str, Any]:
    """`p50_ms` and `p95_abs_ms` of picture minus sound, of `n` clicks; `unseen`: clicks without a flash.

    Args:
        flashes, clicks: their middles, s on one clock.
    """
    offsets = offsets_ms(flashes, clicks)
    n = len(offsets)
    return {
        "p50_ms": round(float(np.percentile(offsets, 50)), 1) if n else None,
        "p95_abs_ms": round(float(np.percentile(np.abs(offsets), 95)), 1) if n else None,
        "n": n,
        "unseen": len(clicks) - n,
    }
