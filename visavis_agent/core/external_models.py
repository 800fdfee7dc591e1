"""Nets that the repository does not hold: whence they come, under which licence, and where they lie once fetched."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from visavis_agent.core.download import Progress, download
from visavis_agent.core.errors import ConfigurationError, EngineError, FormatError
from visavis_agent.core.inference import file_sha256
from visavis_agent.core.paths import fetched_directory, models_directory
from visavis_agent.core.settings import read_settings, read_yaml, setting

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,100}")
_RECORD = "fetched.json"


@dataclass(frozen=True)
class Source:
    """A file of a model."""

    url: str = setting("", "where it is fetched")
    sha256: str = setting("", "what it must be, where somebody who can know has said so")


@dataclass(frozen=True)
class ExternalModel:
    """An entry `external.NAME` of models/manifest.yaml."""

    title: str = setting("", "what it is")
    licence: str = setting("", "under which licence, as its makers say")
    licence_url: str = setting("", "where that can be read")
    use: str = setting("", "how a deployment names it, as YAML")
    files: dict[str, Source] = field(default_factory=dict)


def external_models(manifest: Path | None = None) -> dict[str, ExternalModel]:
    """What can be fetched, by name.

    Raises:
        ConfigurationError: the manifest is missing or wrong.
    """
    path = manifest or models_directory() / "manifest.yaml"
    entries = read_yaml(path).get("external") or {}
    models = {name: read_settings(ExternalModel, entry, str(path)) for name, entry in entries.items()}
    for name, model in models.items():
        wrong = [part for part in (name, *model.files) if not _NAME.fullmatch(part)]
        if wrong or not model.files:
            problem = f"{wrong[0]!r} is no name" if wrong else f"{name} has no files"
            raise ConfigurationError(problem, str(path), "Letters, digits, dots, dashes and underscores make a name")
    return models


def folder_of(name: str) -> Path:
    """Where a model lies, or will lie."""
    return fetched_directory() / name


def state_of(name: str, model: ExternalModel) -> str:
    """ "fetched", "not fetched", "partly fetched" or "damaged"; reads every file."""
    folder = folder_of(name)
    there = [file for file in model.files if (folder / file).is_file()]
    if len(there) < len(model.files):
        return "partly fetched" if there or any(folder.glob("*.part")) else "not fetched"
    expected = {file: source.sha256 or _recorded(folder).get(file, "") for file, source in model.files.items()}
    good = all(sha256 in ("", file_sha256(folder / file)) for file, sha256 in expected.items())
    return "fetched" if good else "damaged"


def fetch(name: str, model: ExternalModel, file: str, progress: Progress) -> tuple[Path, str]:
    """Make sure that a file of a model is there and is the right one.

    Where nobody has said what its SHA-256 must be, that of the first fetch is recorded beside it and holds thereafter.

    Returns:
        Where it lies, and what a person must know: that nobody vouches for it. Empty when somebody does.

    Raises:
        VisavisError: it cannot be fetched or is another file.
    """
    source, folder = model.files[file], folder_of(name)
    target, recorded = folder / file, _recorded(folder)
    expected = source.sha256 or recorded.get(file, "")
    if not (expected and target.is_file() and file_sha256(target) == expected.lower()):
        try:
            recorded[file] = download(source.url, target, expected, progress)
        except FormatError as error:
            if source.sha256:
                raise
            remedy = f"If it was renewed, remove {folder} and fetch it again"
            raise FormatError("is not the file that was fetched the first time", error.where, remedy) from None
        _record(folder, recorded)
    if source.sha256:
        return target, ""
    return target, f"nobody vouches for {file}: compare its SHA-256 with its makers' ({recorded[file]})"


def find_model(named: str, setting_name: str, pattern: str = "*.onnx") -> Path:
    """The file that a setting names: a path, or the name of a model that was fetched.

    Args:
        pattern: of its file among those that were fetched.

    Raises:
        EngineError: there is none.
    """
    path = Path(os.path.expanduser(named))  # unlike Path's, it leaves an unknown user as written
    if path.is_file():
        return path
    plain = _NAME.fullmatch(named) is not None
    found = sorted(folder_of(named).glob(pattern)) if plain else []
    if found:
        return found[0]
    remedy = (
        f"Run `visavis models fetch {named}`" if plain and named in external_models() else "See `visavis models list`"
    )
    raise EngineError(f"there is no model {named!r}, neither as a file nor fetched", setting_name, remedy)


def _recorded(folder: Path) -> dict[str, str]:
    try:
        read = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in read.items()} if isinstance(read, dict) else {}


def _record(folder: Path, recorded: dict[str, str]) -> None:
    new = folder / f".{_RECORD}"
    try:
        new.write_text(json.dumps(recorded, indent=1, sort_keys=True), encoding="utf-8")
        new.replace(folder / _RECORD)
    except OSError as error:
        raise EngineError(f"cannot be written ({error.strerror})", str(new), "Make room") from None
