"""A deployment: which persona and avatar, and the settings of every stage, all checked before anything starts.

Its file is YAML. `persona`, `avatar`, `consent`, `seed` and `without` are its own keys, each other key is a
stage of the graph table with the settings that differ from their defaults. An optional stage is there only if it has
its key.

    persona: vera
    without: [camera]
    rendering:
      framing: portrait
    window: {}

Settings come, each over the one before, from the defaults, from the persona (its voice, its language, what its
visitors are likely to say), from the file and from the caller's overrides. Errors name the source they are in.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from visavis_agent.core.errors import ConfigurationError, EngineError
from visavis_agent.core.graph import Graph, StageSpec
from visavis_agent.core.settings import Located, read_settings, read_yaml, setting
from visavis_agent.dialogue.persona import Persona, load_persona
from visavis_agent.graph import GRAPH
from visavis_agent.kiosk.page_settings import LANGUAGES
from visavis_agent.rendering.avatar import AvatarError
from visavis_agent.rendering.avatars import attributes, avatar_path
from visavis_agent.speech.flite import FliteSettings, speaker_for
from visavis_agent.speech.stage import persona_voice
from visavis_agent.speech.voices import language

OVERRIDES = "command line"
# Who feels with others returns more of their faces (Sonnby-Borgström 2002).
_MIMICRY, _MIMICRY_BY_WARMTH = 0.5, 0.25
_SET_ABOVE = {
    "agent": ("avatar", "consent"),
    "camera": ("consent",),
    "dialogue": ("persona",),
    "page": ("persona", "consent"),
    "rendering": ("avatar",),
}
"""Settings that a deployment's own keys of the same name give, by stage."""
_LINKS = (
    (("page", "port"), ("microphone", "sound_server", "page_port")),
    (("microphone", "sound_server", "port"), ("page", "sound_port")),
)
"""Ports that two stages must agree on: where the first is given, the second is the same unless it is given, too."""


@dataclass(frozen=True)
class Choices:
    """The keys of a deployment that belong to no stage."""

    persona: str = setting("vera", "persona pack, by name or as the path of its directory")
    avatar: str = setting("", "avatar, by name or as the path of its file; empty: the persona's")
    consent: bool = setting(False, "the camera is off until a visitor switches it on, and again when he has left")
    seed: int = setting(0, "seed of all random numbers", low=0, high=2**31 - 1)
    without: tuple[str, ...] = setting((), "stages that are left out")


@dataclass(frozen=True)
class Deployment:
    """A checked deployment.

    Attributes:
        choices: persona, avatar and seed as given.
        persona: the loaded persona.
        avatar: name or path of the avatar; the persona's own unless another is given.
        settings: stage name -> checked instance of the stage's settings class; stages left out have none.
        given: stage name -> the settings that came from persona, file and overrides, nested as in the file.
    """

    choices: Choices
    persona: Persona
    avatar: str
    settings: Mapping[str, Any]
    given: Mapping[str, Mapping[str, Any]]

    @property
    def seed(self) -> int:
        return self.choices.seed

    @classmethod
    def read(
        cls,
        path: Path | None,
        overrides: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        persona: str | None = None,
        avatar: str | None = None,
        seed: int | None = None,
        graph: Graph = GRAPH,
    ) -> Deployment:
        """Read and check a deployment file; without one, the defaults.

        Args:
            path: the file.
            overrides: stage name -> settings that win over the file.
            persona: wins over the file's, as `avatar` and `seed` do.
            graph: the table of stages.

        Raises:
            ConfigurationError: unknown stage or setting, wrong type, value out of range, no such persona or avatar.
            EngineError: a stage cannot be imported.
        """
        document = read_yaml(path) if path else Located({}, "", {})
        choices = _choices(document, graph, {"persona": persona, "avatar": avatar, "seed": seed})
        named = {*document, *(overrides or {})}
        specs = {
            spec.name: spec
            for spec in graph.stages
            if spec.name not in choices.without and (not spec.optional or spec.name in named)
        }
        loaded = load_persona(choices.persona)
        used_avatar = choices.avatar or loaded.profile.avatar
        presentation = ""
        if "rendering" in specs:
            avatar_path(used_avatar)
            if used_avatar != loaded.profile.avatar:
                presentation = _presentation(used_avatar)
        own = {"persona": choices.persona, "avatar": used_avatar, "consent": choices.consent}
        sources: list[tuple[Mapping[str, Mapping[str, Any]], str]] = [
            (_wishes(loaded, presentation), str(loaded.directory / "profile.yaml")),
            ({stage: _section(document, stage) for stage in specs}, str(path or "")),
            (_known_stages(overrides or {}, graph), OVERRIDES),
        ]
        linked = _linked([values for values, _ in sources])
        given: dict[str, Mapping[str, Any]] = {}
        settings: dict[str, Any] = {}
        for name, spec in specs.items():
            kind = _settings_type(spec)
            merged: dict[str, Any] = {key: own[key] for key in _SET_ABOVE.get(name, ())}
            merged = merge(merged, linked.get(name, {}))
            for values, where in sources:
                read_settings(kind, values.get(name), where)  # alone, so that an error names its source
                merged = merge(merged, values.get(name, {}))
            given[name], settings[name] = merged, read_settings(kind, merged, name)
        return cls(choices, loaded, used_avatar, settings, given)


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`below` with the values of `above` over it, mappings within mappings included."""
    out = dict(below)
    for key, value in above.items():
        old = out.get(key)
        out[key] = merge(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return out


def leaves(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The values in nested mappings, each with its name with dots."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _choices(document: Located, graph: Graph, wins: Mapping[str, Any]) -> Choices:
    own = {field.name for field in fields(Choices)}
    _known_keys(document, {*own, *_names(graph)})
    lines = {key: line for key, line in document.lines.items() if key in own}
    values = Located({key: document[key] for key in lines}, document.where, lines)
    choices = read_settings(Choices, values, document.where)
    for stage in choices.without:
        if stage not in _names(graph):
            raise _unknown("stage", stage, document.place("without"), _names(graph))
    for stage, keys in _SET_ABOVE.items():
        section = document.get(stage)
        for key in keys:
            if isinstance(section, Located) and key in section:
                problem = f"the {key} of a deployment is not set in {stage}"
                raise ConfigurationError(problem, section.place(key), f"Write `{key}:` at the top level")
    won = {key: value for key, value in wins.items() if value is not None}
    return read_settings(Choices, {**values, **won}, OVERRIDES)


def _names(graph: Graph) -> list[str]:
    return [spec.name for spec in graph.stages]


def _known_keys(document: Located, known: set[str]) -> None:
    for key in document:
        if key not in known:
            raise _unknown("stage or key", key, document.place(key), sorted(known))


def _unknown(kind: str, name: str, where: str, known: list[str]) -> ConfigurationError:
    close = difflib.get_close_matches(name, known, 1)
    hint = f"Did you mean {close[0]!r}? " if close else ""
    return ConfigurationError(f"unknown {kind} {name!r}", where, f"{hint}Known: {', '.join(known)}")


def _section(document: Located, stage: str) -> Mapping[str, Any]:
    section = document.get(stage)
    if section is None:
        return {}
    if not isinstance(section, Mapping):
        raise ConfigurationError(f"{stage} is {section!r}", document.place(stage), "It must be a mapping of settings")
    return section


def _known_stages(overrides: Mapping[str, Mapping[str, Any]], graph: Graph) -> Mapping[str, Mapping[str, Any]]:
    for stage, values in overrides.items():
        if stage not in _names(graph):
            raise _unknown("stage", stage, OVERRIDES, _names(graph))
        for key in _SET_ABOVE.get(stage, ()):
            if key in values:
                raise ConfigurationError(
                    f"{stage}.{key} is not set here", OVERRIDES, f"Choose the {key} of the deployment"
                )
    return overrides


def _linked(sources: Iterable[Mapping[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """What follows from the sources by _LINKS, nested as they are."""
    given: dict[str, Any] = {}
    for values in sources:
        given = merge(given, values)
    out: dict[str, Any] = {}
    for source, target in _LINKS:
        value: Any = given
        for key in source:
            value = value.get(key) if isinstance(value, Mapping) else None
        if type(value) is int:  # anything else is refused where it is read
            for key in reversed(target):
                value = {key: value}
            out = merge(out, value)
    return out


def _settings_type(spec: StageSpec) -> type[Any]:
    try:
        return spec.load().settings_type
    except (ImportError, OSError) as error:
        raise EngineError(f"the stage {spec.name} cannot be loaded ({error})", "", "Run `make env`") from None


def _presentation(avatar: str) -> str:
    """How an avatar presents itself; empty if its file cannot be read, which rendering tells when it loads it."""
    try:
        return attributes(avatar).presentation
    except AvatarError:
        return ""


def _wishes(persona: Persona, presentation: str) -> dict[str, dict[str, Any]]:
    """The settings that a persona brings: its voice, its language, what its visitors are likely to say, its warmth.

    Args:
        presentation: of an avatar that is not the persona's own, whom the voice has to fit; else empty.
    """
    profile = persona.profile
    speaker = profile.voice.name
    if presentation and profile.voice.engine in ("auto", "flite"):
        speaker = speaker_for(presentation, speaker or FliteSettings().voice)
    try:
        voice = persona_voice(profile.voice.engine, speaker, profile.locale)
    except ConfigurationError as error:
        raise ConfigurationError(error.what, str(persona.directory / "profile.yaml"), error.remedy) from None
    phrases = list(persona.grammar_phrases)
    recognition = {
        "locale": profile.locale,
        "grammar_phrases": phrases,
        "pronunciations": dict(profile.pronunciations or {}),
    }
    spoken = language(profile.locale)
    return {
        "hearing": {"recognition": recognition},
        "conversation": {"questions": phrases},
        "motion": {"mimicry": round(_MIMICRY + _MIMICRY_BY_WARMTH * profile.personality.agreeableness, 3)},
        "page": {"locale": profile.locale, **({"language": spoken} if spoken in LANGUAGES else {})},
        "speech": voice,
        "window": {"locale": profile.locale},
    }
