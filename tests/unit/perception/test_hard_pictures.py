"""Pictures that are no picture of a person, or a bad one: nothing fails, and nobody is confirmed who is not alive."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.perception.faces import Head, Image, camera, framed, held, noisy
from tests.unit.perception.test_stage import FACE, SMALL, Borrowed, course, watch
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.records import Level, Persons, Presence
from visavis_agent.perception.facemesh import FaceMeshEyes
from visavis_agent.perception.warm_up import drawn_face


def lit(image: Image, share: float) -> Image:
    return np.clip(image * share, 0, 255).astype(np.uint8)


def confirmed(monkeypatch: pytest.MonkeyPatch, eyes: FaceMeshEyes, images: list[Image]) -> bool:
    return Presence.CONFIRMED in course(watch(monkeypatch, Borrowed(eyes), images))


def test_a_drawing_is_somebody_at_most_and_never_alive(monkeypatch: pytest.MonkeyPatch, eyes: FaceMeshEyes) -> None:
    drawing = drawn_face(320)
    assert not confirmed(monkeypatch, eyes, [noisy(held(drawing, n * 0.2, 15.0), 3, n) for n in range(50)])


def drawn_cat() -> Image:
    image = np.full((320, 320, 3), (150, 170, 140), np.uint8)
    fur = (205, 150, 90)
    for side in (-1, 1):
        ear = [[160 + side * 95, 120], [160 + side * 85, 0], [160 + side * 10, 80]]
        cv2.fillPoly(image, [np.array(ear)], fur)
    cv2.ellipse(image, (160, 180), (115, 105), 0, 0, 360, fur, -1)
    cv2.ellipse(image, (160, 225), (45, 32), 0, 0, 360, (240, 225, 205), -1)
    for side in (-1, 1):
        cv2.ellipse(image, (160 + side * 45, 155), (24, 18), 0, 0, 360, (120, 180, 60), -1)
        cv2.ellipse(image, (160 + side * 45, 155), (6, 17), 0, 0, 360, (10, 10, 10), -1)
        cv2.ellipse(image, (160 + side * 14, 228), (14, 10), 0, 0, 180, (70, 40, 30), 2)
    cv2.fillPoly(image, [np.array([[146, 202], [174, 202], [160, 220]])], (220, 120, 120))
    return image


def drawn_dog() -> Image:
    """With a short muzzle: the detector takes it for a face."""
    image = np.full((320, 320, 3), (120, 150, 180), np.uint8)
    cv2.ellipse(image, (160, 160), (95, 110), 0, 0, 360, (130, 90, 60), -1)
    cv2.ellipse(image, (160, 230), (60, 55), 0, 0, 360, (225, 205, 180), -1)
    cv2.ellipse(image, (160, 200), (26, 18), 0, 0, 360, (15, 15, 15), -1)
    for side in (-1, 1):
        cv2.ellipse(image, (160 + side * 105, 150), (35, 90), side * 12, 0, 360, (80, 50, 30), -1)
        cv2.circle(image, (160 + side * 42, 130), 13, (20, 15, 10), -1)
        cv2.circle(image, (156 + side * 42, 126), 4, (255, 255, 255), -1)
    cv2.ellipse(image, (160, 245), (28, 18), 0, 0, 180, (60, 20, 20), 3)
    return image


@pytest.mark.parametrize("animal", [drawn_cat(), drawn_dog()], ids=["cat", "dog"])
def test_animals_are_not_taken_for_people(monkeypatch: pytest.MonkeyPatch, eyes: FaceMeshEyes, animal: Image) -> None:
    images = [held(noisy(animal, 8, n), n * 0.2, 15.0) for n in range(30)]
    host = watch(monkeypatch, Borrowed(eyes), images)
    assert Presence.CONFIRMED not in course(host)
    assert all(person.confidence < 0.85 for record in host.of(Persons) for person in record.persons)


def test_a_mask_worn_by_nobody_is_not_alive(monkeypatch: pytest.MonkeyPatch, eyes: FaceMeshEyes, still: Image) -> None:
    mask = np.full_like(still, 60)
    cv2.ellipse(mask, (320, 240), (95, 130), 0, 0, 360, (255, 255, 255), -1)
    holed = np.where(mask == 255, still, mask)
    assert not confirmed(monkeypatch, eyes, [noisy(np.roll(holed, n % 9, axis=1), 3, n) for n in range(40)])


def test_a_frozen_camera_shows_nobody_alive(monkeypatch: pytest.MonkeyPatch, eyes: FaceMeshEyes, still: Image) -> None:
    assert not confirmed(monkeypatch, eyes, [still] * 50)


def test_a_camera_that_freezes_shows_nobody_any_more_and_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    grain = [noisy(SMALL, 3, n) for n in range(2)]
    moving, frozen = [grain[n % 2] for n in range(25)], [grain[0]] * 150
    host = watch(monkeypatch, Borrowed(None, FACE), [*moving, *frozen])
    seen = [bool(record.persons) for record in host.of(Persons)]
    assert all(seen[:-1])
    assert not seen[-1]
    assert len(seen) == pytest.approx(150, abs=2)
    assert [(level, "same picture" in words) for level, words in host.diagnostics] == [(Level.WARN, True)]
    stage = host.stage  # type: ignore[attr-defined]
    stage.handle(camera(grain[1], host.now()))
    host.advance(100 * MS)
    assert host.of(Persons)[-1].persons[0].person_id == "person-2"
    assert host.diagnostics[-1][0] is Level.OK


@pytest.mark.parametrize("light", [1.0, 1.7])
def test_light_that_changes_makes_no_picture_alive(
    monkeypatch: pytest.MonkeyPatch, eyes: FaceMeshEyes, still: Image, light: float
) -> None:
    assert not confirmed(monkeypatch, eyes, [lit(still, light * (1.0 + 0.3 * np.sin(n * 0.5))) for n in range(40)])


def test_a_turning_head_is_alive_in_dim_light_too(
    monkeypatch: pytest.MonkeyPatch, eyes: FaceMeshEyes, head: Head
) -> None:
    images = [noisy(lit(head.drawn(yaw=18 * np.sin(n * 0.15)), 0.45), 2, n) for n in range(30)]
    assert confirmed(monkeypatch, eyes, images)


def test_in_darkness_nobody_is_seen_rather_than_somebody_invented(
    monkeypatch: pytest.MonkeyPatch, eyes: FaceMeshEyes, still: Image
) -> None:
    host = watch(monkeypatch, Borrowed(eyes), [noisy(lit(still, 0.01), 2, n) for n in range(10)])
    assert not host.of(Persons)[-1].persons


@pytest.mark.parametrize("shape", [(1, 1, 3), (33, 1, 3), (40, 4000, 3), (31, 500, 3)])
def test_pictures_of_odd_shapes_are_looked_at(
    monkeypatch: pytest.MonkeyPatch, eyes: FaceMeshEyes, shape: tuple[int, ...]
) -> None:
    host = watch(monkeypatch, Borrowed(eyes), [np.full(shape, 90, np.uint8)] * 3, gestures_hz=0.0)
    assert len(host.of(Persons)) == 3


def test_a_grey_picture_has_the_face_of_the_coloured_one(eyes: FaceMeshEyes, still: Image) -> None:
    grey = np.repeat(cv2.cvtColor(still, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    (coloured,) = eyes.see(still, 0, None)
    eyes.forget()
    (plain,) = eyes.see(grey, 0, None)
    assert plain.box.overlap(coloured.box) > 0.8


def test_at_240_pictures_a_second_no_more_are_looked_at_than_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Borrowed(None, FACE)
    watch(monkeypatch, engine, [SMALL] * 480, step=SECOND // 240)
    assert 45 <= len(engine.asked) <= 52


def test_who_is_there_after_the_camera_was_unplugged_is_somebody_new(monkeypatch: pytest.MonkeyPatch) -> None:
    host = watch(monkeypatch, Borrowed(None, FACE), [SMALL] * 5)
    host.advance(3 * SECOND)  # no pictures
    assert not host.of(Persons)[-1].persons
    stage = host.stage  # type: ignore[attr-defined]
    stage.handle(camera(SMALL, host.now()))
    host.advance(100 * MS)
    (person,) = host.of(Persons)[-1].persons
    assert (person.person_id, person.presence) == ("person-2", Presence.PRESENT)


@pytest.mark.data
def test_a_painting_is_never_alive_and_its_face_warped_in_space_is(
    monkeypatch: pytest.MonkeyPatch, eyes: FaceMeshEyes, shared_data: Path
) -> None:
    path = shared_data / "monalisa" / "monalisa.png"
    if not path.is_file():
        pytest.skip("the painting is not there")
    picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    painting = framed(np.asarray(picture, np.uint8), 160, 0, 480 / len(picture))
    images = [noisy(held(painting[:, 160:480], n * 0.2, 15.0), 3, n) for n in range(50)]
    assert not confirmed(monkeypatch, eyes, images)
    eyes.forget()
    (face,) = eyes.see(painting, 0, None)
    assert face.points is not None
    head = Head.on(painting, face.points)
    eyes.forget()
    assert confirmed(monkeypatch, eyes, [head.drawn(yaw=16 * np.sin(n * 0.15)) for n in range(30)])
