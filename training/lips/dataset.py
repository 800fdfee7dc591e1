"""Examples: what the net hears, frame by frame, and what the mouth should do, by our own coarticulation model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.lips.augment import at_rate, varied
from visavis_agent.motion.lips import LipTrack
from visavis_agent.motion.mel import MelStream
from visavis_agent.motion.phonemes import Segment
from visavis_agent.motion.sound_net import AHEAD, LEAD_S, OUTPUTS, STEP_S, stacked
from visavis_agent.speech.voices import Speech

Half = npt.NDArray[np.float16]


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """(n, inputs) heard and (n, outputs) wanted; row k is wanted `AHEAD` steps before it is heard."""

    heard: Half
    wanted: Half


def targets(speech: Speech, count: int) -> Half:
    """(count, OUTPUTS): articulators, seal of the lips, lip on teeth, for steps of STEP_S."""
    track, rate = LipTrack(), speech.sample_rate
    for mark in speech.phones:
        track.append(Segment(mark.phone, mark.start / rate, mark.end / rate, mark.stress, mark.accented))
    rows = np.zeros((count, OUTPUTS), np.float16)
    for k in range(count):
        # Contacts are on the sound; everything else runs ahead of it.
        time = (k + 1 - AHEAD) * STEP_S
        shape = track.shape(time, LEAD_S, 1.0)
        rows[k] = *shape.values, shape.contact.seal, shape.contact.teeth
    return rows


def example(speech: Speech, warp: float) -> Example:
    """Of speech at any rate, heard through a throat of another length."""
    heard = stacked(MelStream(speech.sample_rate, warp).feed(speech.pcm))
    return Example(heard.astype(np.float16), targets(speech, len(heard)))


def examples(spoken: Iterable[Speech], rng: np.random.Generator, versions: int) -> list[Example]:
    """`versions` varied ones of each sentence, and a clean one of every fourth."""
    found: list[Example] = []
    babble = np.zeros(0)
    for number, speech in enumerate(spoken):
        clean = at_rate(speech)
        if len(clean.phones) < 2:
            continue
        if number % 8 == 0:
            other = clean.pcm.astype(np.float64) / 32768.0
            babble = np.concatenate([babble, other])[-30 * 16_000 :]
            babble = babble + np.roll(babble, 16_000) if number % 24 == 0 else babble
        found += [example(varied(clean, rng, babble), float(rng.uniform(0.88, 1.13))) for _ in range(versions)]
        if number % 4 == 0:
            found.append(example(clean, 1.0))
    return found


def batches(
    found: Sequence[Example], length: int, size: int, rng: np.random.Generator
) -> Iterable[tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]]:
    """Runs of `length` steps out of all examples, joined in random order: (size, length, inputs), (…, outputs)."""
    order = rng.permutation(len(found))
    heard = np.concatenate([found[k].heard for k in order])
    wanted = np.concatenate([found[k].wanted for k in order])
    rows = len(heard) // length
    heard = heard[: rows * length].reshape(rows, length, -1)
    wanted = wanted[: rows * length].reshape(rows, length, -1)
    for start in range(0, rows - size + 1, size):
        yield heard[start : start + size].astype(np.float32), wanted[start : start + size].astype(np.float32)
