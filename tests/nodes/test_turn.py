"""The real stages as nodes: a foreign process gives them words and gets speech and motion."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from visavis.msg import (
    FaceMotion,
    Hypothesis,
    PlaybackStatus,
    ReplyId,
    SpeechAudio,
    SpeechPlan,
    TurnState,
    UserTurn,
    Utterance,
    WordsHeard,
)

from tests.nodes.client import Client, running
from visavis_agent.core.arkit import ARKIT_INDEX

pytestmark = pytest.mark.ros
SENTENCE = "My mother bought a big blue piano."


def finished(statuses: list[PlaybackStatus]) -> bool:
    """The sink has come to the end of a reply."""
    return any(status.state == PlaybackStatus.STATE_FINISHED for status in statuses)


def joined(audio: list[SpeechAudio]) -> Any:
    """The reply's samples, after a check that its pieces follow each other."""
    for before, after in pairwise(audio):
        assert after.first_sample == before.first_sample + len(before.pcm)
    return np.concatenate([np.asarray(piece.pcm) for piece in audio])


def test_a_foreign_mind_makes_the_agent_speak(client: Client, tmp_path: Path) -> None:
    audio = client.listen(SpeechAudio, "speech/audio")
    statuses = client.listen(PlaybackStatus, "speech/playback_status")
    heard = client.listen(WordsHeard, "speech/words_heard")
    faces = client.listen(FaceMotion, "motion/face", reliable=False)
    reply = ReplyId(epoch=1, turn=1)
    with running(tmp_path / "log", "--stages", "speech,playback,motion"):
        state = client.publisher(TurnState, "conversation/turn_state", latched=True, count=3)
        plan = client.publisher(SpeechPlan, "dialogue/speech_plan")
        client.wait(lambda: bool(faces), "an idle face")
        state.publish(TurnState(id=reply, phase=TurnState.PHASE_SPEAKING))
        plan.publish(SpeechPlan(id=reply, text=SENTENCE, last=True))
        client.wait(lambda: finished(statuses) and heard[-1].complete, "the end of the reply")
    assert heard[-1].text == SENTENCE
    assert audio[-1].last and all(piece.id == reply for piece in audio)
    pcm, rate = joined(audio), audio[0].sample_rate
    assert 1.0 < len(pcm) / rate < 5.0 and np.abs(pcm).max() > 1000
    jaw = [face.coefficients[ARKIT_INDEX["jawOpen"]] for face in faces]
    assert max(jaw) > 0.1
    media = [face.media_ns for face in faces]
    assert all(after > before and after % 20_000_000 == 0 for before, after in pairwise(media))


def test_a_foreign_conversation_gets_an_answer_aloud(client: Client, tmp_path: Path) -> None:
    plans = client.listen(SpeechPlan, "dialogue/speech_plan")
    audio = client.listen(SpeechAudio, "speech/audio")
    faces = client.listen(FaceMotion, "motion/face", reliable=False)
    heard = client.listen(WordsHeard, "speech/words_heard")
    reply = ReplyId(epoch=1, turn=1)
    question = [Hypothesis(text="what is your name")]
    with running(tmp_path / "log", "--stages", "dialogue,speech,playback,motion"):
        state = client.publisher(TurnState, "conversation/turn_state", latched=True, count=4)
        turn = client.publisher(UserTurn, "conversation/user_turn")
        state.publish(TurnState(id=reply, phase=TurnState.PHASE_THINKING))
        turn.publish(UserTurn(id=reply, hypotheses=question))
        client.wait(lambda: bool(heard) and heard[-1].complete, "the end of the answer")
    assert all(record.id == reply for record in (*plans, *audio)) and plans[-1].last
    assert heard[-1].text == " ".join(plan.text for plan in plans)
    assert max(face.coefficients[ARKIT_INDEX["jawOpen"]] for face in faces) > 0.1


def test_a_foreign_recogniser_gets_an_answer_aloud(client: Client, tmp_path: Path) -> None:
    plans = client.listen(SpeechPlan, "dialogue/speech_plan")
    audio = client.listen(SpeechAudio, "speech/audio")
    faces = client.listen(FaceMotion, "motion/face", reliable=False)
    heard = client.listen(WordsHeard, "speech/words_heard")
    states = client.listen(TurnState, "conversation/turn_state", latched=True)
    with running(tmp_path / "log", "--stages", "conversation,dialogue,speech,playback,motion"):
        said = client.publisher(Utterance, "hearing/utterance")
        client.wait(lambda: bool(states and faces), "an idle face")
        now = media_now(client, states[-1])
        words = [Hypothesis(text="what is your name", confidence=0.9)]
        said.publish(Utterance(hypotheses=words, final=True, start_ns=now - 1_500_000_000, end_ns=now - 300_000_000))
        client.wait(lambda: bool(heard) and heard[-1].complete, "the end of the answer")
    assert plans[-1].last and all(piece.id == plans[-1].id for piece in audio)
    assert np.abs(joined(audio)).max() > 1000
    assert max(face.coefficients[ARKIT_INDEX["jawOpen"]] for face in faces) > 0.1


def media_now(client: Client, message: Any) -> int:
    """Media time now, as others learn it from any message: both times of one instant are in it."""
    ros_ns = message.header.stamp.sec * 10**9 + message.header.stamp.nanosec
    return int(client.node.get_clock().now().nanoseconds) - ros_ns + int(message.media_ns)


def test_the_stamp_of_a_status_is_the_ros_time_of_its_sample(client: Client, tmp_path: Path) -> None:
    """Media time and ROS time differ by the same amount in messages of all stages and processes."""
    messages: dict[str, list[Any]] = {
        "speech/playback_status": client.listen(PlaybackStatus, "speech/playback_status"),
        "motion/face": client.listen(FaceMotion, "motion/face", reliable=False),
    }
    with (
        running(tmp_path / "one", "--stages", "speech,playback"),
        running(tmp_path / "two", "--stages", "motion"),
    ):
        state = client.publisher(TurnState, "conversation/turn_state", latched=True, count=3)
        state.publish(TurnState(id=ReplyId(epoch=1, turn=1), phase=TurnState.PHASE_SPEAKING))
        plan = client.publisher(SpeechPlan, "dialogue/speech_plan")
        plan.publish(SpeechPlan(id=ReplyId(epoch=1, turn=1), text="Hello.", last=True))
        client.wait(lambda: all(messages.values()), "messages of both processes")
    offsets = [
        message.header.stamp.sec * 10**9 + message.header.stamp.nanosec - message.media_ns
        for received in messages.values()
        for message in received
    ]
    assert max(offsets) - min(offsets) < 50_000_000
