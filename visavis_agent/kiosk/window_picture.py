"""Where things are in the window: the picture in its letter-box, everything turned with the display."""

from __future__ import annotations

from dataclasses import dataclass

Size = tuple[int, int]
"""(width, height), px."""

_CLOCKWISE = {"normal": 0, "right": 90, "inverted": 180, "left": 270}


@dataclass(frozen=True, slots=True)
class Rectangle:
    """px from the upper left corner, y down."""

    x: float
    y: float
    width: float
    height: float


def upright(output: Size, orientation: str) -> Size:
    """The size of the window as the visitor sees it."""
    width, height = output
    return (height, width) if orientation in ("left", "right") else (width, height)


def letter_box(picture: Size, area: Size) -> Rectangle:
    """The largest rectangle of the picture's proportions in the middle of the area; whole pixels."""
    scale = min(area[0] / picture[0], area[1] / picture[1])
    width, height = (max(1, round(side * scale)) for side in picture)
    return Rectangle((area[0] - width) // 2, (area[1] - height) // 2, width, height)


def turned(rectangle: Rectangle, output: Size, orientation: str) -> tuple[Rectangle, int]:
    """A rectangle of the upright window on the output: what is to be turned about its middle, and by how much.

    Returns:
        The rectangle before it is turned, and the angle, degrees clockwise.
    """
    wide, high = upright(output, orientation)
    x, y = rectangle.x + rectangle.width / 2, rectangle.y + rectangle.height / 2
    x, y = {"normal": (x, y), "right": (high - y, x), "inverted": (wide - x, high - y), "left": (y, wide - x)}[
        orientation
    ]
    moved = Rectangle(x - rectangle.width / 2, y - rectangle.height / 2, rectangle.width, rectangle.height)
    return moved, _CLOCKWISE[orientation]
