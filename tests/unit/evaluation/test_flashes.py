from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from visavis_agent.core.clock import MS
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import Lane, PlaybackStatus, SinkState, SpeechAudio, VideoFrame
from visavis_agent.evaluation.clapper import BAND, Clapper, clicks
from visavis_agent.evaluation.flashes import click_times, film_times, flash_times, summary
from visavis_agent.kiosk.film import Film
from visavis_agent.speech.sound import resample, to_pcm

ONE = ReplyId(1, 1, 0)
SIZE = 64


def piece(text: str = "a clause") -> SpeechAudio:
    said = clicks(text)
    return SpeechAudio(
        media_ns=0,
        id=ONE,
        lane=Lane.REPLY,
        clause=0,
        sample_rate=said.sample_rate,
        first_sample=0,
        pcm=said.pcm,
        last=True,
        words=said.words,
    )


def status(media_ns: int, state: SinkState = SinkState.PLAYING, starved: bool = False) -> PlaybackStatus:
    return PlaybackStatus(
        media_ns=media_ns, id=ONE, lane=Lane.REPLY, state=state, sample=0, sample_rate=16_000, starved=starved
    )


def picture(at_ms: int, white: bool) -> VideoFrame:
    image = np.full((SIZE, SIZE, 3), 90, np.uint8)
    image[round(BAND[0] * SIZE) : round(BAND[1] * SIZE)] = 255 if white else 0
    return VideoFrame(media_ns=at_ms * MS, image=image)


def test_clicks_are_found_where_they_are_marked() -> None:
    for text in ("one", "another", "a third"):
        said = clicks(text)
        marked = [(word.start + word.end) / 2 / said.sample_rate for word in said.words]
        assert len(marked) >= 2
        assert np.allclose(click_times(said.pcm, said.sample_rate), marked, atol=0.0005)


def test_silence_has_no_clicks() -> None:
    assert len(click_times(np.zeros(4800, np.int16), 48_000)) == 0
    assert len(click_times(np.zeros(0, np.int16), 48_000)) == 0


def test_a_flash_lasts_from_its_picture_to_the_next() -> None:
    bright = (False, True, False, True, True, False, True)
    assert list(flash_times([0.0, 20.0, 40.0, 100.0, 120.0, 150.0, 170.0], bright)) == [30.0, 125.0]


@pytest.mark.parametrize("late_ms", [0, 40, -60])
def test_a_film_shows_how_late_its_pictures_are(tmp_path: Path, late_ms: int) -> None:
    said = clicks("late")
    sound = to_pcm(resample(said.pcm, said.sample_rate, 48_000))
    marked = [1000 * (word.start + word.end) / 2 / said.sample_rate for word in said.words]
    white = {int((at + late_ms) // 20) for at in marked}
    with Film(tmp_path / "film.mp4", SIZE, SIZE) as film:
        for number in range(len(sound) // 960):
            film.show(picture(20 * number, number in white))
        film.finish(sound)
    found = summary(*film_times(tmp_path / "film.mp4"))
    assert (found["n"], found["unseen"]) == (len(marked), 0)
    assert abs(found["p50_ms"] - late_ms) <= 11.0
    assert abs(found["p95_abs_ms"] - abs(late_ms)) <= 11.0


def test_clicks_without_a_flash_are_counted() -> None:
    found = summary(np.array([1.010]), np.array([1.0, 2.0]))
    assert found == {"p50_ms": 10.0, "p95_abs_ms": 10.0, "n": 1, "unseen": 1}
    assert summary(np.zeros(0), np.array([1.0])) == {"p50_ms": None, "p95_abs_ms": None, "n": 0, "unseen": 1}


def follow(clapper: Clapper, start_ns: int, pictures: Iterable[int]) -> list[int]:
    """The pictures with a clap, of a reply that is reported to play from `start_ns` on."""
    shown = []
    for at in pictures:
        heard_ns = max(0, at - start_ns) // (100 * MS) * (100 * MS)
        clapper.status(replace(status(start_ns + heard_ns), sample=heard_ns * 16_000 // 1_000_000_000))
        if clapper.claps(at, 20 * MS):
            shown.append(at)
    return shown


def test_the_picture_of_each_click_is_the_one_that_is_shown_with_it() -> None:
    clapper, sound = Clapper(), piece()
    clapper.sound(sound)
    audible = [1000 * MS + (word.start + word.end) * 500_000_000 // 16_000 for word in sound.words]
    shown = follow(clapper, 1000 * MS, range(900 * MS, 4000 * MS, 20 * MS))
    assert shown == [at // (20 * MS) * (20 * MS) for at in audible]


def test_a_picture_left_out_hands_its_click_on() -> None:
    clapper, sound = Clapper(), piece()
    clapper.sound(sound)
    first = (sound.words[0].start + sound.words[0].end) * 500_000_000 // 16_000
    assert follow(clapper, 0, (first - 30 * MS, first + 30 * MS, first + 50 * MS)) == [first + 30 * MS]


@pytest.mark.parametrize("silent", [status(0, SinkState.HELD), status(0, starved=True)])
def test_a_click_that_is_not_audible_yet_has_no_picture(silent: PlaybackStatus) -> None:
    clapper, sound = Clapper(), piece()
    clapper.sound(sound)
    first = (sound.words[0].start + sound.words[0].end) * 500_000_000 // 16_000
    clapper.status(silent)
    assert not any(clapper.claps(at, 20 * MS) for at in range(0, first + 100 * MS, 20 * MS))
    pictures = range(600 * MS, 600 * MS + first + 40 * MS, 20 * MS)
    assert len(follow(clapper, 600 * MS, pictures)) == 1
