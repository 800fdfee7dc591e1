"""What the agent itself needs: a deployment, ports, models, engines, languages."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from visavis_agent.core.cancellation import Cancellation
from visavis_agent.core.engines import EngineRegistry
from visavis_agent.core.errors import DeviceError, VisavisError
from visavis_agent.core.paths import models_directory
from visavis_agent.deployment import Deployment
from visavis_agent.hearing.vad import SpeechGate, VoiceDetector
from visavis_agent.setup_models import artefacts, is_current
from visavis_agent.speech.leads import LEADS
from visavis_agent.speech.text import normalise
from visavis_agent.speech.voices import VOICES, Clause, Voice, language
from visavis_agent.supervisor.findings import Finding, failed, found, missing
from visavis_agent.supervisor.ports import check_free, ports_of
from visavis_agent.supervisor.run import default_deployment

_REGISTRIES = {
    "voice": "visavis_agent.speech.voices:VOICES",
    "recogniser": "visavis_agent.hearing.recogniser:RECOGNISERS",
    "eyes": "visavis_agent.perception.eyes:EYES",
    "renderer": "visavis_agent.rendering.engines:ENGINES",
}
_INDISPENSABLE = ("renderer",)
_RECOGNISED = ("en",)


def _read(path: Path | None) -> Deployment:
    return Deployment.read(path or default_deployment())


def deployment(path: Path | None) -> Iterable[Finding]:
    """The deployment file, with what it names."""
    made = _read(path)
    yield found("deployment", "file", str(path or default_deployment()))
    yield found("deployment", "persona", f"{made.persona.profile.name} ({made.persona.directory})")
    yield found("deployment", "avatar", made.avatar)
    yield found("deployment", "stages", ", ".join(made.settings))


def ports(path: Path | None) -> Iterable[Finding]:
    """The ports that it listens on."""
    listened = ports_of(_read(path).settings)
    if not listened:
        yield found("ports", "ports", "none are needed")
    for name, port in listened.items():
        try:
            check_free({name: port})
        except DeviceError as error:
            yield failed("ports", name, error.what, error.remedy)
        else:
            yield found("ports", name, f"{port} is free")


def models(path: Path | None) -> Iterator[Finding]:
    """What set-up builds. Whether the agent can run without is for the deployment and the engines to say."""
    for artefact in artefacts():
        if is_current(artefact, models_directory()):
            yield found("models", artefact.name, ", ".join(artefact.outputs))
        else:
            yield missing("models", artefact.name, "not built, damaged or out of date", "Run `make env`")


def engines(path: Path | None) -> Iterator[Finding]:
    """Every engine that there is, tried."""
    for kind, place in _REGISTRIES.items():
        module, _, name = place.partition(":")
        registry: EngineRegistry[Any] = getattr(importlib.import_module(module), name)
        for engine in registry.engines:
            yield _engine(kind, engine, registry)
    try:
        VoiceDetector(SpeechGate())
    except VisavisError as error:
        yield missing("engines", "voice activity", error.what, error.remedy)
    else:
        yield found("engines", "voice activity", "silero")


def lead_voice(path: Path | None) -> Iterator[Finding]:
    """The voice that the deployment brings along, asked for a word."""
    settings = _read(path).settings["speech"]
    if settings.engine not in LEADS.engines:
        return
    clause = Clause(normalise("Hello.").tokens)
    try:
        with contextlib.closing(LEADS.create(settings.engine, asdict(getattr(settings, settings.engine)))) as voice:
            said = voice.synthesise(clause, Cancellation())
    except VisavisError as error:
        yield missing("voice", settings.engine, f"{error.what}; the embedded voice speaks", error.remedy)
    else:
        yield found("voice", settings.engine, f"{said.seconds:.1f} s of sound for a word, at {said.sample_rate} Hz")


def _engine(kind: str, engine: str, registry: EngineRegistry[Any]) -> Finding:
    lacking = failed if kind in _INDISPENSABLE else missing
    name = f"{kind} {engine}"
    try:
        with contextlib.closing(registry.create(engine)):
            return found("engines", name, "works")
    except VisavisError as error:
        return lacking("engines", name, error.what, error.remedy)
    except Exception as error:  # an engine's library may raise anything
        return lacking("engines", name, f"{type(error).__name__}: {error}", registry.engines[engine].remedy)


def languages(path: Path | None) -> Iterator[Finding]:
    """What the persona's language can be used for."""
    locale = _read(path).persona.profile.locale
    if language(locale) in _RECOGNISED:
        yield found("languages", f"hear {locale}", "recognised by pocketsphinx")
    else:
        remedy = "Let visitors type, or use a recogniser of your own (topic hearing/utterance)"
        yield missing("languages", f"hear {locale}", "no recogniser for it", remedy)
    speakers = [name for name in VOICES.engines if _speaks(name, locale)]
    if speakers:
        yield found("languages", f"speak {locale}", ", ".join(speakers))
    else:
        remedy = "Install espeakng-loader, or choose a persona that speaks English"
        yield missing("languages", f"speak {locale}", "no voice for it: captions only", remedy)


def _speaks(engine: str, locale: str) -> bool:
    try:
        voice: Voice = VOICES.create(engine)
    except VisavisError:
        return False
    with contextlib.closing(voice):
        return voice.speaks(locale)
