"""The clapping agent live: its window and its page on displays without screens, its clicks in a recording."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.errors import VisavisError
from visavis_agent.evaluation.clapper import BAND, CLAPPERBOARD_PATH
from visavis_agent.evaluation.flashes import BRIGHT, click_times, flash_times, summary
from visavis_agent.evaluation.live_agent import LiveAgent, free_ports, kiosk
from visavis_agent.evaluation.live_interview import sound_settings
from visavis_agent.evaluation.loopback import RATE, Loopback
from visavis_agent.evaluation.page_visitor import ASK
from visavis_agent.evaluation.page_watch import PageWatch
from visavis_agent.evaluation.virtual_display import Picture, VirtualDisplay, looking

Times = npt.NDArray[np.float64]

_SIZE = (540, 960)
_FIRST_FLASH_S = 20.0
_SETTLED_S = 3.0  # after a start: models are loaded, a reply that began elsewhere has ended
_SPOT = (10, 80)  # px, within the band
# Where the page has its picture: middle of the band, px of the window.
_BAND_OF_PAGE = f"""(() => {{
  const {{ canvas }} = visavis.picture, box = canvas.getBoundingClientRect();
  const above = canvas.height - canvas.height / 1.08, middle = {(BAND[0] + BAND[1]) / 2};
  return [box.x + box.width / 2, box.y + ((above + middle * (canvas.height - above)) / canvas.height) * box.height];
}})()"""


@dataclass
class Measured:
    """What was measured live, None where it could not be, and why.

    Attributes:
        figures: "window", "page" → as `flashes.summary` gives it.
        notes: in words for people.
    """

    figures: dict[str, dict[str, Any] | None] = field(default_factory=lambda: {"window": None, "page": None})
    notes: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def attempt(self, what: str) -> Any:
        """What fails in the block is a note."""
        try:
            yield
        except VisavisError as error:
            self.notes.append(f"{what} null: {error}")


def measure(seconds: float, browsers: int, seed: int) -> Measured:
    """Watch the window for so long, then the page: an agent at its default settings, with nobody in front of it.

    Args:
        browsers: started one after the other for the page, with equal shares of the time: each has its own delays.
    """
    out = Measured()
    has_sdl = importlib.util.find_spec("sdl2") is not None
    if not has_sdl:
        out.notes.append("window is null: PySDL2 is not installed")
    with out.attempt("window, page are"), Loopback() as loopback, VirtualDisplay(*_SIZE) as display:
        page_port, sound_port = free_ports(2)
        settings = _settings(page_port, sound_port, seed, window=has_sdl)
        environment = {**loopback.child_environment, "DISPLAY": display.name}
        for name in ("WAYLAND_DISPLAY", "SDL_VIDEODRIVER", "SDL_RENDER_DRIVER"):
            environment.pop(name, None)
        with LiveAgent(settings, environment, CLAPPERBOARD_PATH) as agent:
            time.sleep(_SETTLED_S)
            if has_sdl:
                with out.attempt("window is"):
                    middle = (_SIZE[0] / 2, _SIZE[1] / 2)
                    out.figures["window"] = summary(*_watched(out, "window", display, middle, loopback, seconds))
            with out.attempt("page is"):
                seen = [_page(out, page_port, loopback, seconds / browsers) for _ in range(browsers)]
                out.figures["page"] = summary(*(np.concatenate(times) for times in zip(*seen, strict=True)))
            out.notes += [f"the agent said: {line}" for line in agent.said if "WARN" in line or "ERROR" in line]
    return out


def _settings(page_port: int, sound_port: int, seed: int, window: bool) -> dict[str, Any]:
    """The kiosk with both displays; the voice comes from the loudspeaker, and from the page once it is there."""
    sound = sound_settings()
    sections: dict[str, Any] = {
        "seed": seed,
        "consent": False,
        "microphone": {**sound["microphone"], "page": True, "sound_server": {"port": sound_port}},
        "playback": {**sound["playback"], "output": "auto"},
        "page": {"port": page_port},
        **({"window": {}} if window else {}),
    }
    return kiosk(sections, without=("camera", "perception"))


def _page(out: Measured, port: int, loopback: Loopback, seconds: float) -> tuple[Times, Times]:
    with VirtualDisplay(*_SIZE) as display:
        environment = {**loopback.child_environment, "DISPLAY": display.name}
        with PageWatch(f"http://127.0.0.1:{port}/", environment, headful=True) as page:
            page.evaluate(ASK)  # the next turn is said by the page
            time.sleep(_SETTLED_S)
            x, y = page.evaluate(_BAND_OF_PAGE)
            return _watched(out, "page", display, (x, y), loopback, seconds)


def _watched(
    out: Measured, what: str, display: VirtualDisplay, middle: tuple[float, float], loopback: Loopback, seconds: float
) -> tuple[Times, Times]:
    """Flashes on a display and clicks in the recording within so many seconds, s."""
    x, y = (round(value) for value in middle)
    spot: Picture = display.pixels()[y - _SPOT[0] // 2 : y + _SPOT[0] // 2, x - _SPOT[1] // 2 : x + _SPOT[1] // 2]
    _until(lambda: bool(spot.mean() > BRIGHT), _FIRST_FLASH_S)
    with looking(spot, BRIGHT) as looks, loopback.recording(time.monotonic_ns) as recording:
        begin_ns = time.monotonic_ns()
        time.sleep(seconds)
        end_ns = time.monotonic_ns()
    clicks = recording.start_ns / SECOND + click_times(recording.pcm, RATE)
    clicks = clicks[(clicks > begin_ns / SECOND) & (clicks < end_ns / SECOND - 0.5)]  # whose flashes were looked for
    flashes = flash_times(np.asarray(looks.times) / SECOND, looks.bright)
    apart = summary(flashes, clicks)
    out.notes.append(
        f"{what}: nobody looked for {looks.longest_ns / MS:.0f} ms at most; load {os.getloadavg()[0]:.1f}; "
        f"{apart['p50_ms']} ms in the median, 95 % within {apart['p95_abs_ms']} ms"
    )
    return flashes, clicks


def _until(condition: Callable[[], bool], seconds: float) -> None:
    """Wait for a condition, at most so long."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.002)
