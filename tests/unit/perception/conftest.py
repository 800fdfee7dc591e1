"""What the tests of perception share: the engine, loaded once, and a head that can be turned."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.perception.faces import Head, Image, framed, head_shot
from visavis_agent.perception.eyes import EyesSettings
from visavis_agent.perception.facemesh import FaceMeshEyes


@pytest.fixture(scope="package")
def engine() -> Iterator[FaceMeshEyes]:
    eyes = FaceMeshEyes(EyesSettings())
    yield eyes
    eyes.close()


@pytest.fixture
def eyes(engine: FaceMeshEyes) -> FaceMeshEyes:
    """The engine as after start: it follows nobody."""
    engine.forget()
    return engine


@pytest.fixture(scope="package")
def still() -> Image:
    """A picture of somebody, 640 x 480."""
    return framed(head_shot(), 160, 80, 1.0)


@pytest.fixture(scope="package")
def head(engine: FaceMeshEyes, still: Image) -> Head:
    (face,) = engine.see(still, 0, None)
    assert face.points is not None
    return Head.on(still, face.points)
