"""What the agent hears of itself at an open loudspeaker is cancelled, and what is left of it is no visitor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import MS, sample_time
from visavis_agent.core.records import MICROPHONE_RATE, MicrophoneAudio
from visavis_agent.devices.echo_path import FRAME
from visavis_agent.devices.played_sound import PlayedSound

Pcm = npt.NDArray[np.int16]
# The canceller wants the reference before its echo, whatever the error of the time stamps.
_AHEAD_NS = 10 * MS
# The way through the room is known: so much less is left than was recorded, or hardly more than the room's own sound.
_CANCELLED_DB = 5.0
_ROOM_DB = 6.0
_FORGET = 0.03  # a frame: averages over 0.3 s
_CONVERGED, _LOST = 0.85, 0.3
_RISE_DB = 0.01  # a frame: the estimate of the room's level follows upwards by 1 dB a second
_SILENT_DBFS = -100.0
_QUIET_DBFS = -60.0
# Own voice that is left is 20 dB below what was cancelled; a visitor as loud as the echo is as strong as it.
_VISITOR = 10 ** (-6 / 10)
_SMOOTH = 0.15
_HANG_FRAMES = 25
# The echo comes up to 0.3 s later than the time stamps tell.
_LATE_FRAMES = 30
# So long after the last sound of the loudspeaker the canceller rests: it takes time, and delays by 11 ms.
_REST_FRAMES = 100
# What it holds of the sound before its rest comes out first: up to two frames, in which a visitor's last word would be
# heard again just as the agent begins to answer it.
_STALE_FRAMES = 3


@dataclass(frozen=True, slots=True)
class Cancelled:
    """10 ms of a recording, (160,) int16 at 16 kHz each.

    Attributes:
        rest: what is left of it without the echo as far as the way through the room is known.
        clean: what is left of that without what remained of the echo.
    """

    rest: Pcm
    clean: Pcm


class Canceller(Protocol):
    """Takes an echo out of a recording, 10 ms at a time."""

    def cancel(self, recorded: Pcm, played: Pcm) -> Cancelled:
        """(160,) int16 at 16 kHz each."""
        ...


class EchoGuard:
    """Leads the microphone's sound through a canceller.

    While the voice is audible and the canceller has not shown that it knows the room, silence comes out (half-duplex);
    afterwards what holds a visitor.

    Attributes:
        converged: the canceller is trusted.
    """

    def __init__(self, canceller: Canceller, played: PlayedSound) -> None:
        self._canceller, self._played = canceller, played
        self._pending: Pcm = np.zeros(0, np.int16)
        self._due_ns: int | None = None
        self.converged = False
        self._success = 0.0
        self._room_dbfs = _QUIET_DBFS
        self._near = self._echo = 0.0
        self._visitor_frames = self._late_frames = self._awake_frames = 0

    def hear(self, audio: MicrophoneAudio, audible: bool) -> MicrophoneAudio:
        """A block at 16 kHz; what comes back may begin up to 10 ms earlier and end earlier while there is an echo.

        Args:
            audible: the agent's voice, or the room's answer to it, is in the block.
        """
        if self._due_ns is None or audio.gap_ns or abs(audio.media_ns - self._due_ns) > 20 * MS:
            self._pending = self._pending[:0]
        self._due_ns = audio.media_ns + sample_time(len(audio.pcm), MICROPHONE_RATE)
        start_ns = audio.media_ns - sample_time(len(self._pending), MICROPHONE_RATE)
        pcm = np.concatenate([self._pending, audio.pcm])
        count = len(pcm) // FRAME * FRAME
        played = self._played.read(start_ns + _AHEAD_NS, count)
        rested = self._awake_frames <= 0
        self._awake_frames = _REST_FRAMES if audible or played.any() else self._awake_frames - count // FRAME
        if self._awake_frames <= 0:
            self._pending = pcm[:0]
            self._rest(_power(pcm), count // FRAME)
            return replace(audio, media_ns=start_ns, pcm=pcm)
        if rested:
            self._wake()
        self._pending = pcm[count:]
        frames = zip(pcm[:count].reshape(-1, FRAME), played.reshape(-1, FRAME), strict=True)
        out = [self._frame(recorded, reference, audible) for recorded, reference in frames]
        return replace(audio, media_ns=start_ns, pcm=np.concatenate(out) if out else pcm[:0])

    def _wake(self) -> None:
        for _ in range(_STALE_FRAMES):
            self._canceller.cancel(np.zeros(FRAME, np.int16), np.zeros(FRAME, np.int16))

    def _frame(self, recorded: Pcm, played: Pcm, audible: bool) -> Pcm:
        cancelled = self._canceller.cancel(recorded, played)
        clean = cancelled.clean
        before, after = _power(recorded), _power(clean)
        self._late_frames = _LATE_FRAMES if audible else self._late_frames - 1
        if self._late_frames <= 0:
            self._rest(after, 1)
            return clean
        self._judge(before, _power(cancelled.rest))
        passes = self._holds_visitor(before, after)
        return clean if self.converged and passes else np.zeros_like(clean)

    def _rest(self, power: float, frames: int) -> None:
        """Nothing of the agent is in the sound: it tells how loud the room is."""
        self._room_dbfs = min(self._room_dbfs + _RISE_DB * frames, _db(power))
        self._near = self._echo = 0.0
        self._visitor_frames = 0

    def _judge(self, before: float, after: float) -> None:
        """Is the canceller up to this room? Only frames with an echo in them tell."""
        room = self._room_dbfs + _ROOM_DB
        if _db(before) <= room:
            good = 1.0  # a headset, or a pause
            weight = _FORGET / 4
        else:
            good = float(_db(before) - _db(after) >= _CANCELLED_DB or _db(after) <= room)
            doubted = self.converged and not good  # a visitor looks the same for some seconds
            weight = _FORGET / 8 if doubted else _FORGET
        self._success += weight * (good - self._success)
        if self._success > _CONVERGED:
            self.converged = True
        elif self._success < _LOST:
            self.converged = False

    def _holds_visitor(self, before: float, after: float) -> bool:
        """What is left stands out from what was cancelled."""
        self._near += _SMOOTH * (after - self._near)
        self._echo += _SMOOTH * (max(0.0, before - after) - self._echo)
        if self._near > _VISITOR * self._echo and _db(self._near) > self._room_dbfs:
            self._visitor_frames = _HANG_FRAMES
        else:
            self._visitor_frames -= 1
        return self._visitor_frames > 0


def _power(pcm: Pcm) -> float:
    return float(np.mean(np.square(pcm, dtype=np.float64))) if len(pcm) else 0.0


def _db(power: float) -> float:
    return max(_SILENT_DBFS, 10.0 * float(np.log10(max(power, 1e-9) / 32768.0**2)))
