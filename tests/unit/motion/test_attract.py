"""Passers-by are looked at, smiled at and waved at: seldom, and only while the agent talks to nobody."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from tests.unit.motion.scene import Scene
from visavis_agent.core.arkit import ARKIT_INDEX
from visavis_agent.core.records import BodyMotion, FaceMotion, Person, Persons, Phase, Presence, Zone
from visavis_agent.motion.attract import WAVES_APART, Attract, Lure
from visavis_agent.motion.settings import MotionSettings

STEP = 0.04


def somebody(
    name: str = "p1",
    attention: float = 0.9,
    presence: Presence = Presence.CONFIRMED,
    zone: Zone = Zone.PASSING,
    side: float = 0.1,
    left: float = 1.0,
) -> Person:
    return Person(
        person_id=name,
        presence=presence,
        box=(0.4, 0.4, side, side),
        position=(2.5, left, 0.0),
        attention=attention,
        zone=zone,
    )


def course(
    seconds: float,
    view: Callable[[float], Sequence[Person]],
    manner: str = "wave",
    free: Callable[[float], bool] = lambda _: True,
) -> list[Lure]:
    attract = Attract(np.random.default_rng(1), manner)
    times = np.arange(round(seconds / STEP)) * STEP
    return [attract.step(float(t), STEP, view(float(t)), free(float(t))) for t in times]


def looks(lures: Sequence[Lure]) -> list[str]:
    """Whom it turned to, in order."""
    return [lure.person.person_id for lure in lures if lure.noticed and lure.person]


def share_looked(lures: Sequence[Lure]) -> float:
    return float(np.mean([lure.person is not None for lure in lures]))


def test_a_passer_by_who_does_not_look_gets_one_smile_and_no_wave() -> None:
    lures = course(60, lambda _: [somebody(attention=0.1)])
    assert looks(lures) == ["p1"]
    assert not any(lure.wave for lure in lures)
    assert max(lure.smile for lure in lures) > 0.9
    assert lures[-1].smile < 0.01
    assert share_looked(lures) < 0.08


def test_who_stands_and_looks_back_is_waved_at_once_and_looked_at_now_and_then() -> None:
    lures = course(120, lambda _: [somebody()])
    waves = [n * STEP for n, lure in enumerate(lures) if lure.wave]
    assert len(waves) == 1
    assert 0.5 < waves[0] < 1.5
    assert 5 <= len(looks(lures)) <= 12
    assert 0.1 < share_looked(lures) < 0.4


def test_a_crowd_is_not_waved_at_one_by_one() -> None:
    lures = course(100, lambda t: [somebody(f"p{int(t)}")])
    waves = [n * STEP for n, lure in enumerate(lures) if lure.wave]
    assert 1 <= len(waves) <= 4
    assert min(np.diff(waves), default=WAVES_APART) >= WAVES_APART


def test_a_poster_gets_one_look() -> None:
    lures = course(60, lambda _: [somebody(presence=Presence.PRESENT)])
    assert looks(lures) == ["p1"]
    assert not any(lure.wave for lure in lures)


def test_who_was_talked_with_is_not_waved_at_when_he_steps_back() -> None:
    zones = (Zone.ENGAGED, Zone.LEAVING, Zone.PASSING)
    lures = course(30, lambda t: [somebody(zone=zones[min(2, int(t / 5))])], free=lambda t: t >= 5)
    assert not any(lure.wave for lure in lures)


def test_who_comes_nearer_is_looked_at_first() -> None:
    view = [somebody("large", side=0.3), somebody("coming", zone=Zone.APPROACHING)]
    assert looks(course(1, lambda _: view)) == ["coming"]


@pytest.mark.parametrize(("manner", "seen", "waved"), [("off", 0, 0), ("look", 1, 0), ("wave", 1, 1)])
def test_the_manner_is_a_setting(manner: str, seen: int, waved: int) -> None:
    lures = course(6, lambda _: [somebody()], manner)
    assert (len(looks(lures)), sum(lure.wave for lure in lures)) == (seen, waved)


def test_it_stops_at_once_when_it_talks_to_somebody_or_they_go() -> None:
    lures = course(3, lambda t: [somebody()] if t < 2 else [], free=lambda t: t < 1)
    assert lures[round(0.96 / STEP)].person is not None
    assert all(lure.person is None for lure in lures[round(1.04 / STEP) :])


def stands(scene: Scene, seconds: float, person: Person, engaged: str = "") -> None:
    for _ in range(round(seconds * 10)):
        scene.stage.handle(Persons(media_ns=scene.now(), persons=(person,), engaged_id=engaged))
        scene.wait(100)


def smile(face: FaceMotion) -> float:
    return float(face.coefficients[ARKIT_INDEX["mouthSmileLeft"]])


def test_the_avatar_turns_smiles_and_waves_and_comes_to_rest() -> None:
    scene = Scene()
    scene.turn(phase=Phase.IDLE)
    scene.wait(2000)
    before = scene.host.of(FaceMotion)[-1]
    begin = len(scene.host.of(FaceMotion))
    stands(scene, 12, somebody())
    faces, bodies = scene.host.of(FaceMotion)[begin:], scene.host.of(BodyMotion)[begin:]
    greeted = faces[100]  # after 2 s
    assert greeted.head[2] > before.head[2] + np.radians(5)  # the visitor stands on its left
    assert smile(greeted) > smile(before) + 0.08
    assert {"wave"} <= {body.gesture for body in bodies[:150]}
    assert not any(body.gesture for body in bodies[-100:])
    assert abs(faces[-1].head[2]) < np.radians(6)


def test_nobody_is_waved_at_over_a_conversation() -> None:
    for phase, engaged, manner in ((Phase.SPEAKING, "", "wave"), (Phase.IDLE, "p0", "wave"), (Phase.IDLE, "", "off")):
        scene = Scene(settings=MotionSettings(attract=manner))
        scene.turn(phase=phase)
        stands(scene, 3, somebody(), engaged)
        assert not any(body.gesture for body in scene.host.of(BodyMotion))
