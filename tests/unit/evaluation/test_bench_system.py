from __future__ import annotations

import numpy as np

from visavis_agent.core.clock import MS
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import Diagnostic, Lane, Level, PlaybackStatus, SinkState
from visavis_agent.evaluation.bench_system import Visit, turn_ms
from visavis_agent.evaluation.interview import Answered, Asked

QUESTION = Asked("When are you open?", np.zeros(16_000, np.int16), 0, 16_000)


def status(turn: int, starved: bool) -> PlaybackStatus:
    return PlaybackStatus(
        media_ns=0,
        id=ReplyId(1, turn, 0),
        lane=Lane.REPLY,
        state=SinkState.PLAYING,
        sample=0,
        sample_rate=16_000,
        starved=starved,
    )


def dry(times: int, who: str = "the loudspeaker 'pulse:speaker'", stage: str = "playback") -> Diagnostic:
    message = f"{who} ran dry {times} times while the agent spoke"
    return Diagnostic(media_ns=0, stage=stage, level=Level.WARN, message=message)


def test_a_hole_counts_once_however_often_it_is_reported() -> None:
    visit = Visit()
    for starved in (False, True, True, False, True):
        visit.take(status(1, starved))
    assert visit.holes == 2


def test_the_holes_of_a_device_are_counted_by_what_it_says() -> None:
    visit = Visit()
    for times in (1, 2, 4):
        visit.take(dry(times))
    visit.take(dry(3, who="the voice"))  # its statuses say the same
    visit.take(dry(9, stage="hearing"))
    assert visit.holes == 4


def test_turns_are_timed_from_the_end_of_the_question() -> None:
    answers = [Answered(QUESTION, end_ns=1000 * MS, start_ns=0, audible_ns=ms * MS) for ms in (1600, 1700, 900)]
    answers.append(Answered(QUESTION, end_ns=1000 * MS, start_ns=0))
    assert turn_ms(answers) == {"p50": 650.0, "p95": 695.0}  # one was no answer, one came before the end
    assert turn_ms([]) == {"p50": None, "p95": None}
