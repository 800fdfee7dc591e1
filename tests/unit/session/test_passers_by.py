"""Somebody walks past, somebody else comes up and goes: pictures in; looks, waves and words out, each once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pytest

from visavis_agent.core.arkit import ARKIT_INDEX
from visavis_agent.core.clock import SECOND
from visavis_agent.core.records import (
    BodyMotion,
    CameraImage,
    FaceMotion,
    Persons,
    Record,
    SpeechPlan,
    TextSource,
    UserTurn,
    Zone,
)
from visavis_agent.deployment import Deployment
from visavis_agent.evaluation.rendered_visitor import Place, Walker, wall
from visavis_agent.session.loop import Session

STAGES = ("perception", "conversation", "dialogue", "speech", "playback", "motion")
RATE = 10
PASSES, COMES, STANDS, GOES, END = (0.0, 4.5), 6.0, (9.0, 15.0), 17.5, 20.0


def place(time: float) -> Place | None:
    """Where somebody is at `time` s: past at 2.2 m, then to 1 m before the screen and off to the side."""
    begin, end = PASSES
    if time < end:
        return Place(-1250 + 2500 * (time - begin) / (end - begin), 2200, 50)
    here, away = STANDS
    if time < COMES or time >= GOES:
        return None
    if time < here:
        return Place(100, 2500 - 1500 * (time - COMES) / (here - COMES))
    left = max(0.0, (time - away) / (GOES - away))
    return Place(100 + 1500 * left, 1000 + 1200 * left)


@dataclass
class Course:
    """What the agent did, with the times in s."""

    persons: list[tuple[float, Persons]] = field(default_factory=list)
    turns: list[tuple[float, UserTurn]] = field(default_factory=list)
    plans: list[tuple[float, SpeechPlan]] = field(default_factory=list)
    faces: list[tuple[float, FaceMotion]] = field(default_factory=list)
    bodies: list[tuple[float, BodyMotion]] = field(default_factory=list)

    def tap(self, record: Record, at_ns: int) -> None:
        kept = {Persons: self.persons, UserTurn: self.turns, SpeechPlan: self.plans}
        kept |= {FaceMotion: self.faces, BodyMotion: self.bodies}
        if type(record) in kept:
            kept[type(record)].append((at_ns / SECOND, record))  # type: ignore[attr-defined]

    def smile(self, begin: float, end: float) -> float:
        column = ARKIT_INDEX["mouthSmileLeft"]
        return max(float(face.coefficients[column]) for time, face in self.faces if begin <= time < end)

    def waves(self, begin: float, end: float) -> int:
        """How often the arms go up."""
        rest = self.bodies[0][1].rotations
        moved = [np.abs(body.rotations - rest).max() > 0.4 for time, body in self.bodies if begin <= time < end]
        return int(np.count_nonzero(np.diff(np.array(moved, np.int8)) > 0))


@pytest.fixture(scope="module")
def course() -> Course:
    settings = {name: Deployment.read(None, seed=0).settings[name] for name in STAGES}
    settings["perception"] = replace(settings["perception"], gestures_hz=0.0)
    walker, seen = Walker(), Course()
    with Session(settings, 0, seen.tap, (CameraImage,)) as session:

        def show(number: int) -> None:
            image: npt.NDArray[np.uint8] = wall((640, 480), number)
            where = place(number / RATE)
            if where is not None:
                walker.paste(image, where, round(number * 25 / RATE))
            session.send(CameraImage(media_ns=session.now, image=image))

        for number in range(round(END * RATE)):
            session.outside(number * SECOND // RATE, lambda number=number: show(number))  # type: ignore[misc]
        session.run(lambda: round(END * SECOND))
    return seen


def test_both_are_seen_as_who_they_are(course: Course) -> None:
    ids = {person.person_id for _, record in course.persons for person in record.persons}
    assert ids == {"person-1", "person-2"}
    zones = {(person.person_id, person.zone) for _, record in course.persons for person in record.persons}
    assert ("person-1", Zone.ENGAGED) not in zones
    assert ("person-2", Zone.APPROACHING) in zones
    assert ("person-2", Zone.ENGAGED) in zones


def test_who_walks_past_and_looks_gets_a_smile_and_one_wave_and_no_words(course: Course) -> None:
    assert course.smile(*PASSES) > course.smile(0.0, 0.2) + 0.2
    assert course.waves(*PASSES) == 1
    assert course.waves(PASSES[1], COMES) == 0
    assert all(time > COMES for time, _ in course.plans)


def test_who_comes_up_is_greeted_once_and_not_pressed(course: Course) -> None:
    greeted = [time for time, turn in course.turns if turn.source is TextSource.SERVICE]
    assert len(greeted) == 1
    assert COMES < greeted[0] < STANDS[0] + 1.0
    said = [(time, plan.text) for time, plan in course.plans if plan.text]
    assert any("welcome" in text.lower() for time, text in said if time < STANDS[0] + 1.0)
    assert not [text for time, text in said if STANDS[0] + 1.0 < time < GOES]
    assert course.waves(greeted[0] + 4, GOES) == 0


def test_who_has_gone_is_said_good_bye_to_once(course: Course) -> None:
    parted = [time for time, turn in course.turns if turn.source is TextSource.GESTURE]
    assert len(parted) == 1
    assert GOES - 1.0 < parted[0] < END
    assert any(time >= parted[0] and plan.text for time, plan in course.plans)
