"""Leads the recogniser through an utterance and sends what it understood: on the way and at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from visavis_agent.core.clock import MS
from visavis_agent.core.records import Level, Utterance
from visavis_agent.core.stage import Host
from visavis_agent.hearing.intake import FRAME_NS, Frame
from visavis_agent.hearing.recogniser import Recogniser, Recognition

# After so much silence what was said may be all.
_PAUSE_NS = FRAME_NS
# Where words are wanted early: as many times as often, and not held up by the careful reading of a closed stop.
_EARLY_READINGS, _EARLY_PAUSE_NS = 3, 2 * FRAME_NS


@dataclass(frozen=True, slots=True)
class Latencies:
    """Declared latencies, ns: of a partial result, of a careful reading, of one that has been read before."""

    partial_ns: int
    careful_ns: int
    settled_ns: int


@dataclass
class _Open:
    """The utterance that is being heard; `held` is the pause that may turn out to be its end."""

    number: int
    start_ns: int
    end_ns: int
    asked_ns: int
    every_ns: int
    pause_ns: int
    held: list[Frame] = field(default_factory=list)
    settled: bool = False
    waiting: bool = False


class Transcriber:
    """Runs the recogniser's calls as jobs of the host, in order, and emits Utterance records.

    A pause of 32 ms (64 where words are wanted early) is read as carefully as an end, and the silence after it is kept
    back: if it was the end, the final result is there already when voice activity says so; if not, the speaker goes on
    where he paused. Such a reading is sent even if it holds no words: a cough is known early.
    """

    def __init__(
        self, host: Host, recogniser: Recogniser, locale: str, partial_every_ns: int, latencies: Latencies
    ) -> None:
        self._host = host
        self._recogniser = recogniser
        self._locale = locale
        self._partial_every_ns = partial_every_ns
        self._latencies = latencies
        self._count = 0
        self._open: _Open | None = None

    def begin(self, start_ns: int, frames: Iterable[Frame], early: bool = False) -> None:
        """Speech began at `start_ns`; the frames are what came before now, pre-roll included.

        Args:
            early: see Recogniser.begin.
        """
        self._count += 1
        given = list(frames)
        preroll = sum(len(frame.pcm) for frame in given if frame.end_ns <= start_ns)
        every_ns = self._partial_every_ns // (_EARLY_READINGS if early else 1)
        pause_ns = _EARLY_PAUSE_NS if early else _PAUSE_NS
        self._open = _Open(self._count, start_ns, start_ns, start_ns, every_ns, pause_ns)
        self._job(lambda: self._recogniser.begin(preroll, early))
        self._feed(given)

    def push(self, frame: Frame, last_energy_ns: int, quiet_ns: int) -> None:
        """The next frame of the utterance."""
        heard = self._open
        if heard is None:
            return
        heard.end_ns = max(heard.start_ns, last_energy_ns)
        if heard.settled and quiet_ns > 0:
            heard.held.append(frame)
            return
        self._feed([*heard.held, frame])
        heard.held, heard.settled = [], False
        if quiet_ns >= heard.pause_ns:
            self._settle(heard, frame.end_ns)
        elif not quiet_ns and not heard.waiting and frame.end_ns - heard.asked_ns >= heard.every_ns:
            self._ask(heard, frame.end_ns)  # in a pause it would be in the way of the careful reading

    def end(self, end_ns: int, now_ns: int) -> None:
        """Speech ended at `end_ns`."""
        heard, self._open = self._open, None
        if heard is None:
            return
        heard.end_ns = max(heard.start_ns, end_ns)
        latency = self._latencies.careful_ns
        if heard.settled:
            latency = max(self._latencies.settled_ns, heard.asked_ns + latency - now_ns)

        def done(recognition: Recognition) -> None:
            self._emit(heard, recognition, now_ns, heard.end_ns, final=True)

        self._host.work(self._recogniser.finish, done, latency)

    def _settle(self, heard: _Open, now_ns: int) -> None:
        heard.settled, heard.waiting, heard.asked_ns = True, True, now_ns
        end_ns = heard.end_ns
        self._host.work(
            self._recogniser.settle,
            lambda recognition: self._partial(heard, recognition, now_ns, end_ns, pause=True),
            self._latencies.careful_ns,
        )

    def _ask(self, heard: _Open, now_ns: int) -> None:
        heard.waiting, heard.asked_ns = True, now_ns
        end_ns = heard.end_ns
        self._host.work(
            self._recogniser.partial,
            lambda recognition: self._partial(heard, recognition, now_ns, end_ns),
            self._latencies.partial_ns,
        )

    def _partial(self, heard: _Open, recognition: Recognition, now_ns: int, end_ns: int, pause: bool = False) -> None:
        heard.waiting = False
        pause = pause and heard.settled and heard.asked_ns == now_ns  # he has not gone on meanwhile
        if (recognition.hypotheses or pause) and heard is self._open:
            self._emit(heard, recognition, now_ns, end_ns, final=False, pause=pause)

    def _feed(self, frames: list[Frame]) -> None:
        if frames:
            pcm = np.concatenate([frame.pcm for frame in frames])
            denoised = np.concatenate([frame.denoised for frame in frames])
            self._job(lambda: self._recogniser.feed(pcm, denoised))

    def _job(self, job: Callable[[], None]) -> None:
        self._host.work(job, lambda _: None, 0)

    def _emit(
        self, heard: _Open, recognition: Recognition, now_ns: int, end_ns: int, *, final: bool, pause: bool = False
    ) -> None:
        if recognition.problem:
            self._host.diagnose(Level.WARN, recognition.problem)
        self._host.emit(
            Utterance(
                media_ns=now_ns,
                utterance=heard.number,
                hypotheses=recognition.hypotheses,
                final=final,
                start_ns=heard.start_ns,
                end_ns=end_ns,
                locale=self._locale,
                pause=pause,
            )
        )


def milliseconds(value: float) -> int:
    """A setting in ms as ns."""
    return round(value * MS)
