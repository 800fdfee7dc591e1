"""The bench of listening: its visitor, and one trial of each kind that needs no camera."""

from __future__ import annotations

import numpy as np
import pytest

from visavis_agent.core.clock import MS
from visavis_agent.core.records import FaceMotion, MicrophoneAudio
from visavis_agent.deployment import Deployment
from visavis_agent.evaluation.face_course import FaceCourse, first_reaction
from visavis_agent.evaluation.listening_visit import attend, clap, microphone, room, standing, story, with_sound


def level(pcm: np.ndarray, start_s: float, end_s: float) -> float:
    return float(np.std(pcm[round(start_s * 16_000) : round(end_s * 16_000)].astype(np.float64)))


def test_a_tale_is_loud_where_it_is_spoken_and_quiet_in_its_pauses() -> None:
    told = story(("The boy bought a ball.", "It was a simple problem."), 3)
    assert len(told.spoken) == len(told.pauses) == 2
    for (start, end), (pause, over) in zip(told.spoken, told.pauses, strict=True):
        assert end == pause
        assert 0.39 < over - pause < 1.01
        assert level(told.pcm, start, end) > 30 * level(told.pcm, pause + 0.02, over)


def test_the_microphone_gives_every_block_when_it_is_over() -> None:
    events = microphone(room(1.0, 0))
    assert [at for at, _ in events] == [32 * MS * (k + 1) for k in range(31)]
    assert all(isinstance(record, MicrophoneAudio) and record.media_ns == at - 32 * MS for at, record in events)


@pytest.mark.parametrize("at_s", [2.5, 2.517])
def test_the_face_reacts_to_a_clap_within_150_ms_and_to_nothing_it_does_not(at_s: float) -> None:
    deployment = Deployment.read(None, seed=1)
    quiet = room(3.2, 1)

    def face(pcm: np.ndarray) -> FaceCourse:
        kept = attend(deployment, 1, [*microphone(pcm), *standing(3.2)], 3.2, (FaceMotion,))
        return FaceCourse.of([record for _, record in kept if isinstance(record, FaceMotion)])

    before = face(quiet)
    assert first_reaction(before, face(quiet)) is None
    reaction = first_reaction(before, face(with_sound(quiet, clap(1), at_s)))
    assert reaction is not None
    assert 0.03 < reaction - at_s < 0.15
