"""A visitor made by code for the bench of listening: a voice with known pauses, a clap, a smile, steps towards us."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from PIL import Image

from visavis_agent.core.arkit import ARKIT_COUNT, ARKIT_INDEX
from visavis_agent.core.clock import SECOND, sample_time
from visavis_agent.core.records import (
    MICROPHONE_RATE,
    CameraImage,
    FaceAffect,
    FaceMotion,
    MicrophoneAudio,
    Person,
    Persons,
    Presence,
    Record,
)
from visavis_agent.deployment import Deployment
from visavis_agent.evaluation.questions import asked
from visavis_agent.rendering.engines import ENGINES
from visavis_agent.session.loop import Session

Pcm = npt.NDArray[np.int16]
Event = tuple[int, Record]
BLOCK = 512
LISTENERS = ("hearing", "conversation", "motion")
"""The stages that take part in listening."""
CAMERA_HZ = 15
"""Pictures a second, as on the kiosk."""
PLACE = (0.9, 0.12, 0.06)
"""Where the visitor's eyes are, m from the camera."""
_ROOM_RMS = 12.0
_CLAP_S, _CLAP_PEAK = 0.09, 9000.0
_SMILE_S, _STEP_S = 0.30, 0.60
_PICTURE = (640, 480)
_FAR, _NEAR = 0.45, 0.68
_BLINKS_S = (1.0, 2.3)


def room(seconds: float, seed: int) -> Pcm:
    """A quiet room at -69 dBFS."""
    rng = np.random.default_rng(seed)
    return np.round(rng.normal(0.0, _ROOM_RMS, round(seconds * MICROPHONE_RATE))).astype(np.int16)


def with_sound(background: Pcm, sound: Pcm, at_s: float) -> Pcm:
    """The sound, its first sample at `at_s`, in the room."""
    mixed = background.astype(np.int32)
    first = round(at_s * MICROPHONE_RATE)
    mixed[first : first + len(sound)] += sound[: max(0, len(mixed) - first)]
    return np.clip(mixed, -32768, 32767).astype(np.int16)


def clap(seed: int) -> Pcm:
    """Hands, once: noise that dies away."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(_CLAP_S * MICROPHONE_RATE)) / MICROPHONE_RATE
    noise = rng.normal(0.0, 1.0, len(time)) * np.exp(-time / 0.02)
    return np.round(_CLAP_PEAK * noise / np.abs(noise).max()).astype(np.int16)


def voice(text: str, seed: int) -> Pcm:
    """A sentence of the visitor's from its first to its last sound."""
    question = asked(text, seed)
    return question.pcm[question.first : question.end]


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """What a visitor tells: sound, where it is spoken, and the pauses in which a listener may nod, s."""

    pcm: Pcm
    spoken: tuple[tuple[float, float], ...]
    pauses: tuple[tuple[float, float], ...]


def story(sentences: Iterable[str], seed: int) -> Story:
    """Sentences with pauses of 0.4 to 1.0 s between them, and none within: a tale."""
    rng = np.random.default_rng(seed)
    parts: list[Pcm] = [room(2.0, seed)]
    at = 2.0
    spoken, pauses = [], []
    for number, text in enumerate(sentences):
        said, pause = voice(text.replace(",", ""), seed + number), float(rng.uniform(0.4, 1.0))
        end = at + len(said) / MICROPHONE_RATE
        spoken.append((at, end))
        pauses.append((end, end + pause))
        parts += [said, np.zeros(round(pause * MICROPHONE_RATE), np.int16)]
        at = sum(map(len, parts)) / MICROPHONE_RATE
    pcm = np.concatenate(parts)
    return Story(with_sound(room(len(pcm) / MICROPHONE_RATE, seed), pcm, 0.0), tuple(spoken), tuple(pauses))


def microphone(pcm: Pcm, start_ns: int = 0) -> list[Event]:
    """Blocks of 32 ms, each when its last sample has been heard."""
    events: list[Event] = []
    for first in range(0, len(pcm) - BLOCK + 1, BLOCK):
        begin, end = (start_ns + sample_time(k, MICROPHONE_RATE) for k in (first, first + BLOCK))
        events.append((end, MicrophoneAudio(media_ns=begin, pcm=pcm[first : first + BLOCK])))
    return events


def standing(seconds: float) -> list[Event]:
    """What perception says of somebody who stands there calmly and looks."""
    person = Person(
        person_id="a", presence=Presence.CONFIRMED, box=(0.4, 0.3, 0.2, 0.3), position=PLACE, attention=1.0,
        confidence=1.0,
    )  # fmt: skip
    events: list[Event] = []
    for number in range(1, round(seconds * CAMERA_HZ)):
        at = number * SECOND // CAMERA_HZ
        events.append((at, Persons(media_ns=at, persons=(person,), engaged_id="a")))
        events.append((at, FaceAffect(media_ns=at, person_id="a", action_units=(1, 2, 12), intensities=(0, 0, 0))))
    return events


class Camera:
    """Films of a visitor, drawn with an avatar, and what perception makes of them."""

    def __init__(self, deployment: Deployment) -> None:
        self._settings = deployment.settings
        values = {"avatar": deployment.avatar, "width": _PICTURE[0], "height": _PICTURE[1]}
        self._engine = ENGINES.create("splat", values, "bench listening")
        self._drawn: dict[tuple[float, float, bool, float], npt.NDArray[np.uint8]] = {}

    def close(self) -> None:
        self._engine.close()

    def seen(self, seconds: float, look: Callable[[float], tuple[float, float]], phase_s: float) -> list[Event]:
        """(media time, record) of Persons and FaceAffect, as perception gives them out.

        Args:
            look: smile 0–1 and size of the picture (1: near) at a time in s.
            phase_s: of the first picture.
        """
        events: list[Event] = []

        def tap(record: Record, at_ns: int) -> None:
            if isinstance(record, (Persons, FaceAffect)):
                events.append((at_ns, record))

        settings = {"perception": self._settings["perception"]}
        with Session(settings, 0, tap, (CameraImage,)) as session:
            for number in range(round(seconds * CAMERA_HZ)):
                time = phase_s + number / CAMERA_HZ
                shut = any(abs(time - blink) < 0.1 for blink in _BLINKS_S)
                turned = round(0.12 * math.sin(2.1 * time), 2)  # a living head is not still
                self._show(session, round(time * SECOND), *look(time), shut, turned)
            session.run(lambda: round((seconds + phase_s) * SECOND))
        return events

    def _show(self, session: Session, at_ns: int, smile: float, size: float, shut: bool, turned: float) -> None:
        def show() -> None:
            image = self._picture(round(smile, 2), round(size, 2), shut, turned)
            session.send(CameraImage(media_ns=at_ns, image=image))

        session.outside(at_ns, show)

    def _picture(self, smile: float, size: float, shut: bool, turned: float) -> npt.NDArray[np.uint8]:
        key = (smile, size, shut, turned)
        if key not in self._drawn:
            values = np.zeros(ARKIT_COUNT, np.float32)
            shown = (
                ("mouthSmile", smile),
                ("cheekSquint", 0.5 * smile),
                ("eyeSquint", 0.3 * smile),
                ("eyeBlink", shut),
            )
            for name, value in shown:
                for side in ("Left", "Right"):
                    values[ARKIT_INDEX[name + side]] = value
            motion = FaceMotion(media_ns=0, coefficients=values, head=(0.0, 0.0, turned))
            drawn = Image.fromarray(self._engine.draw(motion, None).image)
            small = drawn.resize((round(_PICTURE[0] * size), round(_PICTURE[1] * size)))
            whole = Image.new("RGB", _PICTURE, drawn.getpixel((2, 2)))
            whole.paste(small, ((_PICTURE[0] - small.width) // 2, (_PICTURE[1] - small.height) // 2))
            self._drawn[key] = np.asarray(whole)
        return self._drawn[key]


def calm(time: float) -> tuple[float, float]:
    """Nothing happens."""
    return 0.0, _FAR


def smiles_at(at_s: float) -> Callable[[float], tuple[float, float]]:
    """A smile that grows for 0.3 s."""
    return lambda time: (_ramp((time - at_s) / _SMILE_S), _FAR)


def steps_at(at_s: float) -> Callable[[float], tuple[float, float]]:
    """A step towards the camera in 0.6 s."""
    return lambda time: (0.0, _FAR + (_NEAR - _FAR) * _ramp((time - at_s) / _STEP_S))


def _ramp(x: float) -> float:
    return 0.5 - 0.5 * math.cos(math.pi * min(1.0, max(0.0, x)))


def attend(
    deployment: Deployment,
    seed: int,
    events: Iterable[Event],
    seconds: float,
    keep: tuple[type[Record], ...],
    stages: tuple[str, ...] = LISTENERS,
) -> list[Event]:
    """Run stages of the offline graph on what the visitor does; the records to keep, with when they were sent.

    Nothing is understood of the words and nothing is drawn.
    """
    settings = {name: value for name, value in deployment.settings.items() if name in stages}
    if "hearing" in settings:
        settings["hearing"] = replace(settings["hearing"], recogniser="none")
    kept: list[Event] = []

    def tap(record: Record, at_ns: int) -> None:
        if isinstance(record, keep):
            kept.append((at_ns, record))

    with Session(settings, seed, tap, (MicrophoneAudio,)) as session:
        for at_ns, record in events:
            session.outside(at_ns, lambda record=record: session.send(record))  # type: ignore[misc]
        session.run(lambda: round(seconds * SECOND))
    return kept
