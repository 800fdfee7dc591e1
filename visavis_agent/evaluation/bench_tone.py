"""What the tone of a voice tells: arousal of acted speech of two speakers, and of calm speech, where none should be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import MS, sample_index, sample_time
from visavis_agent.core.emotion import Emotion
from visavis_agent.core.records import MICROPHONE_RATE
from visavis_agent.evaluation.utterances import SENTENCES, recorded, synthetic
from visavis_agent.hearing.affect import VoiceAffectEstimator
from visavis_agent.hearing.intake import FRAME, Frame
from visavis_agent.hearing.prosody import ProsodyFrames, analyse
from visavis_agent.hearing.resampling import Resampler
from visavis_agent.hearing.vad import SpeechGate, VoiceDetector

# From the least aroused to the most; what lies between two of them is what can be told apart.
_ORDER = ("sadness", "neutral", "joy")
_ACTED = (*_ORDER, "anger")
_CALM = ("librivox_aligned/librivox/*.wav", "librivox_aligned/cards/*.wav", "librivox_aligned/forever/*.wav")
_CALM_TOO = ("arctic/*.wav", "whisper_jfk/*.flac")
_VOICES = ("slt", "awb", "rms", "kal16")
_HANGOVER_NS = 320 * MS
_QUIET = np.zeros(MICROPHONE_RATE, np.int16)
_Pcm = npt.NDArray[np.int16]
# Readings by speaker and feeling.
_Readings = dict[str, dict[str, list[Emotion]]]


def tone(directory: Path) -> dict[str, Any]:
    """What the reader of voices says of each utterance, at first hearing and after it has heard the speaker neutral.

    Args:
        directory: of the recordings; what is missing there is null.
    """
    acted = _acted(directory)
    people = [path for pattern in _CALM + _CALM_TOO for path in sorted(directory.glob(pattern))]
    said = [utterance for voice in _VOICES for utterance in synthetic(SENTENCES[:4], voice)]
    return {
        "first": _told(_read(acted, known=False)),
        "known": _told(_read(acted, known=True)),
        "calm_people": _calm([recorded(path) for path in people]),
        "calm_voices": _calm([Resampler().pcm(utterance.pcm, utterance.sample_rate) for utterance in said]),
    }


def _acted(directory: Path) -> dict[str, dict[str, list[_Pcm]]]:
    """Utterances by speaker and feeling: recordings named `Claire_joy….wav`, without shorter copies of the same."""
    found: dict[str, dict[str, list[_Pcm]]] = {}
    for path in sorted((directory / "a2f3d_audio").glob("*_*.wav")):
        speaker, feeling = path.stem.split("_")[:2]
        if feeling in _ACTED and "khz" not in path.stem:
            found.setdefault(speaker, {})[feeling] = _utterances(recorded(path))
    return {speaker: by for speaker, by in found.items() if set(_ORDER) <= set(by)}


def _read(acted: dict[str, dict[str, list[_Pcm]]], known: bool) -> _Readings:
    readings: _Readings = {}
    for speaker, by in acted.items():
        readings[speaker] = {}
        for feeling, utterances in by.items():
            heard = [by["neutral"] if known else [] for _ in utterances]
            if known and feeling == "neutral":  # nobody is compared with himself
                heard = [[other for other in utterances if other is not utterance] for utterance in utterances]
            said = [_emotion(utterance, before) for utterance, before in zip(utterances, heard, strict=True)]
            readings[speaker][feeling] = [emotion for emotion in said if emotion.confidence > 0.0]
    return readings


def _told(readings: _Readings) -> dict[str, Any] | None:
    """Mean arousal by speaker and feeling; how often boundaries set on one speaker tell the feelings of the other."""
    if len(readings) < 2:
        return None
    means = {
        speaker: {feeling: round(_arousal(said), 2) for feeling, said in by.items()} for speaker, by in readings.items()
    }
    right, pairs, ordered = [], [], []
    for speaker, by in readings.items():
        others = [other for name, other in readings.items() if name != speaker]
        levels = [_arousal([said for other in others for said in other[feeling]]) for feeling in _ORDER]
        low, high = np.mean(levels[:2]), np.mean(levels[1:])
        for place, feeling in enumerate(_ORDER):
            right += [int(e.arousal > low) + int(e.arousal > high) == place for e in by[feeling]]
        middle = (levels[0] + levels[-1]) / 2
        pairs += [e.arousal > middle for e in by["joy"]] + [e.arousal < middle for e in by["sadness"]]
        ordered += [glad.arousal > sad.arousal for glad in by["joy"] for sad in by["sadness"]]
    sure = [emotion.confidence for by in readings.values() for said in by.values() for emotion in said]
    return {
        "arousal": means,
        "utterances": len(right),
        "left_out_of_three": round(float(np.mean(right)), 2),
        "left_out_joy_or_sadness": round(float(np.mean(pairs)), 2),
        "joy_above_sadness": round(float(np.mean(ordered)), 2),
        "confidence": round(float(np.mean(sure)), 2),
    }


def _calm(recordings: Sequence[_Pcm]) -> dict[str, Any] | None:
    """Of calm speech, each utterance by a speaker not heard before."""
    said = [_emotion(utterance, []) for pcm in recordings for utterance in _utterances(pcm)]
    said = [emotion for emotion in said if emotion.confidence > 0.0]
    if not said:
        return None
    return {
        "utterances": len(said),
        "mean_size_of_arousal": round(float(np.mean([abs(emotion.arousal) for emotion in said])), 2),
        "neutral": round(float(np.mean([emotion.label == "neutral" for emotion in said])), 2),
    }


def _arousal(said: Sequence[Emotion]) -> float:
    return float(np.mean([emotion.arousal for emotion in said]))


def _emotion(utterance: _Pcm, heard: Sequence[_Pcm]) -> Emotion:
    """What is read of it by who has heard those before."""
    estimator = VoiceAffectEstimator()
    for before in heard:
        estimator.push(ProsodyFrames(0, *analyse(before)))
        estimator.end()
    estimator.push(ProsodyFrames(0, *analyse(utterance)))
    return estimator.estimate()


def _utterances(pcm: _Pcm) -> list[_Pcm]:
    """The stretches of speech that voice activity finds, 16 kHz."""
    pcm = np.concatenate([_QUIET, pcm, _QUIET])
    detector = VoiceDetector(SpeechGate(0.5, 0.35, _HANGOVER_NS))
    found, since = [], 0
    for start in range(0, len(pcm) - FRAME + 1, FRAME):
        piece = pcm[start : start + FRAME]
        activity = detector.frame(Frame(piece, sample_time(start, MICROPHONE_RATE), denoised=piece))
        if not activity.changed:
            continue
        at = sample_index(activity.since_ns, MICROPHONE_RATE)
        if activity.speaking:
            since = at
        else:
            found.append(pcm[since:at])
    return found
