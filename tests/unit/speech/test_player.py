from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.speech.conftest import REPLY
from visavis_agent.core.records import Lane, SinkState, SpeechAudio, WordMark
from visavis_agent.speech.player import Player

RATE = 16_000
FADE = RATE // 50


def piece(start: int, count: int, last: bool = False, words: tuple[WordMark, ...] = ()) -> SpeechAudio:
    pcm = (10_000 + np.arange(start, start + count) % 10_000).astype(np.int16)
    return SpeechAudio(
        media_ns=0,
        id=REPLY,
        lane=Lane.REPLY,
        clause=0,
        sample_rate=RATE,
        first_sample=start,
        pcm=pcm,
        last=last,
        words=words,
    )


def test_what_is_pulled_is_what_was_queued() -> None:
    player = Player(RATE, 0)
    player.append(piece(0, 100))
    player.append(piece(100, 50, last=True))
    heard = np.concatenate([player.pull(70), player.pull(200)])
    assert np.array_equal(heard, piece(0, 150).pcm)
    assert player.state is SinkState.FINISHED


def test_it_starves_until_more_comes() -> None:
    player = Player(RATE, 0)
    player.append(piece(0, 10))
    assert len(player.pull(20)) == 10
    assert player.starved
    player.append(piece(10, 10))
    assert not player.starved
    assert np.array_equal(player.pull(20), piece(10, 10).pcm)


def test_a_hold_fades_over_20_ms_and_stands_still() -> None:
    player = Player(RATE, 0)
    player.append(piece(0, 1000))
    player.pull(300)
    tail = player.hold()
    assert len(tail) == FADE
    assert np.all(np.abs(tail) <= np.abs(piece(300, FADE).pcm))
    assert tail[-1] == 0
    assert (player.position, len(player.pull(10))) == (300, 0)


def test_it_resumes_at_the_last_word_boundary() -> None:
    words = (WordMark("a", 100, 250), WordMark("b", 250, 600), WordMark("c", 700, 900))
    for held_at, resumed_at in ((50, 0), (100, 100), (500, 250), (650, 600), (950, 900)):
        player = Player(RATE, 0)
        player.append(piece(0, 1000, words=words))
        player.pull(held_at)
        player.hold()
        player.resume()
        assert player.position == resumed_at


def test_a_flush_fades_when_it_sounds_and_is_silent_when_held() -> None:
    player = Player(RATE, 0)
    player.append(piece(0, 1000))
    player.pull(10)
    assert len(player.flush()) == FADE
    assert player.state is SinkState.FLUSHED
    held = Player(RATE, 0)
    held.append(piece(0, 1000))
    held.pull(10)
    held.hold()
    assert len(held.flush()) == 0


def test_missing_samples_are_silence_and_repeated_ones_are_skipped() -> None:
    player = Player(RATE, 0)
    player.append(piece(0, 10))
    player.append(piece(5, 10))
    player.append(piece(20, 10))
    expected = piece(0, 30).pcm
    expected[15:20] = 0
    assert np.array_equal(player.pull(30), expected)


@given(st.lists(st.tuples(st.sampled_from(["append", "pull", "hold", "resume"]), st.integers(0, 400)), max_size=40))
def test_any_sequence_plays_the_samples_in_order_and_rewinds_only_to_boundaries(
    steps: list[tuple[str, int]],
) -> None:
    player = Player(RATE, 0)
    queued, boundaries, fade_in = 0, {0}, 0
    for step, size in steps:
        before = player.position
        if step == "append":
            word = WordMark("w", queued, queued + size // 2)
            boundaries |= {word.start, word.end}
            player.append(piece(queued, size, words=(word,)))
            queued += size
        elif step == "pull":
            block = player.pull(size)
            assert player.position == before + len(block) <= queued
            expected = piece(before, len(block)).pcm
            assert np.array_equal(block[fade_in:], expected[fade_in:])
            assert np.all(block <= expected)
            fade_in = max(0, fade_in - len(block))
        elif step == "hold":
            player.hold()
        elif player.state is SinkState.HELD:
            player.resume()
            fade_in = RATE // 200
            assert player.position == max(b for b in boundaries if b <= before)
