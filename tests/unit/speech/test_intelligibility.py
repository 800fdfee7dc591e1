"""Listening by transcribing: a recogniser with a dictation model writes down what the embedded voice says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.unit.speech.conftest import clause
from visavis_agent.core.emotion import Emotion
from visavis_agent.hearing.phrase import edits
from visavis_agent.speech.prosody import prosody_of
from visavis_agent.speech.voices import Voice

SENTENCES = (
    "The museum opens at 10 in the morning and closes at 6 in the evening.",
    "Children under 12 years old can visit for free.",
    "Thank you for your visit and have a wonderful day.",
)

# In a process of its own: the recogniser holds the interpreter's lock for seconds.
RECOGNISER = """
import json, sys
import numpy as np
from pocketsphinx import Decoder
decoder = Decoder(samprate=16000, loglevel="FATAL")
found = []
for name in sys.argv[1:]:
    decoder.start_utt()
    decoder.process_raw(np.load(name).tobytes(), full_utt=True)
    decoder.end_utt()
    found.append(decoder.hyp().hypstr if decoder.hyp() else "")
print(json.dumps(found))
"""


@pytest.mark.slow
@pytest.mark.parametrize("intensity", [0.0, 0.7])
def test_a_recogniser_understands_the_voice(flite: Voice, tmp_path: Path, intensity: float) -> None:
    pytest.importorskip("pocketsphinx")
    joy = prosody_of(Emotion.of({"joy": 1.0}, intensity=intensity))
    names, said = [], []
    for number, sentence in enumerate(SENTENCES):
        made = clause(sentence, prosody=joy)
        quiet = np.zeros(4000, np.int16)
        names.append(str(tmp_path / f"{number}.npy"))
        np.save(names[-1], np.concatenate([quiet, flite.synthesise(made).pcm, quiet]))
        said.append(" ".join(token.spoken for token in made.tokens).lower().split())
    run = subprocess.run(
        [sys.executable, "-c", RECOGNISER, *names], check=True, capture_output=True, text=True, timeout=300
    )
    heard = [text.split() for text in json.loads(run.stdout)]
    errors = sum(map(edits, said, heard))
    assert errors / sum(map(len, said)) < 0.3, heard
