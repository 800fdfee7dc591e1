"""The clapping agent live: its window and its page on displays without screens, its clicks in a recording."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.errors import EngineError, VisavisError
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
_NO_EYES = ("camera", "perception")
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
    """Watch the window for so long, then the page: each of an agent of its own, with nobody in front of it.

    Args:
        browsers: started one after the other for the page, with equal shares of the time: each has its own delays.
    """
    out = Measured()
    with out.attempt("window is"):
        out.figures["window"] = summary(*_window(out, seconds, seed))
    with out.attempt("page is"):
        seen = _page(out, seconds / browsers, browsers, seed)
        out.figures["page"] = summary(*(np.concatenate(times) for times in zip(*seen, strict=True)))
    return out


def _window(out: Measured, seconds: float, seed: int) -> tuple[Times, Times]:
    if importlib.util.find_spec("sdl2") is None:
        raise EngineError("PySDL2 is not installed", "sdl2", "Run `make env`")
    settings = kiosk({"seed": seed, **sound_settings(), "window": {}}, without=(*_NO_EYES, "page"))
    with Loopback() as loopback, VirtualDisplay(*_SIZE) as display, _agent(out, settings, loopback, display):
        return _watched(out, "window", display, (_SIZE[0] / 2, _SIZE[1] / 2), loopback, seconds)


def _page(out: Measured, seconds: float, browsers: int, seed: int) -> list[tuple[Times, Times]]:
    """The voice comes from the loudspeaker until the page is there."""
    page_port, sound_port = free_ports(2)
    sound = sound_settings()
    sections = {
        "seed": seed,
        "consent": False,
        "microphone": {**sound["microphone"], "page": True, "sound_server": {"port": sound_port}},
        "playback": {**sound["playback"], "output": "auto"},
        "page": {"port": page_port},
    }
    settings = kiosk(sections, without=_NO_EYES)
    with Loopback() as loopback, VirtualDisplay(*_SIZE) as display, _agent(out, settings, loopback, display):
        return [_browser(out, page_port, loopback, seconds) for _ in range(browsers)]


@contextlib.contextmanager
def _agent(out: Measured, settings: Mapping[str, Any], loopback: Loopback, display: VirtualDisplay) -> Iterator[None]:
    """A clapping agent while the `with` block runs; its warnings are notes."""
    with LiveAgent(settings, _environment(loopback, display), CLAPPERBOARD_PATH) as agent:
        time.sleep(_SETTLED_S)
        try:
            yield
        finally:
            out.notes += [f"the agent said: {line}" for line in agent.said if "WARN" in line or "ERROR" in line]


def _environment(loopback: Loopback, display: VirtualDisplay) -> dict[str, str]:
    others = ("WAYLAND_DISPLAY", "SDL_VIDEODRIVER", "SDL_RENDER_DRIVER")
    kept = {name: value for name, value in loopback.child_environment.items() if name not in others}
    return {**kept, "DISPLAY": display.name}


def _browser(out: Measured, port: int, loopback: Loopback, seconds: float) -> tuple[Times, Times]:
    with contextlib.ExitStack() as stack:
        display = stack.enter_context(VirtualDisplay(*_SIZE))
        environment = _environment(loopback, display)
        page = stack.enter_context(PageWatch(f"http://127.0.0.1:{port}/", environment, headful=True))
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
