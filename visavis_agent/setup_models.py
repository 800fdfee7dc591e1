"""`python -m visavis_agent.setup_models`: build what the agent runs from what is installed, offline.

Each artefact has a stamp beside it that names what it was made from. A second run compares stamps and does
nothing; a changed source, recipe or damaged output is built anew, in a temporary directory, and moved into
place.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from visavis_agent.core.errors import EngineError, VisavisError
from visavis_agent.core.inference import file_sha256
from visavis_agent.core.paths import models_directory
from visavis_agent.dialogue.emotion import EMOTION_FILE
from visavis_agent.dialogue.emotion_setup import EMOTION_RECIPE, build_emotion_net, emotion_sources
from visavis_agent.dialogue.encoder_setup import ENCODER_FILES, ENCODER_RECIPE, build_encoder, encoder_sources
from visavis_agent.motion.lips_setup import LIPS_RECIPE, build_lips, lips_sources
from visavis_agent.motion.sound_net import LIPS_FILE
from visavis_agent.rendering.builder.parameters import CHARACTERS


@dataclass(frozen=True)
class Artefact:
    """Something that set-up builds.

    Attributes:
        name: for messages and the stamp's file name.
        outputs: files it consists of, relative to the models directory.
        sources: what it is made from, by name; any change builds it anew.
        build: writes the outputs into the directory given.
    """

    name: str
    outputs: tuple[str, ...]
    sources: Callable[[], Mapping[str, str]]
    build: Callable[[Path], None]


def ensure(artefact: Artefact, models: Path) -> bool:
    """Make sure that `artefact` is in `models` and up to date; True if it had to be built.

    Raises:
        VisavisError: a source is missing or wrong, or the build failed; what was there before stays.
    """
    stamp = models / f".{artefact.name}.json"
    sources = dict(artefact.sources())
    if _is_current(stamp, sources, models, artefact.outputs):
        return False
    models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=models, prefix=f".{artefact.name}.") as directory:
        artefact.build(Path(directory))
        digests = {name: file_sha256(Path(directory) / name) for name in artefact.outputs}
        stamp.unlink(missing_ok=True)
        for name in artefact.outputs:
            target = models / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (Path(directory) / name).replace(target)
        written = Path(directory) / "stamp"
        written.write_text(json.dumps({"sources": sources, "outputs": digests}, indent=1, sort_keys=True) + "\n")
        written.replace(stamp)
    return True


def is_current(artefact: Artefact, models: Path) -> bool:
    """Whether `artefact` is in `models`, unharmed and made from what is there now.

    Raises:
        VisavisError: a source is missing or wrong.
    """
    return _is_current(models / f".{artefact.name}.json", dict(artefact.sources()), models, artefact.outputs)


def _is_current(stamp: Path, sources: Mapping[str, str], models: Path, outputs: tuple[str, ...]) -> bool:
    try:
        known = json.loads(stamp.read_text())
        return bool(
            known["sources"] == sources
            and all(file_sha256(models / name) == known["outputs"][name] for name in outputs)
        )
    except (OSError, ValueError, KeyError, TypeError, EngineError):
        return False


def _avatar_sources() -> Mapping[str, str]:
    package = Path(__file__).parent / "rendering"
    files = sorted([*package.glob("builder/*.py"), *package.glob("avatar*.py")])
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return {"builder": digest.hexdigest()}


def _avatar_file(name: str) -> str:
    return f"avatars/{name}.avatar"


def _build_avatar(name: str, directory: Path) -> None:
    """In a process of its own: the builder's hundreds of megabytes go when it is done."""
    target = directory / _avatar_file(name)
    target.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "visavis_agent.rendering.builder", name, "--out", str(target)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0 or not target.is_file():
        problem = (result.stderr.strip().splitlines() or ["no message"])[-1]
        raise EngineError(
            f"the avatar {name} could not be built ({problem})",
            "",
            f"Run `python -m visavis_agent.rendering.builder {name}` to see why",
        )


ENCODER = Artefact("minilm", ENCODER_FILES, lambda: encoder_sources() | {"recipe": ENCODER_RECIPE}, build_encoder)
EMOTION = Artefact(
    "emotion", (EMOTION_FILE,), lambda: emotion_sources() | {"recipe": EMOTION_RECIPE}, build_emotion_net
)
LIPS = Artefact("lips", (LIPS_FILE,), lambda: lips_sources() | {"recipe": LIPS_RECIPE}, build_lips)
AVATARS = tuple(
    Artefact(name, (_avatar_file(name),), _avatar_sources, partial(_build_avatar, name)) for name in CHARACTERS
)


def ensure_avatar(models: Path | None = None) -> bool:
    """The files of all characters; True if one had to be built."""
    built = [ensure(avatar, models or models_directory()) for avatar in AVATARS]
    return any(built)


def ensure_encoder(models: Path | None = None) -> bool:
    """The nets of the dialogue; True if one had to be built."""
    built = [ensure(net, models or models_directory()) for net in (ENCODER, EMOTION)]
    return any(built)


def ensure_lips(models: Path | None = None) -> bool:
    """The net that moves the lips from sound; True if it had to be built."""
    return ensure(LIPS, models or models_directory())


def artefacts() -> tuple[Artefact, ...]:
    """Everything that set-up builds, in order; the place to add a model."""
    return (ENCODER, EMOTION, LIPS, *AVATARS)


def main() -> int:
    """Build what is missing; 1 and a message when something could not be built."""
    failed = 0
    for artefact in artefacts():
        try:
            built = ensure(artefact, models_directory())
        except VisavisError as error:
            print(f"{artefact.name}: {error}", file=sys.stderr)
            failed = 1
            continue
        print(f"{artefact.name}: {'built' if built else 'up to date'}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
