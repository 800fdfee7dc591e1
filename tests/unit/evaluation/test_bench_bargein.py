from __future__ import annotations

import numpy as np
import pytest

from visavis_agent.core.arkit import coefficients
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import MICROPHONE_RATE, FaceMotion, Phase, Playback, TurnState
from visavis_agent.evaluation.bench_bargein import planned, run, summary
from visavis_agent.evaluation.disturbances import DISTURBANCES, disturbance
from visavis_agent.evaluation.interview import Asked
from visavis_agent.evaluation.overlap import Overlap, Overlapped, outcome

ONSET = 2 * SECOND
END = ONSET + 400 * MS
QUIET = np.zeros(0, np.int16)


def state(ms: int, reason: str, playback: Playback = Playback.PLAY) -> TurnState:
    return TurnState(media_ns=ONSET + ms * MS, id=ReplyId(1, 1), phase=Phase.SPEAKING, playback=playback, reason=reason)


def overlapped(*states: TurnState, silent: tuple[int, int], shut: int = 0, meant: bool = True) -> Overlapped:
    """An agent that sounds all the time but from `silent[0]` to `silent[1]` ms, its mouth open until `shut`."""
    pcm = (3000 * np.sin(np.arange(4 * 16_000) / 7.0)).astype(np.int16)
    first, end = (16 * (2000 + ms) for ms in silent)
    pcm[first:end] = 3
    faces = [
        FaceMotion(media_ns=ONSET + at * MS, coefficients=coefficients(jawOpen=0.5 if at < shut and at % 100 else 0.0))
        for at in range(-1000, 1500, 20)
    ]
    overlap = Overlap("x", Asked("x", QUIET, 0, 0), meant)
    return Overlapped(overlap, ONSET, END, voice=pcm, voice_ns=0, rate=16_000, states=list(states), faces=faces)


def test_an_interruption_is_timed_from_the_visitors_onset() -> None:
    seen = overlapped(state(80, "onset", Playback.HOLD), state(600, "confirm"), silent=(100, 2000), shut=150)
    found = outcome(seen)
    assert found is not None and found.held
    assert found.hold_ms == pytest.approx(100, abs=2)
    assert found.mouth_ms == pytest.approx(160, abs=20)
    assert found.confirm_ms == 600 and found.held_ms is None and found.resume_ms is None


def test_the_agent_resumes_after_a_disturbance() -> None:
    seen = overlapped(state(80, "onset", Playback.HOLD), state(550, "release"), silent=(100, 640), meant=False)
    found = outcome(seen)
    assert found is not None
    assert found.held_ms == 470 and found.confirm_ms is None
    assert found.resume_ms == pytest.approx(240, abs=2)


def test_who_speaks_while_the_agent_is_silent_interrupts_nobody() -> None:
    assert outcome(overlapped(state(80, "onset", Playback.HOLD), silent=(-900, 2000))) is None


def test_a_reply_that_was_said_to_its_end_cannot_be_interrupted() -> None:
    assert outcome(overlapped(state(250, "end"), silent=(250, 1000))) is None
    went_on = outcome(overlapped(state(350, "end"), silent=(350, 1000)))
    assert went_on is not None and not went_on.held
    stopped = outcome(overlapped(state(80, "onset", Playback.HOLD), state(250, "end"), silent=(150, 1000)))
    assert stopped is not None and stopped.held


def test_false_holds_and_confirmations_are_counted_apart_from_interruptions() -> None:
    hold = state(80, "onset", Playback.HOLD)
    report = summary(
        [
            overlapped(hold, state(600, "confirm"), silent=(100, 2000)),
            overlapped(silent=(5000, 5000)),
            overlapped(silent=(5000, 5000), meant=False),
            overlapped(hold, state(550, "release"), silent=(100, 640), meant=False),
            overlapped(hold, state(700, "confirm"), silent=(100, 2000), meant=False),
            overlapped(silent=(-900, 2000)),
        ]
    )
    assert report["n"] == 2 and report["missed"]["rate"] == 0.5 and report["not_measured"] == 1
    assert report["false_confirm"]["n"] == 3 and report["false_confirm"]["rate"] == 0.333
    assert report["false_hold"]["rate"] == 0.667 and report["false_hold"]["ms"] == 470


def test_nothing_measured_gives_no_figures() -> None:
    assert summary([])["hold_ms"] == {"p50": None, "p95": None}


@pytest.mark.parametrize("name", DISTURBANCES)
def test_disturbances_are_short_sounds_of_their_own_and_the_same_for_a_seed(name: str) -> None:
    one, again, other = disturbance(name, 1), disturbance(name, 1), disturbance(name, 2)
    assert np.array_equal(one.pcm, again.pcm) and not np.array_equal(one.pcm, other.pcm)
    assert 0.02 < (one.end - one.first) / MICROPHONE_RATE <= 3.5
    assert np.abs(one.pcm[one.first : one.end]).max() > 20 * np.abs(one.pcm[: one.first // 2]).max()


def test_all_are_played_in_turn() -> None:
    kinds = [overlap.meant for overlap in planned(3, 2, seed=0)]
    assert kinds == [False, True, False, True, True]


def test_an_unknown_path_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no path 'offline'"):
        run(quick=True, seed=0, path="offline")
