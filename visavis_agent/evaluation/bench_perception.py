"""The perception bench: what the eyes cost, how right, how soon and how far they see, and what fools them."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import cv2
import numpy as np

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.errors import EngineError
from visavis_agent.core.records import Array, CameraImage, Float3, Persons, Presence, Record
from visavis_agent.evaluation.machine import describe_machine, package_version
from visavis_agent.evaluation.rendered_visitor import FACE_WIDTH_MM, FIELD_OF_VIEW, RATE, Place, PosedHead, Walker, wall
from visavis_agent.evaluation.stage_host import StageHost
from visavis_agent.perception.stage import PerceptionSettings, PerceptionStage

VGA, HD = (640, 480), (1280, 720)
STEP_NS = SECOND // RATE
_LARGEST_ANGLE = 25.0
_SWING = 23.0  # the camera does not stand at the height of the eyes
_LOOKING = 4 * RATE  # pictures in which the visitor just faces the camera
_SIZES_PX = (160, 120, 96, 80, 64, 56, 48, 40, 36, 32, 28, 24, 20)
_SEEN_SHARE = 0.9
_POSTER_TILT = 20.0
Box = tuple[float, float, float, float]


@dataclass
class Watch:
    """The perception stage at work on pictures.

    Attributes:
        told: when, and what it said.
        cpu_ms: per picture, of all threads of the process.
    """

    field_of_view: float = FIELD_OF_VIEW
    told: list[tuple[int, Persons]] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._host = StageHost(0, self._take)
        self._stage = PerceptionStage(PerceptionSettings(field_of_view=self.field_of_view), self._host)
        self._stage.start()
        if self._host.diagnostics:
            raise EngineError(self._host.diagnostics[-1][1], "", "Run make env")

    def show(self, images: Iterable[Array]) -> Watch:
        """Pictures at 25 a second."""
        for image in images:
            record = CameraImage(media_ns=self._host.now(), image=image)
            before = time.process_time_ns()
            self._host.deliver(self._stage, record)
            self._host.advance(self._host.now() + STEP_NS)
            self.cpu_ms.append((time.process_time_ns() - before) / 1e6)
        return self

    def close(self) -> Watch:
        self._stage.stop()
        return self

    def _take(self, record: Record) -> None:
        if isinstance(record, Persons):
            self.told.append((self._host.now(), record))


# --------------------------------------------------------------------------------------------------- head pose
def poses(quick: bool, seed: int) -> dict[str, Any]:
    """Errors of the head's angles on our hero, who faces the camera first and then turns about within ±25°."""
    head = PosedHead(VGA)
    truth: list[Float3] = []
    watch = Watch(head.field_of_view)
    frames = (16 if quick else 80) * RATE

    def pictures() -> Iterable[Array]:
        for number in range(_LOOKING + frames):
            image, angles = head.draw(_turning(number - _LOOKING, seed))
            truth.append(angles)
            yield image

    watch.show(pictures()).close()
    head.close()
    errors = []
    for _, persons in watch.told:
        number = persons.media_ns // STEP_NS
        if number >= _LOOKING and persons.persons and max(map(abs, truth[number])) <= math.radians(_LARGEST_ANGLE):
            errors.append(np.degrees(np.subtract(persons.persons[0].head, truth[number])))
    mean = np.abs(errors).mean(axis=0)
    return {
        "pose_mae_deg": {name: round(float(mean[k]), 2) for name, k in (("yaw", 2), ("pitch", 1), ("roll", 0))},
        "pose_frames": {"n": len(errors), "shown": frames},
    }


def _turning(number: int, seed: int) -> Float3:
    """Roll, pitch, yaw: slow sines of unlike periods, so that all combinations come, full range at the ends."""
    if number < 0:
        return (0.0, 0.0, 0.0)
    t = number / RATE
    phases = np.random.default_rng(seed).uniform(0, 2 * math.pi, 3) * min(1.0, t)
    periods = np.array([14.6, 11.8, 17.4])
    ease = min(1.0, t)
    roll, pitch, yaw = np.radians(_SWING) * ease * np.sin(2 * math.pi * t / periods + phases)
    return float(roll), float(pitch), float(yaw)


# ---------------------------------------------------------------------------------------------- coming and going, cost
def visits(walker: Walker, count: int, seed: int) -> dict[str, Any]:
    """Somebody stands before the camera all at once, and is gone all at once: how soon is that told?"""
    rng = np.random.default_rng(seed)
    delays: dict[str, list[float]] = {"present_ms": [], "confirmed_ms": [], "leave_ms": []}
    missed = 0
    for _ in range(count):
        place = Place(float(rng.uniform(-200, 200)), float(rng.uniform(600, 1400)), float(rng.uniform(-60, 60)))
        first, begin, stay = int(rng.integers(100)), int(rng.integers(5, 25)), 5 * RATE
        images = [_scene([], n) for n in range(begin)]
        images += [_scene([(walker, place, first + n)], n) for n in range(stay)]
        images += [_scene([], n) for n in range(2 * RATE)]
        watch = Watch().show(images).close()
        came, left = begin * STEP_NS, (begin + stay) * STEP_NS
        for key, since, condition in (
            ("present_ms", came, _anybody),
            ("confirmed_ms", came, _confirmed),
            ("leave_ms", left, lambda persons: not persons.persons),
        ):
            at = next((now for now, persons in watch.told if now >= since and condition(persons)), None)
            if at is None:
                missed += 1
            else:
                delays[key].append((at - since) / MS)
    report: dict[str, Any] = {key: _spread(values) for key, values in delays.items()}
    return {**report, "visits": {"n": count, "missed": missed}}


def _spread(values: list[float]) -> dict[str, float] | None:
    return {"p50": round(median(values), 1), "max": round(max(values), 1)} if values else None


def _anybody(persons: Persons) -> bool:
    return bool(persons.persons)


def _confirmed(persons: Persons) -> bool:
    return any(person.presence is Presence.CONFIRMED for person in persons.persons)


def costs(walker: Walker, seconds: int) -> dict[str, float]:
    """CPU time a picture, all threads, with one visitor in view."""
    report = {}
    for name, size in (("vga", VGA), ("hd", HD)):
        watch = Watch()
        watch.show(_scene([(walker, Place(0, 900), n)], n, size) for n in range(RATE))  # the first are slow
        watch.cpu_ms.clear()
        images = [_scene([(walker, Place(0, 900), n)], n, size) for n in range(seconds * RATE)]
        watch.show(images).close()
        report[name] = round(float(np.mean(watch.cpu_ms)), 2)
    return report


def smallest_faces(walker: Walker, pictures: int) -> dict[str, int | None]:
    """The smallest face, px wide, of which head and gaze are read in nine of ten pictures."""
    report: dict[str, int | None] = {}
    for name, size in (("vga", VGA), ("hd", HD)):
        focal = max(size) / 2 / math.tan(math.radians(FIELD_OF_VIEW) / 2)
        report[name] = None
        for pixels in _SIZES_PX:
            place = Place(0, FACE_WIDTH_MM * focal / pixels)
            watch = Watch().show(_scene([(walker, place, n)], n, size) for n in range(pictures)).close()
            read = sum(any(person.attention > 0 for person in persons.persons) for _, persons in watch.told)
            if read < _SEEN_SHARE * pictures:
                break
            report[name] = pixels
    return report


def _scene(people: list[tuple[Walker, Place, int]], number: int, size: tuple[int, int] = VGA) -> Array:
    """A room with people, the nearest in front."""
    image = wall(size, number)
    for walker, place, at in sorted(people, key=lambda one: -one[1].distance):
        walker.paste(image, place, at)
    return image


# ---------------------------------------------------------------------------------- what is no person, and who
def posters(count: int, seconds: int, seed: int) -> dict[str, Any]:
    """Pictures of a face that are held, moved, tilted and lit: how many are taken for people?"""
    head = PosedHead((480, 480))
    confirmed = 0
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        angles = rng.uniform(-0.25, 0.25, 3)
        picture, _ = head.draw((float(angles[0]), float(angles[1]), float(angles[2])), blink=float(rng.uniform(0, 0.4)))
        cv2.setRNGSeed(seed * 1000 + number)
        still, tilt = number % 4 == 0, 0.0 if number % 4 < 2 else _POSTER_TILT
        images = (_held(picture, 0.0 if still else n * 0.1, tilt, n) for n in range(seconds * RATE))
        watch = Watch().show(images).close()
        confirmed += any(_confirmed(persons) for _, persons in watch.told)
    head.close()
    return {"false_persons": confirmed, "posters": {"n": count, "seconds_each": seconds}}


def _held(picture: Array, phase: float, tilt: float, number: int) -> Array:
    """A flat picture in somebody's hands before a wall, under light that flickers."""
    side = len(picture)
    yaw, pitch = math.radians(tilt) * math.sin(phase), 0.5 * math.radians(tilt) * math.sin(0.7 * phase)
    roll = math.radians(4) * math.sin(0.6 * phase)
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], float) * 150
    turn = cv2.Rodrigues(np.array([pitch, yaw, roll]))[0]
    away = 600 * (1 + 0.15 * math.sin(0.5 * phase))
    place = np.array([25 * math.sin(phase), 15 * math.sin(1.3 * phase), away])
    seen = corners @ turn.T + place
    focal = VGA[0] / 2 / math.tan(math.radians(FIELD_OF_VIEW) / 2)
    target = (seen[:, :2] / seen[:, 2:] * focal + np.array(VGA) / 2).astype(np.float32)
    flat = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32)
    canvas = wall(VGA, number)
    warp = cv2.getPerspectiveTransform(flat, target)
    cv2.warpPerspective(picture, warp, VGA, dst=canvas, borderMode=cv2.BORDER_TRANSPARENT)
    canvas = cv2.convertScaleAbs(canvas, alpha=1 + 0.08 * math.sin(phase * 3))
    noise = cv2.randn(np.empty(canvas.shape, np.int16), np.zeros(3), np.full(3, 3.0))
    return np.asarray(cv2.add(canvas, noise, dtype=cv2.CV_8U), np.uint8)


def crossings(first: Walker, second: Walker, count: int, seed: int) -> dict[str, Any]:
    """Two who walk past each other, one behind the other: how often does somebody get another id?"""
    rng = np.random.default_rng(seed)
    switches = 0
    for _ in range(count):
        near, far = float(rng.uniform(900, 1100)), float(rng.uniform(1250, 1600))
        seconds = float(rng.uniform(2.0, 4.0))
        truth: list[tuple[Box, Box]] = []
        images = []
        for n in range(round(seconds * RATE) + RATE):
            share = min(1.0, n / (seconds * RATE))
            image = wall(VGA, n)
            across = -350 + 700 * share
            behind = second.paste(image, Place(-across * far / near, far), n)
            before = first.paste(image, Place(across, near), n + 40)
            truth.append((before, behind))
            images.append(image)
        watch = Watch().show(images).close()
        switches += _switches(watch.told, truth)
    return {"id_switches": switches, "crossings": {"n": count}}


def _switches(told: list[tuple[int, Persons]], truth: list[tuple[Box, Box]]) -> int:
    """How often the id at a walker's face is another one than before."""
    known = ["", ""]
    count = 0
    for _, persons in told:
        number = persons.media_ns // STEP_NS
        if number >= len(truth):
            continue
        for walker, face in enumerate(truth[number]):
            other = truth[number][1 - walker]
            if _overlap(face, other) > 0.05:
                continue  # nobody can say whose face it is
            best = max(persons.persons, key=lambda person: _overlap(person.box, face), default=None)
            if best is not None and _overlap(best.box, face) > 0.3:
                count += known[walker] not in ("", best.person_id)
                known[walker] = best.person_id
    return count


def _overlap(a: Box, b: Box) -> float:
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(0.0, width) * max(0.0, height)
    return shared / max(1e-9, a[2] * a[3] + b[2] * b[3] - shared)


def run(quick: bool, seed: int) -> dict[str, Any]:
    """The report of `visavis bench perception`.

    Raises:
        EngineError: the eyes or the avatar cannot be loaded.
    """
    begin, machine = time.perf_counter(), describe_machine()
    walker, other = Walker(), Walker(hue=150)
    report: dict[str, Any] = {}
    parts: tuple[tuple[str, Callable[[], dict[str, Any]]], ...] = (
        ("cost", lambda: {"cpu_ms": costs(walker, 4 if quick else 20)}),
        ("head pose", lambda: poses(quick, seed)),
        ("coming and going", lambda: visits(walker, 3 if quick else 12, seed)),
        ("far faces", lambda: {"min_face_px": smallest_faces(walker, 10 if quick else 30)}),
        ("posters", lambda: posters(2 if quick else 12, 6 if quick else 20, seed)),
        ("crossings", lambda: crossings(walker, other, 2 if quick else 12, seed)),
    )
    for name, part in parts:
        report |= part()
        print(f"{name}: {time.perf_counter() - begin:.0f} s", file=sys.stderr)
    return {
        "bench": "perception",
        "version": package_version(),
        "machine": machine,
        "engines": {"perception": "facemesh"},
        "path": "session",
        "data": "renders of the hero before a camera of 60° (head pose: a long lens); two visitors differ in clothes",
        **report,
        "seconds": round(time.perf_counter() - begin, 1),
        "notes": [
            "CPU time of all threads of the process for one picture, one visitor in view; 25 pictures a second",
            "the stage alone on the offline host: delays include its declared latency, not a camera's",
            "min_face_px: width of the face of which head and gaze are read in 9 of 10 pictures",
            "our hero is drawn, not a person: her proportions are not those of the people FaceMesh was made for",
        ],
    }
