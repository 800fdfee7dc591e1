"""The window through SDL 2. Everything here belongs to one thread of one process: that is SDL's rule.

SDL is asked for the drivers that show something, one by one. Left alone it would take "offscreen" or "dummy", which
show nothing and report success.
"""

from __future__ import annotations

import ctypes
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from visavis_agent.core.errors import DeviceError
from visavis_agent.kiosk.window_picture import Rectangle, Size, turned
from visavis_agent.kiosk.window_settings import WindowSettings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns of the library that it was meant to find
    import sdl2

_NAMES = {"wayland": b"wayland", "x11": b"x11", "kmsdrm": b"KMSDRM"}
_REMEDY = "Start it from a desktop session, or set DISPLAY or WAYLAND_DISPLAY to one that you may use"
_HINTS = {
    sdl2.SDL_HINT_NO_SIGNAL_HANDLERS: b"1",
    sdl2.SDL_HINT_RENDER_SCALE_QUALITY: b"linear",
    sdl2.SDL_HINT_VIDEO_MINIMIZE_ON_FOCUS_LOSS: b"0",
    sdl2.SDL_HINT_APP_NAME: b"visavis",
    # The software renderer draws by itself; left alone it would hand its picture to OpenGL.
    sdl2.SDL_HINT_FRAMEBUFFER_ACCELERATION: b"0",
}
_GPUS = ("dri/renderD*", "nvidia[0-9]*", "nvhost-gpu", "mali*")


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the window: "enter", "escape", "erase", "full"; "text" with what was typed."""

    name: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """The pointer was moved by a mouse."""


@dataclass(frozen=True, slots=True)
class Exposed:
    """The window must be drawn anew; its size may have changed."""


@dataclass(frozen=True, slots=True)
class Closed:
    """Somebody closed the window."""


Event = Key | Moved | Exposed | Closed
_KEYS = {
    sdl2.SDLK_RETURN: "enter",
    sdl2.SDLK_KP_ENTER: "enter",
    sdl2.SDLK_ESCAPE: "escape",
    sdl2.SDLK_BACKSPACE: "erase",
    sdl2.SDLK_F11: "full",
}


class Displays:
    """SDL's video, open; the displays that it has.

    Raises:
        DeviceError: no driver finds a display, or not the one that is set.
    """

    def __init__(self, settings: WindowSettings) -> None:
        for hint, value in _HINTS.items():
            sdl2.SDL_SetHint(hint, value)
        if not has_gpu():
            # OpenGL would be computed by Mesa's llvmpipe, which takes five times as long as SDL's own renderer.
            sdl2.SDL_SetHint(sdl2.SDL_HINT_RENDER_DRIVER, b"software")
        self.driver = _open_video(settings.driver)
        try:
            self.number = self._find(settings.display)
        except DeviceError:
            self.close()
            raise

    @property
    def name(self) -> str:
        return _text(sdl2.SDL_GetDisplayName(self.number))

    def close(self) -> None:
        sdl2.SDL_VideoQuit()

    def _find(self, wanted: str) -> int:
        names = [_text(sdl2.SDL_GetDisplayName(k)) for k in range(sdl2.SDL_GetNumVideoDisplays())]
        for number, name in enumerate(names):
            if wanted == str(number) or (not wanted.isdecimal() and wanted.lower() in name.lower()):
                return number
        known = ", ".join(f"{k} ({name})" for k, name in enumerate(names)) or "none"
        raise DeviceError(f"there is no display {wanted!r}", "window.display", f"Displays now: {known}")


def has_gpu(folder: Path = Path("/dev")) -> bool:
    """Whether there is a device that OpenGL could run on."""
    return any(True for pattern in _GPUS for _ in folder.glob(pattern))


def _open_video(wanted: str) -> str:
    """Start the first driver that finds a display; its name."""
    problems = []
    for name in _candidates(wanted):
        if sdl2.SDL_VideoInit(name) == 0:
            if sdl2.SDL_GetNumVideoDisplays() > 0:
                return _text(sdl2.SDL_GetCurrentVideoDriver())
            sdl2.SDL_VideoQuit()
        problems.append(f"{_text(name).lower()}: {_error() or 'no display'}")
    raise DeviceError(f"no display can be used ({'; '.join(problems)})", "window", _REMEDY)


def _candidates(wanted: str) -> list[bytes]:
    """The drivers to try, in this order; SDL_VIDEODRIVER says what a person wants."""
    if wanted != "auto":
        return [_NAMES[wanted]]
    if os.environ.get("SDL_VIDEODRIVER"):
        return [os.environ["SDL_VIDEODRIVER"].encode()]
    return list(_NAMES.values())


class Screen:
    """A window on a display, and what is drawn in it.

    Raises:
        DeviceError: the window cannot be opened.
    """

    def __init__(self, settings: WindowSettings, displays: Displays, title: str) -> None:
        self._settings = settings
        self._window: Any = None
        self._renderer: Any = None
        self._picture: Any = None
        self._picture_size: Size = (0, 0)
        self._overlays: dict[str, tuple[Any, Image.Image]] = {}
        self._display = displays.number
        flags = sdl2.SDL_WINDOW_RESIZABLE | sdl2.SDL_WINDOW_ALLOW_HIGHDPI
        if settings.full_screen:
            flags |= sdl2.SDL_WINDOW_FULLSCREEN_DESKTOP
        self._window = sdl2.SDL_CreateWindow(title.encode(), *self._bounds(settings.full_screen), flags)
        if not self._window:
            raise DeviceError(f"the window cannot be opened ({_error()})", displays.name, _REMEDY)
        self._renderer = sdl2.SDL_CreateRenderer(self._window, -1, sdl2.SDL_RENDERER_PRESENTVSYNC)
        if not self._renderer:
            problem = _error()
            self.close()
            raise DeviceError(f"nothing can be drawn ({problem})", displays.name, "Look at the graphics driver")
        sdl2.SDL_DisableScreenSaver()
        sdl2.SDL_StartTextInput() if settings.keyboard else sdl2.SDL_StopTextInput()

    @property
    def size(self) -> Size:
        """Of what is drawn on, px, as the display has it."""
        width, height = ctypes.c_int(), ctypes.c_int()
        sdl2.SDL_GetRendererOutputSize(self._renderer, ctypes.byref(width), ctypes.byref(height))
        return max(1, width.value), max(1, height.value)

    @property
    def renderer(self) -> str:
        """What draws: "opengl", "software", …"""
        info = sdl2.SDL_RendererInfo()
        sdl2.SDL_GetRendererInfo(self._renderer, info)
        return _text(info.name)

    @property
    def full_screen(self) -> bool:
        return bool(sdl2.SDL_GetWindowFlags(self._window) & sdl2.SDL_WINDOW_FULLSCREEN_DESKTOP)

    def change_full_screen(self) -> None:
        """From full screen to a window, or back."""
        full = not self.full_screen
        if not full:
            sdl2.SDL_SetWindowFullscreen(self._window, 0)
        x, y, width, height = self._bounds(full)
        sdl2.SDL_SetWindowSize(self._window, width, height)
        sdl2.SDL_SetWindowPosition(self._window, x, y)
        if full:
            sdl2.SDL_SetWindowFullscreen(self._window, sdl2.SDL_WINDOW_FULLSCREEN_DESKTOP)

    def show_pointer(self, visible: bool) -> None:
        sdl2.SDL_ShowCursor(sdl2.SDL_ENABLE if visible else sdl2.SDL_DISABLE)

    def events(self) -> Iterator[Event]:
        """What has happened in the window."""
        event = sdl2.SDL_Event()
        while sdl2.SDL_PollEvent(ctypes.byref(event)):
            kind = event.type
            if kind == sdl2.SDL_TEXTINPUT and self._settings.keyboard:
                yield Key("text", event.text.text.decode(errors="ignore"))
            elif kind == sdl2.SDL_KEYDOWN and event.key.keysym.sym in _KEYS:
                yield Key(_KEYS[event.key.keysym.sym])
            elif kind == sdl2.SDL_MOUSEMOTION and event.motion.which != sdl2.SDL_TOUCH_MOUSEID:
                yield Moved()
            elif kind in (sdl2.SDL_WINDOWEVENT, sdl2.SDL_RENDER_TARGETS_RESET):
                yield Exposed()
            elif kind == sdl2.SDL_RENDER_DEVICE_RESET:
                self._forget()
                yield Exposed()
            elif kind == sdl2.SDL_QUIT:
                yield Closed()

    # ---------------------------------------------------------------------------------------------- drawing
    def load(self, pixels: int, size: Size) -> None:
        """Take a picture over.

        Args:
            pixels: address of (height, width, 4) bytes: blue, green, red and one that does not matter.
        """
        if self._picture is None or size != self._picture_size:
            if self._picture is not None:
                sdl2.SDL_DestroyTexture(self._picture)
            self._picture, self._picture_size = self._texture(sdl2.SDL_PIXELFORMAT_ARGB8888, size), size
            sdl2.SDL_SetTextureBlendMode(self._picture, sdl2.SDL_BLENDMODE_NONE)
        sdl2.SDL_UpdateTexture(self._picture, None, ctypes.c_void_p(pixels), size[0] * 4)

    @property
    def picture_size(self) -> Size | None:
        """Of the picture that was taken over last; None before the first."""
        return self._picture_size if self._picture is not None else None

    def clear(self) -> None:
        """Begin to draw: all black."""
        sdl2.SDL_SetRenderDrawColor(self._renderer, 0, 0, 0, 255)
        sdl2.SDL_RenderClear(self._renderer)

    def draw_picture(self, where: Rectangle) -> None:
        if self._picture is not None:
            self._draw(self._picture, where)

    def draw_overlay(self, name: str, image: Image.Image, where: Rectangle) -> None:
        """Draw an image (RGBA) over what is there; it is handed to SDL again only when it is another one."""
        texture, known = self._overlays.get(name, (None, None))
        if known is not image:
            if texture is not None:
                sdl2.SDL_DestroyTexture(texture)
            texture = self._texture(sdl2.SDL_PIXELFORMAT_ABGR8888, image.size)
            sdl2.SDL_SetTextureBlendMode(texture, sdl2.SDL_BLENDMODE_BLEND)
            sdl2.SDL_UpdateTexture(texture, None, image.tobytes(), image.width * 4)
            self._overlays[name] = (texture, image)
        self._draw(texture, where)

    def present(self) -> None:
        """Show what was drawn; waits for the display where the driver can."""
        sdl2.SDL_RenderPresent(self._renderer)

    def close(self) -> None:
        if self._renderer:
            sdl2.SDL_DestroyRenderer(self._renderer)  # and its textures
        if self._window:
            sdl2.SDL_DestroyWindow(self._window)
        self._renderer = self._window = None
        self._forget()

    def _bounds(self, full_screen: bool) -> tuple[int, int, int, int]:
        """Where the window is to be: x, y, width, height. SDL leaves it to a window manager; there may be none."""
        if full_screen:
            area = sdl2.SDL_Rect()
            sdl2.SDL_GetDisplayBounds(self._display, area)
            return area.x, area.y, area.w, area.h
        place = sdl2.SDL_WINDOWPOS_CENTERED_DISPLAY(self._display)
        return place, place, self._settings.width, self._settings.height

    def _forget(self) -> None:
        self._picture, self._picture_size, self._overlays = None, (0, 0), {}

    def _texture(self, pixel_format: int, size: Size) -> Any:
        access = sdl2.SDL_TEXTUREACCESS_STREAMING
        texture = sdl2.SDL_CreateTexture(self._renderer, pixel_format, access, *size)
        if not texture:
            raise DeviceError(f"no picture of {size[0]}×{size[1]} px can be shown ({_error()})", "window")
        return texture

    def _draw(self, texture: Any, where: Rectangle) -> None:
        box, angle = turned(where, self.size, self._settings.orientation)
        place = sdl2.SDL_FRect(box.x, box.y, box.width, box.height)
        if angle:
            sdl2.SDL_RenderCopyExF(self._renderer, texture, None, place, angle, None, sdl2.SDL_FLIP_NONE)
        else:
            sdl2.SDL_RenderCopyF(self._renderer, texture, None, place)


def _text(value: bytes | None) -> str:
    return value.decode(errors="replace") if value else ""


def _error() -> str:
    return _text(sdl2.SDL_GetError())
