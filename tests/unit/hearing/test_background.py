"""Talk that goes on elsewhere is not the visitor's."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.hearing.conftest import Say
from tests.unit.hearing.sounds import Pcm, blocks, noise
from visavis_agent.core.clock import SECOND
from visavis_agent.hearing.background import Background
from visavis_agent.hearing.intake import FRAME_NS, Frame, Intake
from visavis_agent.hearing.vad import SpeechGate, VoiceDetector

RATE = 16_000


def utterances(pcm: Pcm) -> list[tuple[float, float]]:
    """Begin and end of what is taken for the visitor's speech, s."""
    detector, intake = VoiceDetector(SpeechGate()), Intake()
    found, begin = [], 0.0
    for block in blocks(pcm):
        for frame in intake.push(block):
            assert isinstance(frame, Frame)
            activity = detector.frame(frame)
            if activity.changed and activity.speaking:
                begin = activity.since_ns / SECOND
            elif activity.changed:
                found.append((begin, activity.since_ns / SECOND))
    return found


@pytest.fixture(scope="module")
def hall(say: Say) -> Pcm:
    """Half a minute of four voices at once."""
    talk = np.concatenate([say("and then we went on and on without a pause"), say("to the great hall of the whales")])
    voices = [np.resize(np.roll(talk, 11_000 * n), 30 * RATE).astype(np.int32) for n in range(4)]
    return np.clip(sum(voices) // 4, -32768, 32767).astype(np.int16)


@pytest.mark.parametrize("snr_db", [6, 10, 20])
def test_the_visitor_is_heard_out_of_a_hall_full_of_talk(say: Say, hall: Pcm, snr_db: int) -> None:
    question = say("where is the dinosaur exhibition please")
    loudness = float(np.sqrt(np.mean(question.astype(float) ** 2) / np.mean(hall.astype(float) ** 2)))
    room = hall * (loudness * 10 ** (-snr_db / 20))
    at = 10 * RATE
    room[at : at + len(question)] += question
    (found,) = [pair for pair in utterances(np.clip(room, -32768, 32767).astype(np.int16)) if pair[1] > 8.0]
    assert found[0] == pytest.approx(10.0, abs=0.3)
    assert found[1] == pytest.approx(10.0 + len(question) / RATE, abs=0.4)


def test_a_visitor_who_talks_for_long_does_not_become_the_background(say: Say) -> None:
    sentence = say("I came here with my three children and we would like to see everything that you have")
    talk = np.concatenate([noise(3.0, 0.0003), *([sentence] * 4), noise(1.0, 0.0003)])
    found = utterances(talk)
    assert sum(end - begin for begin, end in found) >= 0.9 * 4 * len(sentence) / RATE


def test_the_level_is_that_of_the_room_and_not_of_the_speech() -> None:
    background = Background()
    assert not background.covers(-20.0, True, None), "nothing is known yet"
    for _ in range(4 * SECOND // FRAME_NS):
        background.covers(-60.0, True, None)
    for n in range(3 * SECOND // FRAME_NS):
        assert not background.covers(-25.0, True, n * FRAME_NS)
    assert background.level_dbfs == pytest.approx(-60.0)
    for n in range(20 * SECOND // FRAME_NS):
        background.covers(-30.0, True, n * FRAME_NS)
    assert background.level_dbfs == pytest.approx(-30.0, abs=0.1), "what never ends is no visitor"


def longest_pause(pcm: Pcm) -> int:
    """In speech that goes on, ns."""
    detector, intake = VoiceDetector(SpeechGate()), Intake()
    frames = [frame for block in blocks(pcm) for frame in intake.push(block) if isinstance(frame, Frame)]
    return max(activity.quiet_ns for activity in map(detector.frame, frames) if activity.speaking)


def test_steady_noise_covers_nothing(say: Say) -> None:
    background = Background()
    for _ in range(4 * SECOND // FRAME_NS):
        assert not background.covers(-40.0, False, None)
    assert not background.covers(-39.0, True, 0)
    question = say("what can i see here")
    loud = float(np.sqrt(np.mean(question.astype(float) ** 2))) / 32767
    room = np.concatenate([np.zeros(3 * RATE, np.int16), question])
    assert longest_pause(room + noise(len(room) / RATE, loud / 10)) <= longest_pause(room) + FRAME_NS
