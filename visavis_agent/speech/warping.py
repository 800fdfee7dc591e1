"""Where the moments of one rendition of a text lie in another: dynamic time warping of cepstra.

Sakoe and Chiba (1978), "Dynamic programming algorithm optimization for spoken word recognition". It knows nothing of
phones or languages, and is half as exact as an alignment by models of the phones.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.fft import dct

RATE = 16_000
HOP_S = 0.005
_WINDOW, _FFT = 400, 512
_BANDS, _CEPSTRA = 26, 13
_LOW_HZ, _HIGH_HZ = 100.0, 7000.0
_FLOOR = 1e-4
_STEP_COST = 0.1
"""Cost of standing still in one of the two, as a share of the mean distance."""
_LONGEST_S = 60.0

Signal = npt.NDArray[np.float64]


def warp(guide: Signal, other: Signal) -> Callable[[Signal], Signal]:
    """A function from moments of `guide` to those of `other`, s; never falling.

    Args:
        guide, other: (n,) and (m,) at 16 kHz, of any level, at most 60 s.
    """
    a, b = _cepstra(guide[: round(_LONGEST_S * RATE)]), _cepstra(other[: round(_LONGEST_S * RATE)])
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2.0 * a @ b.T
    distances = np.sqrt(np.maximum(0.0, squares))
    path = _path(distances / max(float(distances.mean()), 1e-9))
    counts = np.bincount(path[:, 0], minlength=len(a))
    places = np.bincount(path[:, 0], path[:, 1], len(a)) / counts
    return lambda moments: HOP_S * np.interp(np.asarray(moments) / HOP_S, np.arange(len(a)), places)


def _cepstra(pcm: Signal) -> Signal:
    """(frames, 13) mel cepstra every 5 ms, each with mean 0 and deviation 1 over the sound."""
    half = _WINDOW // 2
    x = np.pad(pcm / (np.sqrt(np.mean(pcm**2)) + 1e-9) if len(pcm) else pcm, half)
    x = np.append(x[0], x[1:] - 0.97 * x[:-1])
    frames = np.lib.stride_tricks.sliding_window_view(x, _WINDOW)[:: round(HOP_S * RATE)]
    power = np.abs(np.fft.rfft(frames * np.hanning(_WINDOW), _FFT)) ** 2
    found = dct(np.log(power @ _BANK.T + _FLOOR), axis=1, norm="ortho")[:, :_CEPSTRA]
    return np.asarray((found - found.mean(axis=0)) / (found.std(axis=0) + 1e-9))


def _mel_bank() -> Signal:
    """(bands, bins) triangles, evenly spaced in mel."""
    low, high = (2595.0 * np.log10(1.0 + f / 700.0) for f in (_LOW_HZ, _HIGH_HZ))
    edges = 700.0 * (10.0 ** (np.linspace(low, high, _BANDS + 2) / 2595.0) - 1.0)
    below, at, above = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    f = np.fft.rfftfreq(_FFT, 1.0 / RATE)
    return np.asarray(np.maximum(0.0, np.minimum((f - below) / (at - below), (above - f) / (above - at))))


_BANK = _mel_bank()


def _path(cost: Signal) -> npt.NDArray[np.int64]:
    """(steps, 2) the cheapest way through `cost` from corner to corner, by steps along either axis or both.

    A row's cells depend on each other through the step along it. With the cost summed along the row, that step is a
    running minimum.
    """
    rows, columns = cost.shape
    came = np.full((rows, columns), 2, np.int8)  # 0: from both, 1: from the row before, 2: from the column before
    total = np.cumsum(cost[0] + _STEP_COST)
    for i in range(1, rows):
        both = np.concatenate([[np.inf], total[:-1]])
        best = np.minimum(both, total + _STEP_COST)
        along = np.cumsum(cost[i] + _STEP_COST)
        entered = best + cost[i] - along
        least = np.minimum.accumulate(entered)
        came[i] = np.where(entered > least, 2, np.where(both <= total + _STEP_COST, 0, 1))
        total = least + along
    i, j = rows - 1, columns - 1
    path = [(i, j)]
    while i or j:
        step = came[i, j]
        i, j = i - (step != 2), j - (step != 1)
        path.append((i, j))
    return np.array(path[::-1])
