from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.signal import resample_poly

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.errors import DeviceError, EngineError
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import Lane, Phase, PlaybackStatus, SinkState, SpeechPlan, TurnState, UserTurn
from visavis_agent.evaluation import live_interview
from visavis_agent.evaluation.interview import Answered, Asked
from visavis_agent.evaluation.live_interview import Visitor, found, onset
from visavis_agent.evaluation.loopback import RATE

QUESTION = Asked("When are you open?", np.zeros(16_000, np.int16), 0, 16_000)
REPLY = ReplyId(1, 1, 0)


def played(state: SinkState, media_ns: int, lane: Lane = Lane.REPLY, reply: ReplyId = REPLY) -> PlaybackStatus:
    return PlaybackStatus(media_ns=media_ns, id=reply, lane=lane, state=state, sample=0, sample_rate=16_000)


def visitor() -> Visitor:
    loopback: Any = SimpleNamespace()
    return Visitor(loopback)


def asking(answer: Answered, start_ns: int = 0) -> Visitor:
    made = visitor()
    made._answer, made._start_ns = answer, start_ns
    made.take(TurnState(media_ns=0, id=REPLY, phase=Phase.SPEAKING), 0)
    return made


def test_a_question_is_found_in_noise_to_the_sample() -> None:
    rng = np.random.default_rng(1)
    sound = (3000 * rng.standard_normal(8000)).astype(np.int16)
    recorded = rng.standard_normal(3 * RATE) * 300
    place = 3 * 12_345
    recorded[place : place + 3 * len(sound)] += resample_poly(sound.astype(float), 3, 1)
    at, likeness = found(np.clip(recorded, -32768, 32767).astype(np.int16), sound)
    assert at == place
    assert likeness > 0.95


def test_a_hole_in_the_question_shows() -> None:
    sound = (3000 * np.random.default_rng(1).standard_normal(8000)).astype(np.int16)
    torn = np.concatenate([sound[:4000], np.zeros(200, np.int16), sound[4000:]])
    recorded = resample_poly(np.pad(torn, 1000).astype(float), 3, 1).astype(np.int16)
    assert found(recorded, sound)[1] < 0.8


def test_a_recording_that_is_too_short_is_refused() -> None:
    with pytest.raises(DeviceError, match="shorter"):
        found(np.zeros(300, np.int16), np.ones(8000, np.int16))


def test_the_onset_is_the_first_audible_sample_after_a_time() -> None:
    pcm = np.zeros(RATE, np.int16)
    pcm[[100, 4800, 9600]] = 5000
    pcm[2400] = 50  # inaudible
    recording: Any = SimpleNamespace(
        pcm=pcm, sample=lambda ns: ns * RATE // SECOND, time=lambda sample: sample * SECOND // RATE
    )
    assert onset(recording, 10 * MS) == 100 * MS
    assert onset(recording, -5 * MS) == 100 * SECOND // RATE
    assert onset(recording, 300 * MS) is None


def test_the_first_sound_of_the_turns_reply_answers() -> None:
    made = asking(Answered(QUESTION, end_ns=0, start_ns=0), start_ns=10)
    made.take(played(SinkState.PLAYING, 5), 0)  # of before the question
    made.take(played(SinkState.PLAYING, 20, reply=ReplyId(1, 0, 0)), 0)  # of an older turn
    made.take(played(SinkState.PLAYING, 25, lane=Lane.FILLER), 0)
    assert made._reply is None
    made.take(played(SinkState.PLAYING, 30), 0)
    made.take(played(SinkState.PLAYING, 40), 0)
    assert made._reply is not None and made._reply.media_ns == 30


def test_what_was_said_is_the_last_replys() -> None:
    answer = Answered(QUESTION, end_ns=0, start_ns=0)
    made = asking(answer)
    for text, lane in (("Draft.", Lane.REPLY), ("Well,", Lane.FILLER), ("Ten to six.", Lane.REPLY)):
        made.take(SpeechPlan(media_ns=0, id=REPLY, clause=0, text=text, last=False, lane=lane), 0)
    made.take(SpeechPlan(media_ns=0, id=REPLY, clause=1, text="Not on Monday.", last=True), 0)
    made.take(UserTurn(media_ns=0, id=REPLY, hypotheses=(), speech_end_ns=0, draft=True), 0)
    assert answer.said == ["Ten to six.", "Not on Monday."]
    assert answer.drafts == 1


def test_the_visitor_waits_until_the_agent_has_been_silent_for_a_breath(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(live_interview.time, "monotonic", lambda: clock.now)
    made = visitor()
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        clock.now += seconds
        if len(waits) == 2:
            made.take(played(SinkState.FINISHED, 0), 0)

    monkeypatch.setattr(made._changed, "wait", wait)
    made.take(played(SinkState.PLAYING, 0), 0)
    made.wait_for_calm(60.0)
    assert sum(waits) == pytest.approx(2.0 + live_interview.BREATH_S, abs=0.02)


def test_topics_that_do_not_come_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_interview, "_DISCOVERY_S", 0.0)
    with pytest.raises(EngineError, match="topics do not come"):
        visitor().wait_until_heard()
