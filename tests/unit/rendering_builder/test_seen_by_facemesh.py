"""An independent eye on the rig: what FaceMesh measures on the pictures follows what drives them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from visavis_agent.core.arkit import coefficients
from visavis_agent.core.records import Array, FaceMotion
from visavis_agent.rendering.avatar import Avatar, Material
from visavis_agent.rendering.builder.parameters import CHARACTERS
from visavis_agent.rendering.renderer import Renderer
from visavis_agent.rendering.sheet import STATES

mediapipe = pytest.importorskip("mediapipe", reason="mediapipe is not installed")
SIZE = 512
# FaceMesh landmarks: inner lips, mouth corners, lids of both eyes with their corners, cheeks (canonical face)
UPPER_LIP, LOWER_LIP, CORNERS = 13, 14, (61, 291)
EYES = ((159, 145, 33, 133), (386, 374, 263, 362))
CHEEKS = (234, 454)
PEOPLE = [c.name for c in CHARACTERS.values() if c.kind == "human"]
FRONTAL = [state.label for state in STATES if state.framing == "bust" and abs(state.yaw) <= 15]


@pytest.fixture(scope="module")
def mesh() -> Iterator[Any]:
    from mediapipe.python.solutions import face_mesh

    found = face_mesh.FaceMesh(static_image_mode=True, max_num_faces=1, refine_landmarks=True)
    yield found
    found.close()


@pytest.fixture(scope="module", params=PEOPLE)
def renderer(request: pytest.FixtureRequest, cast: Callable[[str], Avatar]) -> Renderer:
    return Renderer(cast(request.param), (SIZE, SIZE))


def landmarks(mesh: Any, picture: Array) -> Array | None:
    faces = mesh.process(picture).multi_face_landmarks
    return None if not faces else np.array([(p.x, p.y) for p in faces[0].landmark]) * SIZE


def driven(renderer: Renderer, mesh: Any, values: Array, **full: float) -> list[Array]:
    seen = []
    for value in values:
        face = coefficients(**{name: float(value) * share for name, share in full.items()})
        points = landmarks(mesh, renderer.draw(FaceMotion(media_ns=0, coefficients=face))[0])
        assert points is not None
        seen.append(points)
    return seen


def without_glasses(avatar: Avatar) -> Avatar:
    """The avatar with what is solid before its eyes made clear."""
    if CHARACTERS[avatar.name].glasses is None:
        return avatar
    _, y, z = avatar.position.T
    glasses = (avatar.material == Material.CLOTH) & (np.abs(y + 20) < 40) & (z > 60)
    assert glasses.any()
    return replace(avatar, opacity=np.where(glasses, 0.0, avatar.opacity).astype(np.float32))


def distance(points: Array, first: int, second: int) -> float:
    return float(np.linalg.norm(points[first] - points[second]))


@pytest.mark.parametrize("label", FRONTAL)
def test_a_face_is_found_in_every_frontal_state(renderer: Renderer, mesh: Any, label: str) -> None:
    (state,) = [state for state in STATES if state.label == label]
    assert landmarks(mesh, renderer.draw(*state.motion())[0]) is not None


def test_the_mouth_opens_as_driven(renderer: Renderer, mesh: Any) -> None:
    values = np.linspace(0, 1, 9)
    seen = driven(renderer, mesh, values, jawOpen=1.0)
    gaps = [max(1.0, distance(p, UPPER_LIP, LOWER_LIP)) for p in seen]  # below a pixel its order is noise
    assert spearmanr(values, gaps).statistic >= 0.95


def test_the_eyes_close_as_driven(renderer: Renderer, mesh: Any) -> None:
    """With glasses off: FaceMesh takes the lower rim for an open lid once the eye is shut."""
    values = np.linspace(0, 1, 9)
    renderer = Renderer(without_glasses(renderer.avatar), (SIZE, SIZE))
    openings = [
        sum(distance(p, up, low) / distance(p, outer, inner) for up, low, outer, inner in EYES)
        for p in driven(renderer, mesh, values, eyeBlink=1.0)
    ]
    assert spearmanr(values, openings).statistic <= -0.95


def test_the_mouth_smiles_as_driven(renderer: Renderer, mesh: Any) -> None:
    values = np.linspace(0, 1, 9)
    widths = [distance(p, *CORNERS) / distance(p, *CHEEKS) for p in driven(renderer, mesh, values, mouthSmile=1.0)]
    assert spearmanr(values, widths).statistic >= 0.95
