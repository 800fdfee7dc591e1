"""A small recorded session for the tests of bags."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from visavis_agent.bags import BagEntry, BagWriter
from visavis_agent.core import records as r
from visavis_agent.core.clock import MS
from visavis_agent.core.emotion import Emotion
from visavis_agent.core.ids import ReplyId
from visavis_agent.graph import GRAPH

DESCRIPTION = {"session": "visit", "seed": 3, "settings": {"speech": {"rate": 1.0}}}


def small_session() -> list[BagEntry]:
    """One of most things, in the order sent, several at one instant."""
    rng = np.random.default_rng(1)
    picture = rng.integers(0, 256, (12, 16, 3), np.uint8)
    records: list[tuple[int, r.Record]] = []
    for i in range(10):
        pcm = rng.integers(-999, 999, 512, np.int16)
        records.append((i + 1, r.MicrophoneAudio(media_ns=i * MS, session="visit", pcm=pcm)))
    records += [
        (11, r.CameraImage(media_ns=4 * MS, session="visit", image=picture)),
        (
            11,
            r.Persons(
                media_ns=4 * MS,
                persons=(r.Person(person_id="a", presence=r.Presence.PRESENT, box=(0.0, 0.0, 1.0, 1.0)),),
            ),
        ),
        (12, r.TextInput(media_ns=12 * MS, session="visit", text="Wie geht’s?", locale="de")),
        (12, r.TurnState(media_ns=12 * MS, id=ReplyId(1, 2, 3), phase=r.Phase.THINKING)),
        (
            12,
            r.AgentEmotion(media_ns=12 * MS, emotion=Emotion.of({"joy": 0.7, "neutral": 0.3}, valence=1 / 3)),
        ),
    ]
    for i in range(3):
        pcm = rng.integers(-999, 999, 1600, np.int16)
        marks = (
            r.PhoneMark("ah", 1600 * i, 1600 * i + 800, 1),
            r.PhoneMark("m", 1600 * i + 800, 1600 * i + 1600),
        )
        records.append((13, r.SpeechAudio(
            media_ns=13 * MS, id=ReplyId(1, 2, 3), lane=r.Lane.REPLY, clause=i, sample_rate=16_000,
            first_sample=1600 * i, pcm=pcm, last=i == 2, phones=marks,
        )))  # fmt: skip
    for i in range(5):
        coefficients = rng.random(52, np.float32)
        records.append((20 * i + 20, r.FaceMotion(media_ns=20 * i * MS, coefficients=coefficients)))
        image = rng.integers(0, 256, (8, 8, 3), np.uint8)
        records.append((20 * i + 20, r.VideoFrame(media_ns=20 * i * MS, image=image, mouth_gap_m=0.001 * i, tier=7)))
    return [BagEntry(GRAPH.topic(type(record)).name, record, at * MS) for at, record in records]


def write(path: Path, entries: list[BagEntry], description: dict[str, Any] = DESCRIPTION) -> Path:
    with BagWriter(path, description) as bag:
        for entry in entries:
            bag.write(entry.record, entry.at_ns)
    return path


def changed(entries: list[BagEntry], index: int, **fields: Any) -> list[BagEntry]:
    """The same entries with fields of one record changed."""
    entry = entries[index]
    return [*entries[:index], entry._replace(record=replace(entry.record, **fields)), *entries[index + 1 :]]
