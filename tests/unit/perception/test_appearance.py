"""Clothes tell two persons apart who cross; the same person stays alike in another light."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.perception.faces import Image
from visavis_agent.core.clock import MS
from visavis_agent.perception.appearance import Appearance, appearance, likeness
from visavis_agent.perception.eyes import Box, Face
from visavis_agent.perception.tracking import Tracker

BOX = Box(260, 100, 100, 120)
STEP = 40 * MS


def somebody(clothes: tuple[int, int, int], light: float = 1.0) -> Appearance:
    image: Image = np.full((480, 640, 3), (200, 160, 140), np.uint8)
    image[240:] = clothes
    return appearance((image * light).astype(np.uint8), BOX)


def test_other_clothes_are_told_and_dimmer_light_is_not() -> None:
    red = somebody((180, 30, 30))
    assert likeness(red, red) == pytest.approx(1.0)
    assert likeness(red, somebody((180, 30, 30), light=0.7)) > 0.9
    assert likeness(red, somebody((30, 60, 180))) < 0.6


def test_a_face_at_the_edge_of_the_picture_has_looks_too() -> None:
    image = np.zeros((480, 640, 3), np.uint8)
    for box in (Box(-80, -90, 100, 120), Box(600, 440, 100, 120), Box(700, 500, 10, 10), Box(5, 5, 0, 0)):
        seen = appearance(image, box)
        assert np.isfinite(seen).all()
        assert 0 <= likeness(seen, somebody((180, 30, 30))) <= 1


def test_two_who_cross_behind_each_other_keep_their_ids() -> None:
    red, blue = somebody((180, 30, 30)), somebody((30, 60, 180))
    tracker = Tracker()
    for n in range(60):
        near, far = 100.0 + 6 * n, 460.0 - 6 * n
        faces = [Face(Box(near, 100, 100, 100), None, 0.9, red)]
        if abs(near - far) > 80:  # else hidden behind the other
            faces.append(Face(Box(far, 105, 80, 80), None, 0.9, blue))
        tracker.update(faces, n * STEP)
    assert len(tracker.tracks) == 2
    first, second = tracker.track("person-1"), tracker.track("person-2")
    assert first is not None
    assert second is not None
    assert first.face.box.x > 400
    assert second.face.box.x < 150
