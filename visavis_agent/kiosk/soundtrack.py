"""The soundtrack of a film: the visitor's and the agent's sound in one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import av
import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import MS, SECOND, sample_time
from visavis_agent.core.records import MicrophoneAudio

Pcm = npt.NDArray[np.int16]
SOUND_RATE = 48_000
# Stamps of live blocks shake; what exceeds this is a hole or an overlap.
_TOLERANCE_NS = 5 * MS
_LONGEST_RUN_S = 60
_HOP = SOUND_RATE // 50
_AUDIBLE = 10 ** (-45 / 20) * 32768
_BESIDE_AGENT = 0.5
_RELEASE_HOPS = 12
_CHUNK = 500 * _HOP
_CEILING = 32_000


def mix(visitor: Iterable[MicrophoneAudio], agent: Pcm) -> Pcm:
    """Both sounds from media time 0: the visitor's blocks at their times, 6 dB quieter where the agent speaks.

    Where the sum would exceed full scale, the whole is made quieter: nothing clips.

    Args:
        visitor: blocks of any rate, in rising order; what lies before time 0 is left out.
        agent: (n,) int16, 48 kHz, from media time 0.

    Returns:
        (m,) int16, 48 kHz; as long as the longer of the two.
    """
    placed = _placed(visitor)
    count = max(len(placed), len(agent))
    gains = _gains(agent, count)
    peak = max((int(np.abs(chunk).max()) for chunk in _sums(placed, agent, gains, count)), default=0)
    scale = min(1.0, _CEILING / peak) if peak > 32767 else 1.0
    parts = [np.round(chunk * scale).astype(np.int16) for chunk in _sums(placed, agent, gains, count)]
    return np.concatenate([np.zeros(0, np.int16), *parts])


def _placed(blocks: Iterable[MicrophoneAudio]) -> Pcm:
    """The blocks at 48 kHz on the timeline; a later one replaces what it overlaps."""
    runs = [(block[0].media_ns, _resampled(block)) for block in _runs(blocks)]
    places = [(round(start * SOUND_RATE / SECOND), pcm) for start, pcm in runs]
    sound = np.zeros(max((place + len(pcm) for place, pcm in places), default=0), np.int16)
    for place, pcm in places:
        audible = pcm[max(0, -place) :]
        first = max(0, place)
        sound[first : first + len(audible)] = audible
    return sound


def _runs(blocks: Iterable[MicrophoneAudio]) -> Iterator[list[MicrophoneAudio]]:
    """Blocks that follow each other without a hole; a minute at most, so that drift of stamps does not add up."""
    run: list[MicrophoneAudio] = []
    count = 0
    for block in blocks:
        if run:
            due = run[0].media_ns + sample_time(count, run[0].sample_rate)
            same = block.sample_rate == run[0].sample_rate and count < _LONGEST_RUN_S * block.sample_rate
            if not same or abs(block.media_ns - due) > _TOLERANCE_NS:
                yield run
                run, count = [], 0
        run.append(block)
        count += len(block.pcm)
    if run:
        yield run


def _resampled(run: list[MicrophoneAudio]) -> Pcm:
    pcm = np.concatenate([block.pcm for block in run])
    if run[0].sample_rate == SOUND_RATE or not len(pcm):
        return pcm
    swr = av.AudioResampler(format="s16", layout="mono", rate=SOUND_RATE)
    frame = av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
    frame.sample_rate = run[0].sample_rate
    frames = [*swr.resample(frame), *swr.resample(None)]
    return np.concatenate([np.zeros(0, np.int16), *(out.to_ndarray()[0] for out in frames)])


def _gains(agent: Pcm, count: int) -> npt.NDArray[np.float32]:
    """The visitor's gain at each 20 ms: down one step before the agent is heard, up over a quarter of a second."""
    hops = -(-count // _HOP) + 1
    level = np.zeros(hops, np.float32)
    for hop in range(len(agent) // _HOP + 1):
        block = agent[hop * _HOP : (hop + 1) * _HOP]
        level[hop] = np.sqrt(np.mean(np.square(block, dtype=np.float32))) if len(block) else 0.0
    heard = level > _AUDIBLE
    heard[:-1] |= heard[1:]
    gains = np.ones(hops, np.float32)
    gain = 1.0
    for hop in range(hops):
        gain = _BESIDE_AGENT if heard[hop] else min(1.0, gain + (1.0 - _BESIDE_AGENT) / _RELEASE_HOPS)
        gains[hop] = gain
    return gains


def _sums(visitor: Pcm, agent: Pcm, gains: npt.NDArray[np.float32], count: int) -> Iterator[npt.NDArray[np.float32]]:
    """The mix in chunks, int16 units, not clipped; gains run straight from hop to hop."""
    for start in range(0, count, _CHUNK):
        length = min(_CHUNK, count - start)
        first = start // _HOP
        steps = gains[first : first + length // _HOP + 2]
        total = np.zeros(length, np.float32)
        ours = agent[start : start + length]
        theirs = visitor[start : start + length]
        total[: len(ours)] += ours
        shape = np.interp(np.arange(len(theirs)), np.arange(len(steps)) * _HOP, steps)
        total[: len(theirs)] += theirs * shape.astype(np.float32)
        yield total
