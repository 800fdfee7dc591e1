"""What can be set about the window."""

from __future__ import annotations

from dataclasses import dataclass

from visavis_agent.core.settings import setting


@dataclass(frozen=True)
class WindowSettings:
    """Settings of the window stage."""

    display: str = setting("", "the display: part of its name or its number, from 0; empty for the first")
    full_screen: bool = setting(True, "fill the display; F11 changes it")
    width: int = setting(540, "width of the window when it is not full screen", unit="px", low=64, high=16384)
    height: int = setting(960, "height of the window when it is not full screen", unit="px", low=64, high=16384)
    orientation: str = setting(
        "normal",
        "how the picture is turned on the display (terms of xrandr), for a screen that was mounted on its side",
        choices=("normal", "left", "right", "inverted"),
    )
    driver: str = setting(
        "auto", "what shows the window; kmsdrm works without a desktop", choices=("auto", "wayland", "x11", "kmsdrm")
    )
    frame_lead_ms: float = setting(
        8.0, "from drawing to the display's light; calibrate per display", unit="ms", low=0.0, high=100.0
    )
    captions: bool = setting(True, "show what is said")
    keyboard: bool = setting(True, "a key opens a line to type in; Enter asks, Esc empties it")
    notices: bool = setting(False, "show errors of the agent at the upper edge, for the one who looks after it")
    font_scale: float = setting(1.0, "size of the letters", low=0.5, high=3.0)
    locale: str = setting("en", "language in which visitors type")
