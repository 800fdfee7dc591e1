"""Whole conversations from files, without a picture unless the picture is what is tested."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from visavis_agent.bags import BagReader, BagWriter
from visavis_agent.core.clock import MS
from visavis_agent.core.errors import InputError
from visavis_agent.core.records import MicrophoneAudio, SpeechAudio
from visavis_agent.deployment import Deployment
from visavis_agent.evaluation.question import spoken_question
from visavis_agent.session.converse import Outcome, converse
from visavis_agent.session.replay import replay
from visavis_agent.session.visit import Script


def agent(seed: int = 0, **settings: dict[str, object]) -> Deployment:
    return Deployment.read(None, settings, seed=seed)


def typed(*texts: str, seed: int = 0) -> Outcome:
    return converse(agent(seed), Script(texts=texts))


def test_a_typed_question_is_answered_and_reported() -> None:
    outcome = typed("How much is a ticket?")
    (turn,) = outcome.recording.turns
    assert "twelve euros" in turn.answer.lower() or "12" in turn.answer
    assert 0 < turn.total_ms < 1000 and not turn.interrupted
    assert turn.total_ms == pytest.approx(
        turn.endpoint_ms + turn.recognition_ms + turn.reply_ms + turn.speech_ms + turn.playback_ms
    )


def test_several_texts_are_several_turns_one_after_the_other() -> None:
    outcome = typed("Where are the toilets?", "Thank you!", "Goodbye.")
    assert [turn.question for turn in outcome.recording.turns] == ["Where are the toilets?", "Thank you!", "Goodbye."]
    assert not any(turn.interrupted for turn in outcome.recording.turns)
    assert len({turn.id for turn in outcome.recording.turns}) == 3


def test_the_same_seed_gives_the_same_session_and_another_another() -> None:
    first, again, other = (typed("What can I see here?", seed=seed).recording.summary() for seed in (1, 1, 2))
    assert first == again
    assert first["sha256"]["motion"] != other["sha256"]["motion"]


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Path]:
    """A spoken question, filmed small, with its bag."""
    folder = tmp_path_factory.mktemp("spoken")
    spoken_question().save(folder / "question.wav")
    small = agent(rendering={"width": 64, "height": 64})
    script = Script(audio=folder / "question.wav")
    return converse(small, script, folder / "out.mp4", folder / "out.mcap"), folder


def test_a_spoken_question_is_understood_and_answered(spoken: tuple[Outcome, Path]) -> None:
    (turn,) = spoken[0].recording.turns
    assert turn.question == "what can i see here"
    assert "dinosaur" in turn.answer.lower()
    assert 300 < turn.total_ms < 700


def test_the_film_has_pictures_and_sound_of_the_whole_session(spoken: tuple[Outcome, Path]) -> None:
    outcome, folder = spoken
    with av.open(str(folder / "out.mp4")) as film:
        video, audio = film.streams.video[0], film.streams.audio[0]
        assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
        assert video.average_rate == 50
        for stream in (video, audio):
            assert float(stream.duration * stream.time_base) == pytest.approx(outcome.duration_s, abs=0.1)


def test_the_mouth_is_shut_in_silence(spoken: tuple[Outcome, Path]) -> None:
    outcome, _ = spoken
    entries = outcome.recording.entries
    begins = next(entry.at_ns for entry in entries if isinstance(entry.record, SpeechAudio))
    before = [e.record for e in entries if e.topic == "image" and e.record.media_ns < begins]
    assert len(before) > 50
    assert max(frame.mouth_gap_m for frame in before) < 0.0005  # type: ignore[attr-defined]


def test_a_replay_in_the_same_surroundings_is_identical(spoken: tuple[Outcome, Path]) -> None:
    result = replay(spoken[1] / "out.mcap")
    assert not result.differences and not result.notes and result.outputs > 500


def test_a_flipped_sample_of_an_output_is_found_where_it_is(spoken: tuple[Outcome, Path], tmp_path: Path) -> None:
    flipped = tmp_path / "flipped.mcap"
    at_ns = copy_with_flip(spoken[1] / "out.mcap", flipped, SpeechAudio)
    (difference,) = replay(flipped).differences
    assert difference.topic == "speech/audio" and difference.field.startswith("pcm[")
    assert difference.media_ns == at_ns


def test_a_flipped_sample_of_the_microphone_shows_in_what_was_heard(
    spoken: tuple[Outcome, Path], tmp_path: Path
) -> None:
    flipped = tmp_path / "flipped.mcap"
    at_ns = copy_with_flip(spoken[1] / "out.mcap", flipped, MicrophoneAudio)
    differences = replay(flipped).differences
    # Pitch is read from windows around a sample.
    assert differences and min(d.media_ns for d in differences) >= at_ns - 100 * MS


def copy_with_flip(source: Path, target: Path, kind: type[MicrophoneAudio] | type[SpeechAudio]) -> int:
    """Flip a bit of the middle sample of the loudest record of a kind; returns its media time."""
    with BagReader(source) as bag:
        entries, description = list(bag.entries()), bag.description()
    records = [entry.record for entry in entries if isinstance(entry.record, kind)]
    victim = max(records, key=lambda record: float(np.abs(record.pcm.astype(float)).sum()))
    pcm = victim.pcm.copy()
    pcm[len(pcm) // 2] ^= 0x4000
    with BagWriter(target, description) as bag:
        for entry in entries:
            bag.write(replace(victim, pcm=pcm) if entry.record is victim else entry.record, entry.at_ns)
    return victim.media_ns


def test_what_is_longer_than_the_limit_is_cut_and_said(tmp_path: Path) -> None:
    spoken_question().save(tmp_path / "long.wav")
    outcome = converse(agent(), Script(audio=tmp_path / "long.wav", limit_s=1.0))
    assert any("limit" in note for note in outcome.notes)
    assert outcome.duration_s < 4


def test_a_session_needs_something_to_converse_about() -> None:
    with pytest.raises(InputError, match="nothing to converse"):
        converse(agent(), Script())


def test_a_failure_leaves_no_half_written_files(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        converse(agent(), Script(audio=tmp_path / "none.wav"), tmp_path / "a.mp4", tmp_path / "a.mcap")
    assert list(tmp_path.iterdir()) == []


def test_the_summary_is_json(spoken: tuple[Outcome, Path]) -> None:
    text = json.dumps(spoken[0].recording.summary(), allow_nan=False)
    topics = {event["topic"] for event in json.loads(text)["events"]}
    assert {"conversation/turn_state", "hearing/utterance", "dialogue/speech_plan", "speech/playback_status"} <= topics
