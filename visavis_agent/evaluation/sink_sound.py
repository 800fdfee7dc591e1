"""What the virtual sink made audible."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import sample_index, sample_time
from visavis_agent.core.records import MICROPHONE_RATE
from visavis_agent.speech.sound import resample, to_pcm
from visavis_agent.speech.virtual_sink import VirtualSink

Pcm = npt.NDArray[np.int16]


def sink_sound(sink: VirtualSink, from_ns: int, until_ns: int) -> Pcm:
    """(n,) int16 at MICROPHONE_RATE: what was audible from one media time to another; the sink must record."""
    out = np.zeros(sample_index(until_ns - from_ns, MICROPHONE_RATE), np.int16)
    for run in sink.audible:
        if run.media_ns + sample_time(run.count, run.sample_rate) <= from_ns or run.media_ns >= until_ns:
            continue
        first = sample_index(run.media_ns - from_ns, MICROPHONE_RATE)
        pcm = to_pcm(resample(run.pcm, run.sample_rate, MICROPHONE_RATE))[max(0, -first) :]
        there = out[max(0, first) :]
        there[: len(pcm)] = pcm[: len(there)]
    return out
