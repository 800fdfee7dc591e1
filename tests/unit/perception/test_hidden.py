"""A mouth behind a mask and eyes behind dark glasses are told, and nothing is read of them; beards hide nothing."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.perception.faces import Head, Image, Points, noisy
from tests.unit.perception.test_stage import Borrowed, watch
from tests.unit.perception.worn import COLOURS, with_mask, with_sunglasses
from visavis_agent.core.arkit import coefficients
from visavis_agent.core.clock import MS
from visavis_agent.core.records import FaceAffect, FaceMotion, Persons
from visavis_agent.perception.facemesh import FaceMeshEyes
from visavis_agent.perception.hidden import Hidden, covered
from visavis_agent.rendering.avatars import open_avatar
from visavis_agent.rendering.renderer import Renderer

BARE, MASKED, SHADED = (False, False), (True, False), (False, True)


def mesh(eyes: FaceMeshEyes, image: Image) -> Points:
    """As the eyes see it after some pictures."""
    eyes.forget()
    for n in range(2):
        (face,) = eyes.see(image, n * 40 * MS, None)
    assert face.points is not None
    return face.points


def told(eyes: FaceMeshEyes, image: Image) -> tuple[bool, bool]:
    return covered(image, mesh(eyes, image))


def drawn(name: str, **expression: float) -> Image:
    renderer = Renderer(open_avatar(name), (640, 480))
    image, _ = renderer.draw(FaceMotion(media_ns=0, coefficients=coefficients(**expression), head=(0.05, 0.1, 0.2)))
    renderer.close()
    return image


@pytest.mark.parametrize("light", [0.4, 1.0])
@pytest.mark.parametrize("colour", COLOURS)
def test_a_mask_hides_the_mouth(eyes: FaceMeshEyes, still: Image, colour: str, light: float) -> None:
    image = (with_mask(still, mesh(eyes, still), colour) * light).astype(np.uint8)
    assert told(eyes, noisy(image, 3, 1)) == MASKED


@pytest.mark.parametrize("colour", [(25, 22, 25), (80, 50, 35)])
def test_sunglasses_hide_the_eyes(eyes: FaceMeshEyes, still: Image, colour: tuple[int, int, int]) -> None:
    assert told(eyes, noisy(with_sunglasses(still, mesh(eyes, still), colour), 3, 1)) == SHADED


@pytest.mark.parametrize("light", [0.4, 1.0])
def test_a_bare_face_with_reading_glasses_hides_nothing(eyes: FaceMeshEyes, still: Image, light: float) -> None:
    assert told(eyes, noisy((still * light).astype(np.uint8), 3, 1)) == BARE


@pytest.mark.parametrize("expression", [{}, {"jawOpen": 0.6}, {"mouthSmile": 0.9}, {"eyeBlink": 1.0}])
def test_no_expression_hides_a_face(eyes: FaceMeshEyes, expression: dict[str, float]) -> None:
    assert told(eyes, drawn("hero", **expression)) == BARE


def test_a_beard_is_no_mask_and_a_mask_over_it_is(eyes: FaceMeshEyes) -> None:
    bearded = drawn("gentleman")
    assert told(eyes, bearded) == BARE
    assert told(eyes, with_mask(bearded, mesh(eyes, bearded), "blue")) == MASKED


def test_without_colours_a_beard_and_a_mask_look_alike_and_no_mouth_is_called_hidden(eyes: FaceMeshEyes) -> None:
    bearded = drawn("gentleman")
    grey = np.repeat(cv2.cvtColor(bearded, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    assert told(eyes, grey) == BARE


def test_of_a_face_too_small_to_tell_nothing_is_claimed(eyes: FaceMeshEyes, still: Image) -> None:
    points = mesh(eyes, still)
    masked = with_mask(still, points, "black")
    small = np.asarray(cv2.resize(masked, None, fx=0.1, fy=0.1, interpolation=cv2.INTER_AREA), np.uint8)
    assert covered(small, points * 0.1) == BARE


@given(st.integers(0, 10_000), st.integers(1, 90), st.integers(1, 90), st.floats(1.0, 4000.0))
def test_any_mesh_on_any_picture_is_looked_at(seed: int, height: int, width: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    told = covered(rng.integers(0, 256, (height, width, 3)).astype(np.uint8), rng.normal(0, scale, (478, 3)))
    assert all(isinstance(hidden, bool) for hidden in told) and len(told) == 2


def test_it_takes_more_than_a_picture_to_hide_a_mouth_and_to_show_it(eyes: FaceMeshEyes, still: Image) -> None:
    points = mesh(eyes, still)
    masked, hidden = with_mask(still, points, "white"), Hidden()
    seen = []
    for n, image in enumerate([still, still, masked, still, still, *[masked] * 6, still, masked, *[still] * 6]):
        hidden.watch(image, points, n * 200 * MS)
        seen.append(hidden.mouth)
    assert not any(seen[:6])
    assert all(seen[8:13])
    assert not seen[-1]
    assert not hidden.eyes


def test_of_a_masked_visitor_the_mouth_is_not_read_and_the_face_less_surely(
    monkeypatch: pytest.MonkeyPatch, eyes: FaceMeshEyes, still: Image
) -> None:
    masked = with_mask(still, mesh(eyes, still), "blue")
    head = Head.on(masked, mesh(eyes, masked))
    eyes.forget()
    host = watch(monkeypatch, Borrowed(eyes), [noisy(head.drawn(yaw=14 * np.sin(n * 0.2)), 3, n) for n in range(26)])
    person = host.of(Persons)[-1].persons[0]
    assert (person.mouth_hidden, person.eyes_hidden, person.mouth_open) == (True, False, 0.0)
    affects = host.of(FaceAffect)
    assert affects
    for affect in affects:
        units = dict(zip(affect.action_units, affect.intensities, strict=True))
        assert not any(units[unit] for unit in (10, 12, 15, 18, 20, 25, 26))
    assert 0 < affects[-1].emotion.confidence <= 0.4 * 0.7


def test_of_a_visitor_with_sunglasses_no_gaze_is_told(
    monkeypatch: pytest.MonkeyPatch, eyes: FaceMeshEyes, still: Image
) -> None:
    shaded = with_sunglasses(still, mesh(eyes, still))
    eyes.forget()
    host = watch(monkeypatch, Borrowed(eyes), [noisy(shaded, 3, n) for n in range(3)])
    person = host.of(Persons)[-1].persons[0]
    assert (person.mouth_hidden, person.eyes_hidden, person.gaze) == (False, True, (0.0, 0.0))
    assert person.attention > 0.5
