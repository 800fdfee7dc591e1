"""A voice of one's own: a node answers the plans with sound alone, and the lips follow the sound."""

from __future__ import annotations

import numpy as np

from visavis_agent.core.arkit import ARKIT_INDEX
from visavis_agent.core.emotion import Emotion
from visavis_agent.core.records import (
    Diagnostic,
    FaceMotion,
    PlaybackStatus,
    Record,
    SinkState,
    SpeechAudio,
    SpeechPlan,
    TextInput,
)
from visavis_agent.deployment import Deployment
from visavis_agent.session.loop import Session
from visavis_agent.session.visit import Script, Visit
from visavis_agent.setup_models import ensure_lips
from visavis_agent.speech.bank import VoiceBank


def test_a_node_in_place_of_the_voice_needs_no_phones_for_lips_that_move() -> None:
    ensure_lips()
    deployment = Deployment.read(None, {}, seed=0)
    settings = {name: value for name, value in deployment.settings.items() if name not in ("speech", "rendering")}
    bank = VoiceBank("flite", {"flite": {"voice": "rms"}})
    visit, sent = Visit(Script(texts=("How much is a ticket?",))), []
    spoken: dict[object, int] = {}

    def answer(plan: SpeechPlan) -> None:
        """As a node on dialogue/speech_plan would: each clause as it comes, the same id, no phones."""
        said = bank.say(plan.text, "en", Emotion()).speech
        first = spoken.get((plan.id, plan.lane), 0)
        spoken[plan.id, plan.lane] = first + len(said.pcm)
        audio = SpeechAudio(
            media_ns=session.now, session=plan.session, id=plan.id, lane=plan.lane, clause=plan.clause,
            sample_rate=said.sample_rate, first_sample=first, pcm=said.pcm, last=plan.last, text=plan.text,
        )  # fmt: skip
        session.outside(session.now, lambda: session.send(audio))

    def tap(record: Record, at_ns: int) -> None:
        visit.watch(record, at_ns)
        sent.append(record)
        if isinstance(record, SpeechPlan):
            answer(record)

    with Session(settings, 0, tap, (TextInput, SpeechAudio)) as session:
        visit.begin(session)
        session.run(lambda: visit.end_ns)
    bank.close()
    visit.close()
    playing = [r.media_ns for r in sent if isinstance(r, PlaybackStatus) and r.state is SinkState.PLAYING]
    jaws = [
        float(r.coefficients[ARKIT_INDEX["jawOpen"]])
        for r in sent
        if isinstance(r, FaceMotion) and playing[0] <= r.media_ns <= playing[-1]
    ]
    assert np.percentile(jaws, 90) > 0.15 and np.percentile(jaws, 10) < 0.08
    assert any("from the sound" in r.message for r in sent if isinstance(r, Diagnostic))
