"""What can be set about the page, and what it takes from the persona."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.paths import personas_directory
from visavis_agent.core.settings import read_yaml, setting

LANGUAGES = ("en", "de")
_MOST_SUGGESTIONS = 12


@dataclass(frozen=True)
class PageSettings:
    """Settings of the page stage."""

    host: str = setting("127.0.0.1", "address to listen on; 0.0.0.0 lets other machines in, with text only")
    port: int = setting(8080, "port to listen on; 0 takes a free one", low=0, high=65535)
    sound_port: int = setting(8081, "port of the sound server on the same host", low=1, high=65535)
    fps: float = setting(30.0, "most pictures a second", unit="Hz", low=1.0, high=120.0)
    jpeg_quality: int = setting(85, "quality of the pictures", low=30, high=100)
    frame_lead_ms: float = setting(
        25.0, "from drawing to the display's light; calibrate per display", unit="ms", low=0.0, high=100.0
    )
    persona: str = setting("vera", "persona pack, by name or as the path of its directory")
    title: str = setting("", "name above the face; empty for the persona's own")
    suggested_questions: tuple[str, ...] = setting((), "questions to touch; empty for the persona's own")
    language: str = setting("en", "language of the page's own words at first", choices=LANGUAGES)
    locale: str = setting("en", "language in which visitors type")
    microphone: bool = setting(True, "offer the browser's microphone")
    camera: bool = setting(True, "offer a button that switches the machine's camera")
    consent: bool = setting(False, "switch the camera off when the visitor has left")
    reset_after: float = setting(
        90.0, "stillness after which the page forgets what a visitor has set", unit="s", low=5.0, high=86400.0
    )


@dataclass(frozen=True)
class Welcome:
    """Who greets the visitor: name, role, and what can be asked by touch."""

    title: str
    role: str
    questions: tuple[str, ...]


def welcome(settings: PageSettings) -> Welcome:
    """The settings' words where there are some, else the persona's.

    Raises:
        ConfigurationError: there is no such persona, or its profile is no mapping with a name.
    """
    named = Path(settings.persona)
    folder = named if named.is_dir() else personas_directory() / settings.persona
    profile = read_yaml(folder / "profile.yaml")
    questions = settings.suggested_questions or _words(profile.get("suggested_questions", ()), profile)
    title = settings.title or profile.get("name")
    if not isinstance(title, str) or not title:
        raise ConfigurationError("the persona has no name", profile.place("name"), "Add `name:`")
    return Welcome(title, str(profile.get("role") or ""), questions[:_MOST_SUGGESTIONS])


def _words(values: Any, profile: Any) -> tuple[str, ...]:
    if not isinstance(values, (list, tuple)) or not all(isinstance(value, str) for value in values):
        place = profile.place("suggested_questions")
        raise ConfigurationError("suggested_questions is not a list of sentences", place, "Give one sentence a line")
    return tuple(values)
