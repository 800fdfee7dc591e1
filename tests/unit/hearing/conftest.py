"""What the tests of hearing share: spoken sentences, and files of all kinds."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.unit.hearing.sounds import Pcm
from visavis_agent.hearing.media import AudioFile

Say = Callable[[str], Pcm]


def read_all(path: Path) -> Pcm:
    file = AudioFile(path)
    return np.concatenate([block.pcm for block in iter(file.read, None)])


@pytest.fixture(scope="session")
def say(tmp_path_factory: pytest.TempPathFactory) -> Say:
    """Speaks a sentence in the voice `rms`: 16 kHz int16."""
    if shutil.which("flite") is None:
        pytest.skip("flite is not installed: install the system package flite")
    directory = tmp_path_factory.mktemp("said")

    def speak(text: str) -> Pcm:
        path = directory / f"{abs(hash(text))}.wav"
        subprocess.run(["flite", "-voice", "rms", "-t", text, "-o", str(path)], check=True)
        return read_all(path)

    return speak
