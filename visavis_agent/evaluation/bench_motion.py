"""The motion bench: what a frame costs, that the same records give the same motion, and that it lasts."""

from __future__ import annotations

import hashlib
import sys
import time
from dataclasses import dataclass, field, replace
from itertools import cycle
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import MS, SECOND, sample_time
from visavis_agent.core.emotion import EMOTIONS, Emotion
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    AgentEmotion,
    BodyMotion,
    FaceAffect,
    FaceMotion,
    GestureCue,
    Person,
    Persons,
    Phase,
    Presence,
    Prosody,
    Record,
    SpeechAudio,
    TurnState,
    VoiceActivity,
)
from visavis_agent.evaluation.machine import describe_machine, package_version
from visavis_agent.evaluation.spoken_motion import speech_records
from visavis_agent.evaluation.stage_host import StageHost
from visavis_agent.evaluation.utterances import SENTENCES, Utterance, synthetic
from visavis_agent.motion.settings import MotionSettings
from visavis_agent.motion.stage import FRAME_NS, MotionStage

MINUTES, QUICK_MINUTES = 60.0, 2.0
_LISTENING_NS = 3 * SECOND
_THINKING_NS = SECOND // 2
_GESTURES = ("wave", "nod", "open", "point")
_LIMIT_MS = 3.0  # of a frame's 20 ms; the rest of the core is for drawing and for the other stages
Event = tuple[int, Record]


@dataclass(slots=True)
class MotionLog:
    """What a run emitted: a digest of every frame, CPU time per frame and what of it was jobs of a worker thread, gaps
    in the frame times, sums by minute."""

    digest: Any = field(default_factory=hashlib.sha256)
    cpu_ms: list[float] = field(default_factory=list)
    jobs_ms: list[float] = field(default_factory=list)
    frames: int = 0
    gaps: int = 0
    last_ns: int = -1
    minutes: list[tuple[int, npt.NDArray[np.float64]]] = field(default_factory=list)

    def take(self, record: Record) -> None:
        if isinstance(record, FaceMotion):
            angles = (*record.head, *record.left_eye, *record.right_eye, record.tongue_up)
            self.digest.update(record.coefficients.tobytes() + np.array(angles).tobytes())
            self.gaps += self.last_ns >= 0 and record.media_ns != self.last_ns + FRAME_NS
            self.frames, self.last_ns = self.frames + 1, record.media_ns
            self._add(record.media_ns, np.array([*record.coefficients, *record.head], np.float64))
        elif isinstance(record, BodyMotion):
            self.digest.update(record.rotations.tobytes() + np.array(record.root).tobytes())

    def growth(self) -> float:
        """How much more CPU time the median frame takes in the last sixth than in the first; 0: as much."""
        part = max(1, len(self.cpu_ms) // 6)
        return float(np.median(self.cpu_ms[-part:]) / np.median(self.cpu_ms[:part]) - 1.0)

    def _add(self, media_ns: int, values: npt.NDArray[np.float64]) -> None:
        while len(self.minutes) <= media_ns // (60 * SECOND):
            self.minutes.append((0, np.zeros_like(values)))
        count, total = self.minutes[-1]
        self.minutes[-1] = (count + 1, total + values)

    def drift(self) -> float:
        """Largest change of a mean coefficient (0–1) or head angle (rad) between the first and last sixth of the
        minutes."""
        part = max(1, len(self.minutes) // 6)

        def mean(chosen: list[tuple[int, npt.NDArray[np.float64]]]) -> npt.NDArray[np.float64]:
            return np.asarray(sum(total for _, total in chosen) / sum(count for count, _ in chosen))

        return float(np.abs(mean(self.minutes[-part:]) - mean(self.minutes[:part])).max())


def listening(start: int, seed: int) -> list[Event]:
    """A visitor in front of the camera who speaks for three seconds and smiles."""
    rng = np.random.default_rng(seed)
    events: list[Event] = [(start, VoiceActivity(media_ns=start, speaking=True, probability=1.0, since_ns=start))]
    for at in range(start, start + _LISTENING_NS, 100 * MS):
        quiet = (at - start) // (100 * MS) % 9 > 6
        level = np.full(10, -60.0 if quiet else -22.0, np.float32)
        pitch = np.full(10, 0.0 if quiet else 140.0 + rng.normal(0, 5), np.float32)
        events.append((at, Prosody(media_ns=at, f0_hz=pitch, level_dbfs=level)))
        events.append((at, FaceAffect(media_ns=at, person_id="a", action_units=(12,), intensities=(0.4,))))
        place = (0.9, 0.15 * float(np.sin(at / SECOND)), 0.05)
        person = Person(person_id="a", presence=Presence.CONFIRMED, box=(0.4, 0.3, 0.2, 0.3), position=place)
        events.append((at, Persons(media_ns=at, persons=(person,), engaged_id="a")))
    end = start + _LISTENING_NS
    events.append((end, VoiceActivity(media_ns=end, speaking=False, probability=0.0, since_ns=end)))
    return events


def turn(number: int, start: int, utterance: Utterance) -> tuple[list[Event], int]:
    """One question and its answer from `start` on; and when the next may begin."""
    reply = ReplyId(0, number + 1, 0)
    emotion = Emotion.of({EMOTIONS[number % len(EMOTIONS)]: 1.0}, intensity=0.6)
    asked = start + _LISTENING_NS
    said = asked + _THINKING_NS
    cue = GestureCue(_GESTURES[number % len(_GESTURES)], utterance.sample_rate // 4)
    spoken = [
        (at, replace(record, gestures=(cue,), emotion=emotion) if isinstance(record, SpeechAudio) else record)
        for at, record in speech_records(utterance, reply, said)
    ]
    end = said + sample_time(len(utterance.pcm), utterance.sample_rate) + SECOND
    events = [
        *listening(start, number),
        (asked, TurnState(media_ns=asked, id=reply, phase=Phase.THINKING)),
        (asked, AgentEmotion(media_ns=asked, emotion=emotion)),
        (said - 100 * MS, TurnState(media_ns=said, id=reply, phase=Phase.SPEAKING)),
        *spoken,
        (end, TurnState(media_ns=end, id=reply, phase=Phase.IDLE)),
    ]
    return sorted(events, key=lambda event: event[0]), end


def converse(utterances: list[Utterance], minutes: float, seed: int) -> MotionLog:
    """Talk for `minutes` of media time; a frame's CPU time is all that was used since the last one."""
    log = MotionLog()
    host = StageHost(seed, log.take)
    stage = MotionStage(MotionSettings(), host)
    stage.start()
    start, number = 0, 0
    for utterance in cycle(utterances):
        events, end = turn(number, start, utterance)
        for at, record in events:
            _advance(host, at, log)
            host.deliver(stage, record)
        _advance(host, end, log)
        start, number = end, number + 1
        if end >= minutes * 60 * SECOND:
            break
    stage.stop()
    return log


def _advance(host: StageHost, until_ns: int, log: MotionLog) -> None:
    """Frame by frame, so that each frame's share of the CPU time is known."""
    while host.now() < until_ns:
        before = log.frames
        host.advance(min(until_ns, host.now() + FRAME_NS))
        if log.frames > before:
            log.cpu_ms.append(host.busy_ns / 1e6 / (log.frames - before))
            log.jobs_ms.append(host.jobs_ns / 1e6 / (log.frames - before))
            host.busy_ns = host.jobs_ns = 0


def run(quick: bool, seed: int) -> dict[str, Any]:
    """The report of `visavis bench motion`.

    Args:
        quick: two minutes of media time instead of an hour.
        seed: of the motion.

    Raises:
        EngineError: the embedded voice is not installed.
    """
    begin, machine = time.perf_counter(), describe_machine()
    utterances = synthetic(SENTENCES[: 8 if quick else None], "slt")
    minutes = QUICK_MINUTES if quick else MINUTES
    first = converse(utterances, minutes, seed)
    print(f"{first.frames} frames", file=sys.stderr)
    second = converse(utterances, minutes, seed)
    p50, p95, p99 = (round(float(np.percentile(first.cpu_ms, share)), 3) for share in (50, 95, 99))
    return {
        "bench": "motion",
        "version": package_version(),
        "machine": machine,
        "engines": {"motion": "dominance", "speech": "flite"},
        "path": "unit",
        "data": f"a scripted conversation: listening, thinking, {len(utterances)} spoken sentences in turn",
        "cpu_ms_per_frame": {"p50": p50, "p95": p95, "p99": p99, "max": round(max(first.cpu_ms), 3)},
        "frames_over_3_ms": {
            "all": sum(taken > _LIMIT_MS for taken in first.cpu_ms),
            "without_jobs": sum(
                all_ms - job > _LIMIT_MS for all_ms, job in zip(first.cpu_ms, first.jobs_ms, strict=True)
            ),
        },
        "cpu_growth": round(first.growth(), 3),
        "deterministic": first.digest.digest() == second.digest.digest(),
        "minutes": round(first.frames * FRAME_NS / SECOND / 60, 1),
        "frames": first.frames,
        "gaps": first.gaps,
        "drift": round(first.drift(), 3),
        "seconds": round(time.perf_counter() - begin, 1),
        "notes": [
            "CPU time of one thread per 20 ms frame, with pitch analysis and incoming records",
            "without_jobs: the pitch of a piece of speech that arrives is found at once here, live by a worker thread",
            "cpu_growth: median frame of the last sixth over that of the first, less 1",
            "drift: largest change of a mean coefficient or head angle (rad) from the first sixth to the last",
            "every record checks itself for NaN and range; deterministic: digests of two runs are the same",
        ],
    }
