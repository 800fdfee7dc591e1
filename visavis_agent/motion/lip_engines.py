"""Who moves the lips: the phones that come with the speech, or the net that hears them in the sound."""

from __future__ import annotations

from visavis_agent.core.clock import MS
from visavis_agent.core.errors import EngineError
from visavis_agent.core.inference import InferenceSettings
from visavis_agent.core.records import Level
from visavis_agent.core.stage import Host
from visavis_agent.motion.mel import LOWEST_RATE
from visavis_agent.motion.reply import Reply, SoundJob
from visavis_agent.motion.sound_lips import Ear, hears, open_sound_lips
from visavis_agent.motion.sound_net import LIPS_FILE
from visavis_agent.motion.sound_track import Array

_LATENCY = 10 * MS


class LipEngines:
    """Gives sound without phones to the net, on the worker, and tells which engine moves the lips.

    Args:
        host: of the stage.
        enabled: False leaves the mouth shut where there are no phones.
        inference: how the net is run.
    """

    def __init__(self, host: Host, enabled: bool, inference: InferenceSettings) -> None:
        self._host = host
        self._enabled = enabled
        self._inference = inference
        self._told = ""

    def take(self, reply: Reply) -> None:
        """Hear what the newest piece brought."""
        for job in reply.take_sound():
            if not self._enabled:
                self._tell(Level.WARN, "lips: speech without phones; lips_from_sound is off and the mouth stays shut")
            elif not hears(reply.sample_rate):
                problem = f"speech without phones at {reply.sample_rate} Hz"
                self._tell(Level.WARN, f"lips: {problem}; from {LOWEST_RATE} Hz on it would move the mouth")
            else:
                self._hear(job, reply)
                continue
            return
        if reply.segments and not reply.from_sound:
            self._tell(Level.OK, "lips: from the phones of the speech")

    def _hear(self, job: SoundJob, reply: Reply) -> None:
        def listen() -> tuple[Array, str] | EngineError:
            try:
                net, notes = open_sound_lips(self._inference)
                if job.fresh or reply.ear is None:
                    reply.ear = Ear(net, reply.sample_rate)
                return reply.ear.feed(job.pcm, job.last), "; ".join([net.provider, *(words for _, words in notes)])
            except EngineError as error:
                return error

        def done(heard: tuple[Array, str] | EngineError) -> None:
            if isinstance(heard, EngineError):
                self._tell(Level.WARN, f"lips: speech without phones; the mouth stays shut: {heard}")
                return
            reply.hear(job, heard[0])
            self._tell(Level.OK, f"lips: from the sound, which has no phones, by {LIPS_FILE} on {heard[1]}")

        self._host.work(listen, done, _LATENCY)

    def _tell(self, level: Level, words: str) -> None:
        if words != self._told:
            self._told = words
            self._host.diagnose(level, words)
