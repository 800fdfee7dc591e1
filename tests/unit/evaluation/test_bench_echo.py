from __future__ import annotations

import numpy as np
import pytest

from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.records import MICROPHONE_RATE
from visavis_agent.evaluation.bench_echo import rooms, run, summary, visitors
from visavis_agent.evaluation.echo_session import EchoOutcome
from visavis_agent.evaluation.rooms import Echo, Room


def test_the_echo_comes_after_its_delay_and_at_its_level() -> None:
    echo = Echo(Room(0.2, -6.0, 100.0), np.array([1.0]))
    played = np.random.default_rng(0).integers(-3000, 3000, 4 * MICROPHONE_RATE).astype(np.int16)
    heard = np.concatenate([echo.of(block) for block in played.reshape(-1, 500)])
    assert not heard[:1600].any()
    assert np.allclose(heard[1600:], played[:-1600] * 10 ** (-6 / 20), atol=1e-6)


def test_the_clocks_drift_apart() -> None:
    echo = Echo(Room(0.2, 0.0, 100.0, drift_ppm=1000.0), np.array([1.0]))
    played = np.zeros(3 * MICROPHONE_RATE, np.int16)
    played[2 * MICROPHONE_RATE] = 1000
    heard = np.concatenate([echo.of(block) for block in played.reshape(-1, 500)])
    assert abs(int(np.argmax(heard)) - (2 * MICROPHONE_RATE + 1600) / 1.001) <= 1


def test_the_grid_covers_the_rooms_and_a_quick_one_is_a_part_of_it() -> None:
    assert len(rooms(False)) == 36 and len(set(rooms(False))) == 36
    assert set(rooms(True)) < set(rooms(False)) and len(rooms(True)) == 4
    assert len({(room.rt60_s, room.level_db) for room in rooms(True)}) >= 3


def test_two_different_visitors_come_to_each_room_and_both_voices_meet_every_delay() -> None:
    met: dict[float, set[str]] = {}
    for number, room in enumerate(rooms(False)):
        (first, voice), (second, other) = visitors(number)
        assert first != second
        met.setdefault(room.delay_ms, set()).update((voice, other))
    assert set(map(len, met.values())) == {2}


def test_what_it_made_of_itself_is_counted_apart_from_visitors() -> None:
    noticed = EchoOutcome(30.0, 1, 2, True, "where are the toilets", deaf_s=2.5, converged=True)
    report = summary([("where are the toilets", noticed), ("how much is it", EchoOutcome(30.0))])
    assert report["minutes"] == 1.0 and report["self_triggered"] == 1 and report["self_held"] == 2
    assert report["converged"] == 1 and report["deaf_s"] == {"p50": 2.5, "p95": 2.5}
    assert report["over_agent"]["detected_rate"] == 0.5 and report["over_agent"]["wer"] == 0.5


def test_there_is_no_other_path() -> None:
    with pytest.raises(ConfigurationError, match="no path 'live'"):
        run(quick=True, seed=0, path="live")
