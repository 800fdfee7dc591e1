"""Fixtures of the rendering tests."""

from __future__ import annotations

import pytest

from tests.unit.rendering.tiny_avatar import tiny_avatar
from visavis_agent.rendering.avatar import Avatar
from visavis_agent.rendering.renderer import Renderer


@pytest.fixture(scope="session")
def avatar() -> Avatar:
    """The small test avatar; not to be changed."""
    return tiny_avatar()


@pytest.fixture
def renderer(avatar: Avatar) -> Renderer:
    """A renderer of the small avatar: face framing, 192 pixels square, one thread."""
    return Renderer(avatar, (192, 192), 1, "face")
