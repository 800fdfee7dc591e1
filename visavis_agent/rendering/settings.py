"""What can be set about rendering."""

from __future__ import annotations

from dataclasses import dataclass

from visavis_agent.core.settings import setting
from visavis_agent.rendering.avatar import FRAMING_NAMES
from visavis_agent.rendering.framing import LARGEST, SMALLEST
from visavis_agent.rendering.native import MAXIMUM_THREADS

DETAIL = {"low": 0, "medium": 1, "full": 2}
"""Levels of detail by name."""


@dataclass(frozen=True)
class PictureSettings:
    """Settings of a rendering engine: what is drawn and how large."""

    avatar: str = setting("hero", "Name of an avatar in models/avatars, or path of an .avatar file")
    width: int = setting(512, "Width of the picture", unit="px", low=SMALLEST, high=LARGEST)
    height: int = setting(512, "Height of the picture", unit="px", low=SMALLEST, high=LARGEST)
    framing: str = setting("bust", "What the picture shows", choices=FRAMING_NAMES)
    threads: int = setting(1, "Threads that draw", low=1, high=MAXIMUM_THREADS)


@dataclass(frozen=True)
class RenderingSettings(PictureSettings):
    """Settings of the rendering stage."""

    engine: str = setting(
        "splat", "How the avatar is drawn; splat is Gaussian splatting on the CPU", choices=("splat",)
    )
    rate_hz: float = setting(50.0, "Most pictures a second", unit="Hz", low=1.0, high=120.0)
    detail: str = setting(
        "auto",
        "How many of the avatar's Gaussians are drawn; auto: as many as there is time for, then fewer pictures",
        choices=("auto", *DETAIL),
    )
