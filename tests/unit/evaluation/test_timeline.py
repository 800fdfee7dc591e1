"""The picture of a session."""

from __future__ import annotations

import itertools
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from tests.unit.evaluation.played import Played, held_and_flushed
from visavis_agent.bags.digest import FrameDigest
from visavis_agent.bags.layout import BagEntry
from visavis_agent.core.arkit import coefficients
from visavis_agent.core.clock import MS
from visavis_agent.core.emotion import Emotion
from visavis_agent.core.errors import InputError
from visavis_agent.core.records import (
    AgentEmotion,
    FaceMotion,
    Hypothesis,
    MicrophoneAudio,
    Phase,
    Record,
    TextInput,
    UserEmotion,
    Utterance,
    VoiceActivity,
)
from visavis_agent.evaluation.timeline import draw_timeline
from visavis_agent.evaluation.timeline_data import Timeline
from visavis_agent.evaluation.timeline_rows import BILABIAL, phone_colour


def entry(record: Record, at_ms: int | None = None) -> BagEntry:
    return BagEntry("topic", record, record.media_ns if at_ms is None else at_ms * MS)


def size(path: Path) -> tuple[int, int]:
    """Width and height in a PNG's header."""
    return struct.unpack(">II", path.read_bytes()[16:24])  # type: ignore[return-value]


def shows(path: Path, colour: str) -> bool:
    """Whether a colour ("#rrggbb") is in the picture."""
    pixels = np.round(imread(path)[..., :3] * 255).astype(int)
    wanted = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
    return bool((np.abs(pixels - wanted).max(axis=2) <= 2).any())


def visit() -> list[BagEntry]:
    """A visitor asks, the face answers."""
    tone = np.round(5000 * np.sin(np.arange(512) * 0.3)).astype(np.int16)
    records: list[BagEntry] = [
        entry(MicrophoneAudio(media_ns=k * 32 * MS, pcm=tone if 10 <= k < 40 else tone // 500)) for k in range(60)
    ]
    records += [
        entry(VoiceActivity(media_ns=350 * MS, speaking=True, probability=0.9, since_ns=320 * MS)),
        entry(_heard(900, "where is", final=False)),
        entry(_heard(1200, "where was it", final=False)),
        entry(VoiceActivity(media_ns=1500 * MS, speaking=False, probability=0.1, since_ns=1280 * MS)),
        entry(_heard(1500, "where is it", final=True)),
        entry(UserEmotion(media_ns=1500 * MS, emotion=Emotion.of({"joy": 0.7, "neutral": 0.3}, intensity=0.6))),
        entry(AgentEmotion(media_ns=0, emotion=Emotion())),
        entry(AgentEmotion(media_ns=1600 * MS, emotion=Emotion.of({"surprise": 0.5, "neutral": 0.5}, intensity=0.5))),
    ]
    for k in range(100):
        opened = max(0.0, np.sin(k / 5))
        records.append(entry(FaceMotion(media_ns=k * 20 * MS, coefficients=coefficients(jawOpen=0.5 * opened))))
        records.append(
            entry(
                FrameDigest(media_ns=k * 20 * MS, width=8, height=8, sha256="0" * 64, mouth_gap_m=0.01 * opened, tier=1)
            )
        )
    return records


def _heard(at_ms: int, text: str, final: bool) -> Utterance:
    return Utterance(
        media_ns=at_ms * MS,
        utterance=1,
        hypotheses=(Hypothesis(text),),
        final=final,
        start_ns=320 * MS,
        end_ns=min(at_ms, 1280) * MS,
    )


def test_an_empty_session_is_drawn(tmp_path: Path) -> None:
    draw_timeline([], tmp_path / "new" / "empty.png", "nothing")
    assert size(tmp_path / "new" / "empty.png")[0] > 1000


def test_a_session_without_speech_is_drawn(tmp_path: Path) -> None:
    quiet = [item for item in visit() if isinstance(item.record, (FaceMotion, FrameDigest, AgentEmotion))]
    draw_timeline([*quiet, entry(TextInput(media_ns=100 * MS, text="hi"))], tmp_path / "quiet.png")
    assert shows(tmp_path / "quiet.png", "#e58a94"), "the lips"


def test_a_held_and_flushed_reply_is_drawn(tmp_path: Path) -> None:
    played = held_and_flushed()
    draw_timeline([*played.entries(), *visit()], tmp_path / "held.png", "held")
    assert shows(tmp_path / "held.png", BILABIAL)


def test_the_same_records_make_the_same_picture(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        draw_timeline(visit(), tmp_path / name, "same")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_longer_session_is_wider_but_not_without_end(tmp_path: Path) -> None:
    widths = []
    for end_s in (1, 15, 3600):
        draw_timeline([entry(AgentEmotion(media_ns=0), end_s * 1000)], tmp_path / "long.png")
        widths.append(size(tmp_path / "long.png")[0])
    assert widths[0] < widths[1] < widths[2] < 5000


@pytest.mark.parametrize("text", ["$5 or $x_1^$", "a\x00b\x1b[1m\n", "どこですか", "x" * 5000, "‮abc"])
def test_any_text_is_drawn(tmp_path: Path, text: str, recwarn: pytest.WarningsRecorder) -> None:
    said = [replace(item.record, hypotheses=(Hypothesis(text),)) for item in visit() if type(item.record) is Utterance]
    typed = TextInput(media_ns=100 * MS, text=text)
    draw_timeline([*map(entry, said), entry(typed)], tmp_path / "text.png", text)
    assert not [w for w in recwarn if "Glyph" in str(w.message)]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "folder.png", tmp_path / "file" / "x.png"):
        with pytest.raises(InputError, match="cannot be written"):
            draw_timeline([], path)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["file", "folder.png"]


def test_a_turn_runs_from_the_last_word_to_the_first_sound() -> None:
    played = held_and_flushed()
    (turn,) = Timeline.of(played.entries()).turns
    assert turn.heard_s == pytest.approx(played.stage.sink.audible[0].media_ns / 1e9, abs=1e-4)
    assert turn.accepted_s - turn.speech_end_s == pytest.approx(0.3)


def test_states_follow_each_other_until_the_end() -> None:
    states = Timeline.of(held_and_flushed().entries()).states
    assert [state.reason for state in states] == ["endpoint", "sound", "onset", "release", "interrupt"]
    assert [state.held for state in states] == [False, False, True, False, False]
    assert all(a.end_s == b.start_s for a, b in itertools.pairwise(states))


def test_partials_show_only_what_they_changed() -> None:
    timeline = Timeline.of(visit())
    assert [(mark.text, mark.end_s) for mark in timeline.partials] == [("where is", 0.9), ("was it", 1.2)]
    assert [(mark.text, mark.start_s, mark.end_s) for mark in timeline.finals] == [("where is it", 0.32, 1.28)]
    assert [(mark.start_s, mark.end_s) for mark in timeline.speaking] == [(0.32, 1.28)]


def test_the_visitors_blocks_become_one_sound_unless_there_is_a_hole() -> None:
    blocks = [item for item in visit() if isinstance(item.record, MicrophoneAudio)]
    whole, torn = Timeline.of(blocks), Timeline.of(blocks[:20] + blocks[30:])
    assert [len(sound.pcm) for sound in whole.visitor] == [60 * 512]
    assert [round(sound.start_s, 3) for sound in torn.visitor] == [0.0, 0.96]


def test_a_reply_that_was_never_heard_has_no_response_time() -> None:
    played = Played()
    played.state(Phase.THINKING)
    played.ask("anybody there")
    played.advance(200)
    (turn,) = Timeline.of(played.entries()).turns
    assert turn.heard_s is None


def test_closed_lips_stand_out_among_the_phones() -> None:
    assert {phone_colour(phone) for phone in "pbm"} == {BILABIAL}
    assert len({phone_colour(phone) for phone in ("m", "f", "aa", "s")}) == 4
