"""Typed errors. Each says what was wrong, where, and what to do; none reaches a user as a traceback."""

from __future__ import annotations


class VisavisError(Exception):
    """Base of every expected failure.

    Args:
        what: what was wrong, one sentence without a full stop.
        where: the place: file, file:line, topic, parameter, device. Empty when there is none.
        remedy: what the reader can do about it. Empty when nothing sensible can be said.
    """

    def __init__(self, what: str, where: str = "", remedy: str = "") -> None:
        super().__init__(what, where, remedy)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}. {self.remedy}" if self.remedy else text


class ConfigurationError(VisavisError):
    """A configuration key, value, persona or avatar name is not usable."""


class InputError(VisavisError):
    """Input from outside (sound, picture, text, message) cannot be used."""


class FormatError(InputError):
    """A file is not in the format that it claims, or is damaged."""


class EngineError(VisavisError):
    """An engine is missing (library, model, driver) or failed."""


class DeviceError(VisavisError):
    """A microphone, loudspeaker, camera or screen is missing or was lost."""
