"""Engines are replaceable: each stage names its own in a registry; settings are checked before anything starts."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from visavis_agent.core.errors import ConfigurationError, EngineError
from visavis_agent.core.settings import read_settings

E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class EngineEntry:
    """Where an engine's class is ("package.module:Class"), and what installs what it needs."""

    path: str
    remedy: str = "Run `make env`"


class EngineRegistry(Generic[E]):
    """The engines of one kind, by name.

    An engine class has a class attribute `settings_type` (a settings class) and takes an instance of it. Importing
    its module or making it may raise ImportError or EngineError when a library or a model is missing.
    """

    def __init__(self, kind: str, engines: Mapping[str, EngineEntry]) -> None:
        self.kind = kind
        self.engines = dict(engines)

    def load(self, name: str, where: str = "") -> type[Any]:
        """The engine's class.

        Args:
            where: the place that names the engine, for the error.

        Raises:
            ConfigurationError: there is no such engine.
            EngineError: its library is not installed.
        """
        entry = self.engines.get(name)
        if entry is None:
            raise ConfigurationError(f"unknown {self.kind} engine {name!r}", where, f"Known: {', '.join(self.engines)}")
        module, _, cls = entry.path.partition(":")
        try:
            return getattr(importlib.import_module(module), cls)
        except (ImportError, OSError) as error:
            raise self._unusable(name, error) from None

    def settings(self, name: str, values: Mapping[str, Any] | None = None, where: str = "") -> Any:
        """The engine's checked settings; needs its class but starts nothing."""
        return read_settings(self.load(name, where).settings_type, values, where or f"{self.kind}.{name}")

    def create(self, name: str, values: Mapping[str, Any] | None = None, where: str = "") -> E:
        """A ready engine.

        Raises:
            ConfigurationError: no such engine, or a bad setting.
            EngineError: a library, model or device is missing, with the remedy.
        """
        settings = self.settings(name, values, where)
        try:
            engine: E = self.load(name)(settings)
        except (ImportError, OSError) as error:
            raise self._unusable(name, error) from None
        return engine

    def _unusable(self, name: str, error: Exception) -> EngineError:
        remedy = self.engines[name].remedy
        return EngineError(f"the {self.kind} engine {name!r} cannot be loaded ({error})", "", remedy)
