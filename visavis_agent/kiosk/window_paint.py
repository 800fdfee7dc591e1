"""What is drawn over the picture: the form that shows the state, the caption, the typed line, a notice."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from visavis_agent.kiosk.window_captions import Caption

_INK = (14, 27, 33)
_TEXT = (244, 248, 248, 255)
_SOFT = (195, 210, 212, 255)
_DIM = (134, 150, 155, 255)
_ACCENT = (127, 224, 210, 255)
_WARM = (255, 196, 138, 255)
_SHADE = (*_INK, 190)
_FINE = 4
"""Forms are drawn that many times as large and made smaller: Pillow draws them without smooth edges."""
_CAPTION_LINES = 3


def state_form(phase: str, size: int) -> Image.Image:
    """A disc of `size` px for a phase; each has a form of its own, as not everybody tells colours apart."""
    side = size * _FINE
    image = Image.new("RGBA", (side, side), (*_INK, 0))
    draw = ImageDraw.Draw(image)
    draw.ellipse((0, 0, side - 1, side - 1), fill=_SHADE)
    middle, unit = side / 2, side / 20
    if phase == "listening":
        _circle(draw, middle, 6.5 * unit, outline=_ACCENT, width=round(1.3 * unit))
        _circle(draw, middle, 3.4 * unit, fill=_ACCENT)
    elif phase == "thinking":
        for k in (-1, 0, 1):
            x = middle + 4.6 * unit * k
            draw.ellipse((x - 1.6 * unit, middle - 1.6 * unit, x + 1.6 * unit, middle + 1.6 * unit), fill=_TEXT)
    elif phase == "speaking":
        for k, half in enumerate((2.5, 5.5, 4.0, 2.0)):
            x = middle + 3.2 * unit * (k - 1.5)
            box = (x - unit, middle - half * unit, x + unit, middle + half * unit)
            draw.rounded_rectangle(box, unit, fill=_TEXT)
    else:
        _circle(draw, middle, 3.0 * unit, fill=_SOFT)
    return image.resize((size, size), Image.Resampling.LANCZOS)


def caption(said: Caption, letters: int, width: int) -> Image.Image:
    """Up to three lines, those around the word that sounds; what was heard is bright. `letters`: their size, px."""
    font = _font(letters)
    lines = _lines(said.text, font, width - 2 * letters)
    at = next((k for k, (begin, text) in enumerate(lines) if said.heard <= begin + len(text)), len(lines) - 1)
    first = max(0, min(at - 1, len(lines) - _CAPTION_LINES))
    shown = lines[first : first + _CAPTION_LINES]
    image, draw = _panel(max(font.getlength(text) for _, text in shown), len(shown), letters)
    for k, (begin, text) in enumerate(shown):
        bright = text[: max(0, said.heard - begin)]
        x, y = (image.width - font.getlength(text)) / 2, letters * (0.4 + 1.35 * k)
        draw.text((x, y), text, font=font, fill=_DIM)
        draw.text((x, y), bright, font=font, fill=_TEXT)
    return image


def text_line(text: str, letters: int, width: int) -> Image.Image:
    """What is typed, with a mark where it goes on; its end, where it is too long."""
    font = _font(letters)
    room = width - 2 * letters
    shown = text
    while shown and font.getlength(f"…{shown}") > room:
        shown = shown[max(1, len(shown) // 20) :]
    if shown != text:
        shown = f"…{shown}"
    image, draw = _panel(room, 1, letters)
    draw.text((letters, 0.4 * letters), shown, font=font, fill=_TEXT)
    end = letters + font.getlength(shown) + letters / 8
    draw.rectangle((end, 0.4 * letters, end + letters / 12, 1.55 * letters), fill=_ACCENT)
    return image


def sign(text: str, letters: int) -> Image.Image:
    """A few words behind a disc, as the light of a camera."""
    font = _font(letters)
    image, draw = _panel(font.getlength(text) + letters, 1, letters)
    disc = Image.new("RGBA", (2 * _FINE * letters // 3,) * 2, (*_INK, 0))
    _circle(ImageDraw.Draw(disc), disc.width / 2, disc.width / 2 - 1, fill=_WARM)
    small = disc.resize((disc.width // _FINE,) * 2, Image.Resampling.LANCZOS)
    image.paste(small, (letters, (image.height - small.height) // 2), small)
    draw.text((2 * letters, 0.4 * letters), text, font=font, fill=_SOFT)
    return image


def notice(text: str, letters: int, width: int) -> Image.Image:
    """A message for the one who looks after the agent."""
    font = _font(letters)
    lines = [line for _, line in _lines(text, font, width - 2 * letters)][:_CAPTION_LINES]
    image, draw = _panel(max(font.getlength(line) for line in lines), len(lines), letters)
    for k, line in enumerate(lines):
        draw.text((letters, letters * (0.4 + 1.35 * k)), line, font=font, fill=_SOFT)
    return image


def _circle(draw: ImageDraw.ImageDraw, middle: float, radius: float, **style: object) -> None:
    box = (middle - radius, middle - radius, middle + radius, middle + radius)
    draw.ellipse(box, **style)  # type: ignore[arg-type]


def _panel(width: float, lines: int, letters: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    size = (round(width + 2 * letters), round(letters * (0.8 + 1.35 * lines)))
    image = Image.new("RGBA", size, (*_INK, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), letters * 0.6, fill=_SHADE)
    return image, draw


@lru_cache(maxsize=4)
def _font(size: int) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which comes with matplotlib; matplotlib itself is not imported."""
    package = find_spec("matplotlib")
    if package is None or package.origin is None:
        raise ImportError("matplotlib is not installed")
    return ImageFont.truetype(str(Path(package.origin).parent / "mpl-data/fonts/ttf/DejaVuSans.ttf"), size)


def _lines(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[tuple[int, str]]:
    """The text broken into lines, each with the place of its first character in the text."""
    lines: list[tuple[int, str]] = []
    begin, line = 0, ""
    for place, word in _words(text):
        longer = text[begin : place + len(word)]
        if line and font.getlength(longer) > width:
            lines.append((begin, line))
            begin, line = place, word
        else:
            line = longer
    return [*lines, (begin, line)]


def _words(text: str) -> Iterator[tuple[int, str]]:
    place = 0
    for word in text.split():
        place = text.index(word, place)
        yield place, word
        place += len(word)
