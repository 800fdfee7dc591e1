"""Pose and Hands see the hero's gestures, which motion makes at known times, and nothing in hands at rest."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tests.unit.fake_host import FakeHost
from visavis_agent.core.arkit import coefficients
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.errors import EngineError
from visavis_agent.core.records import BodyMotion, FaceMotion, GestureRequest, HandGesture
from visavis_agent.motion.settings import MotionSettings
from visavis_agent.motion.stage import MotionStage
from visavis_agent.perception.body import BodyReader
from visavis_agent.perception.eyes import Box
from visavis_agent.perception.hands import GestureReader, Shown
from visavis_agent.rendering.avatars import open_avatar
from visavis_agent.rendering.renderer import Renderer

STEP = 166 * MS
FACE = Box(270, 80, 100, 115)  # the hero's in the framing "half"


@pytest.fixture(scope="module")
def reader() -> Iterator[BodyReader]:
    body = BodyReader()
    yield body
    body.close()


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(open_avatar("hero"), (640, 480), framing="half")


def seen(reader: BodyReader, renderer: Renderer, gesture: str, seconds: float) -> list[Shown]:
    host = FakeHost()
    stage = MotionStage(MotionSettings(), host)
    stage.start()
    host.advance(500 * MS)
    stage.handle(GestureRequest(media_ns=host.now(), name=gesture, intensity=1.0))
    signs, shown = GestureReader(), []
    for _ in range(round(seconds * SECOND / STEP)):
        host.advance(STEP)
        image, _ = renderer.draw(host.of(FaceMotion)[-1], host.of(BodyMotion)[-1])
        shown.append(signs.read(reader.see(image, FACE), host.now()))
    return shown


@pytest.mark.parametrize(
    ("gesture", "expected"),
    [
        ("wave", HandGesture.WAVE),
        ("thumbs_up", HandGesture.THUMBS_UP),
        ("open", HandGesture.NONE),
    ],
)
def test_what_the_hero_does_is_what_is_seen(
    reader: BodyReader, renderer: Renderer, gesture: str, expected: HandGesture
) -> None:
    shown = {one.gesture for one in seen(reader, renderer, gesture, 2.2)}
    assert expected in shown
    assert shown <= {expected, HandGesture.NONE, *((HandGesture.RAISED_HAND,) if gesture == "wave" else ())}


def test_no_body_is_seen_in_an_empty_a_tiny_or_somebody_elses_picture(reader: BodyReader, renderer: Renderer) -> None:
    hero, _ = renderer.draw(FaceMotion(media_ns=0, coefficients=coefficients()))
    assert reader.see(np.full((480, 640, 3), 120, np.uint8), FACE) is None
    assert reader.see(np.zeros((1, 1, 3), np.uint8), Box(0, 0, 1, 1)) is None
    assert reader.see(hero, Box(5000, 80, 100, 115)) is None
    assert reader.see(hero, Box(20, 380, 60, 60)) is None


def test_missing_models_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from mediapipe.python.solutions import pose

    def fail(**_: object) -> None:
        raise FileNotFoundError("no pose_landmark_full.tflite")

    monkeypatch.setattr(pose, "Pose", fail)
    with pytest.raises(EngineError, match="Pose and Hands cannot be loaded"):
        BodyReader()
