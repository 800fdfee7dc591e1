"""What the window shows: the picture, and over it the state, the caption, the typed line and a notice."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

from PIL import Image

from visavis_agent.kiosk import window_paint as paint
from visavis_agent.kiosk.window_captions import Caption, SpokenText
from visavis_agent.kiosk.window_picture import Rectangle, letter_box, upright
from visavis_agent.kiosk.window_settings import WindowSettings

if TYPE_CHECKING:
    from visavis_agent.kiosk.window_screen import Screen

_LETTERS = 0.036
_FORM = 0.06
"""Sizes as parts of the window's shorter side."""
_SMALLEST_LETTERS = 9
_CAMERA_ON = {"en": "Camera on", "de": "Kamera an"}


class Layers:
    """Keeps what is shown; what is drawn over the picture is painted only when it changes."""

    def __init__(self, settings: WindowSettings) -> None:
        self._settings = settings
        self._spoken = SpokenText()
        self._caption = Caption()
        self._phase = ""
        self._notice = ""
        self._camera = ""
        self._painted: dict[str, tuple[Hashable, Image.Image]] = {}

    def take(self, message: dict[str, Any]) -> bool:
        """A message about anything but pictures; whether there is something new to draw."""
        kind = message["type"]
        if kind == "state":
            self._phase = "listening" if message["held"] else message["phase"]
        elif kind == "notice":
            self._notice = message["text"]
        elif kind == "camera":
            words = _CAMERA_ON.get(self._settings.locale.split("-")[0], _CAMERA_ON["en"])
            self._camera = words if message["on"] else ""
        else:
            self._spoken.take(message)
        return kind in ("state", "notice", "camera")

    def caption(self, now_ns: int) -> bool:
        """Let the caption go on with the sound; whether there is something new to draw."""
        before = self._caption
        self._caption = self._spoken.caption(now_ns) if self._settings.captions else before
        return self._caption != before

    def draw(self, screen: Screen, typed: str) -> None:
        """Draw everything."""
        width, height = upright(screen.size, self._settings.orientation)
        shorter = min(width, height)
        letters = max(_SMALLEST_LETTERS, round(shorter * _LETTERS * self._settings.font_scale))
        screen.clear()
        if screen.picture_size is not None:
            screen.draw_picture(letter_box(screen.picture_size, (width, height)))
        if self._phase:
            side, phase = max(12, round(shorter * _FORM)), self._phase
            form = self._image("state", (phase, side), lambda: paint.state_form(phase, side))
            screen.draw_overlay("state", form, Rectangle(width - side - letters, letters, side, side))
        self._draw_signs(screen, letters, width)
        self._draw_words(screen, typed, letters, (width, height))
        screen.present()

    def _draw_signs(self, screen: Screen, letters: int, width: int) -> None:
        """From the upper left corner downwards: that the camera is on, the notice."""
        top = letters
        if self._camera:
            words = self._camera
            image = self._image("camera", (words, letters), lambda: paint.sign(words, letters))
            screen.draw_overlay("camera", image, Rectangle(letters, top, image.width, image.height))
            top += image.height + letters // 2
        if self._notice:
            text, room = self._notice, width - 4 * letters
            image = self._image("notice", (text, letters, room), lambda: paint.notice(text, letters, room))
            screen.draw_overlay("notice", image, Rectangle(letters, top, image.width, image.height))

    def _draw_words(self, screen: Screen, typed: str, letters: int, area: tuple[int, int]) -> None:
        """From the lower edge upwards: the typed line, the caption."""
        width, bottom = area[0], area[1] - letters
        room = width - 2 * letters
        if typed:
            image = self._image("typed", (typed, letters, room), lambda: paint.text_line(typed, letters, room))
            bottom -= image.height
            screen.draw_overlay("typed", image, Rectangle(letters, bottom, image.width, image.height))
            bottom -= letters // 2
        said = self._caption
        if said.text:
            image = self._image("caption", (said, letters, room), lambda: paint.caption(said, letters, room))
            place = Rectangle((width - image.width) // 2, bottom - image.height, image.width, image.height)
            screen.draw_overlay("caption", image, place)

    def _image(self, name: str, key: Hashable, made: Callable[[], Image.Image]) -> Image.Image:
        known = self._painted.get(name)
        if known is None or known[0] != key:
            known = self._painted[name] = (key, made())
        return known[1]
