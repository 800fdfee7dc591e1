"""Streaming conversion of sound to 16 kHz mono int16, aligned with its input."""

from __future__ import annotations

import av
import numpy as np
import numpy.typing as npt

from visavis_agent.core.records import MICROPHONE_RATE

Pcm = npt.NDArray[np.int16]
_SAMPLES = {"u8": "u1", "s16": "i2", "s32": "i4", "s64": "i8", "flt": "f4", "dbl": "f8"}


class Resampler:
    """One stream of sound in, 16 kHz mono int16 out (libswresample: windowed sinc, saturating).

    Output sample n belongs to input time n / 16 kHz; a few samples stay inside until `flush`.
    """

    def __init__(self) -> None:
        self._swr: av.AudioResampler | None = None
        self._kind: tuple[str, str, int] | None = None

    def pcm(self, pcm: Pcm, rate: int) -> Pcm:
        """Convert (n,) int16 mono of `rate` Hz."""
        if rate == MICROPHONE_RATE and self._swr is None:
            return pcm
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(pcm)[None], format="s16", layout="mono")
        frame.sample_rate = rate
        return self.frame(frame)

    def frame(self, frame: av.AudioFrame) -> Pcm:
        """Convert a decoded frame of any format and layout; a change of either drains the old stream."""
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        drained = self.flush() if self._kind not in (None, kind) else np.zeros(0, np.int16)
        self._kind = kind
        frame.pts = None
        if self._swr is None:
            self._swr = av.AudioResampler(format="s16", layout="mono", rate=MICROPHONE_RATE)
        return np.concatenate([drained, *(out.to_ndarray()[0] for out in self._swr.resample(_plain(frame)))])

    def flush(self) -> Pcm:
        """What is still inside; the next frame starts a new stream."""
        swr, self._swr, self._kind = self._swr, None, None
        if swr is None:
            return np.zeros(0, np.int16)
        return np.concatenate([np.zeros(0, np.int16), *(out.to_ndarray()[0] for out in swr.resample(None))])


def _plain(frame: av.AudioFrame) -> av.AudioFrame:
    """The frame as libswresample mixes it down well.

    More than two channels that nobody has named would be taken for a cinema's, and some of them dropped:
    their mean is used. Samples that are no numbers would become full-scale clicks: they become silence.
    """
    channels = frame.layout.nb_channels
    unnamed = channels > 2 and frame.layout.name == f"{channels} channels"
    if not unnamed and frame.format.name[:3] not in ("flt", "dbl"):
        return frame
    samples = np.nan_to_num(_channels(frame), nan=0.0, posinf=0.0, neginf=0.0)
    if unnamed:
        samples = samples.mean(axis=0, keepdims=True)
    layout = "mono" if unnamed else frame.layout.name
    # Interleaved, because from eight planes on PyAV 17.1 counts one too many (here and in to_ndarray).
    interleaved = np.ascontiguousarray(samples.T.reshape(1, -1), np.float32)
    plain = av.AudioFrame.from_ndarray(interleaved, format="flt", layout=layout)
    plain.sample_rate = frame.sample_rate
    return plain


def _channels(frame: av.AudioFrame) -> npt.NDArray[np.float64]:
    """(channels, samples), full scale ±1."""
    channels, planar = frame.layout.nb_channels, frame.format.is_planar
    kind = np.dtype(_SAMPLES[frame.format.packed.name])
    planes = frame.planes[: channels if planar else 1]
    count = frame.samples * (1 if planar else channels)
    samples = np.stack([np.frombuffer(bytes(plane), kind, count) for plane in planes])
    if not planar:
        samples = samples.reshape(-1, channels).T
    if samples.dtype == np.uint8:
        return (samples.astype(np.float64) - 128) / 128
    scale = 2.0 ** (8 * samples.dtype.itemsize - 1) if samples.dtype.kind == "i" else 1.0
    return samples.astype(np.float64) / scale
