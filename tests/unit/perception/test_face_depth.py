"""Flat faces nod by more than their mesh does; the gain is found per person."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.perception.faces import Head, Image
from tests.unit.perception.test_head_pose import pose_of
from visavis_agent.core.arkit import coefficients
from visavis_agent.core.clock import MS
from visavis_agent.core.records import FaceMotion
from visavis_agent.perception.face_depth import USUAL_PITCH_GAIN, FaceDepth, face_depth, gain_of
from visavis_agent.perception.face_table import TABLE, Points
from visavis_agent.perception.facemesh import FaceMeshEyes
from visavis_agent.perception.head_pose import full_turn
from visavis_agent.rendering.avatars import open_avatar
from visavis_agent.rendering.renderer import Renderer


def deep(share: float) -> Points:
    """The average face with its depth scaled."""
    return np.where(np.isnan(TABLE), 0.0, TABLE) * (1.0, 1.0, share)


def test_people_have_the_usual_gain() -> None:
    depth = FaceDepth()
    assert depth.pitch_gain == USUAL_PITCH_GAIN
    depth.learn(deep(1.0), 0)
    assert depth.pitch_gain == pytest.approx(USUAL_PITCH_GAIN, abs=0.01)
    assert face_depth(deep(1.0)) == pytest.approx(0.53, abs=0.01)


def test_the_flatter_the_face_the_larger_the_gain_within_bounds() -> None:
    gains = [gain_of(face_depth(deep(share))) for share in (1.2, 1.0, 0.95, 0.9, 0.85, 0.3)]
    assert gains == sorted(gains)
    assert (gains[0], gains[-1]) == (1.0, 1.5)


def test_neither_one_reading_nor_many_in_a_moment_settle_it() -> None:
    depth = FaceDepth()
    for n in range(10):
        depth.learn(deep(0.8), n * 20 * MS)
    assert depth.pitch_gain == USUAL_PITCH_GAIN
    for n in range(10):
        depth.learn(deep(0.8), n * 200 * MS)
    assert depth.pitch_gain == 1.5
    depth.learn(deep(1.4), 2200 * MS)
    assert depth.pitch_gain == 1.5


def slope(eyes: FaceMeshEyes, pictures: dict[float, Image]) -> float:
    """What is read of a nod, as a share of it, once the face is known; degrees → picture."""
    depth, read = FaceDepth(), []
    eyes.forget()
    for round_ in range(2):
        read.clear()
        for n, image in enumerate(pictures.values()):
            (face,) = eyes.see(image, (10 * round_ + n) * 200 * MS, None)
            assert face.points is not None
            pose = pose_of(face.points)
            depth.learn(pose.shape, (10 * round_ + n) * 200 * MS)
            read.append(np.degrees(full_turn(pose.angles, depth.pitch_gain)[1]))
    return float(np.polyfit(list(pictures), read, 1)[0])


def test_a_drawn_face_and_a_persons_are_both_read_by_as_much_as_they_nod(eyes: FaceMeshEyes, head: Head) -> None:
    nods = (-16.0, -8.0, 0.0, 8.0, 16.0)
    assert slope(eyes, {nod: head.drawn(pitch=nod) for nod in nods}) == pytest.approx(1.0, abs=0.15)
    renderer = Renderer(open_avatar("hero"), (640, 480))
    turns = {nod: (0.0, float(np.radians(nod)), 0.0) for nod in nods}
    faces = {nod: FaceMotion(media_ns=0, coefficients=coefficients(), head=turn) for nod, turn in turns.items()}
    drawn = {nod: renderer.draw(face)[0] for nod, face in faces.items()}
    renderer.close()
    assert slope(eyes, drawn) == pytest.approx(1.0, abs=0.15)
