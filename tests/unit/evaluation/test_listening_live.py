"""Two runs of a live face side by side, and what a sound did between them."""

from __future__ import annotations

import numpy as np
import pytest

from visavis_agent.core.arkit import ARKIT_COUNT, ARKIT_INDEX
from visavis_agent.core.errors import ConfigurationError
from visavis_agent.evaluation import bench_listening
from visavis_agent.evaluation.face_course import FaceCourse
from visavis_agent.evaluation.listening_live import Watched, reaction, side_by_side


def life(seed: int, count: int = 400) -> np.ndarray:
    """(n, 52) brows that wander."""
    walk = np.cumsum(np.random.default_rng(seed).normal(0.0, 0.01, count))
    values = np.zeros((count, ARKIT_COUNT))
    values[:, ARKIT_INDEX["browInnerUp"]] = 0.5 + 0.3 * np.tanh(walk)
    return values


def course(values: np.ndarray, first: int, start_s: float, gone: tuple[int, ...] = ()) -> FaceCourse:
    """From frame number `first` on, of which some did not arrive."""
    kept = [k for k in range(first, len(values)) if k not in gone]
    times = start_s + 0.02 * np.array(kept)
    return FaceCourse(times, values[kept], np.zeros((len(kept), 3)), np.zeros((len(kept), 2, 2)))


def watched(face: FaceCourse, delay_s: float = -0.03, sound_s: float | None = None) -> Watched:
    return Watched(face, face.times + delay_s, sound_s)


@pytest.mark.parametrize(("first", "other"), [(0, 40), (40, 0), (7, 7)])
def test_runs_are_laid_side_by_side_wherever_they_were_first_seen(first: int, other: int) -> None:
    calm = course(life(1), first, 100.0, gone=(60, 61))
    moved = course(life(1), other, 250.0, gone=(90,))
    before, after, apart = side_by_side(calm, moved, 253.0)
    assert apart == 0.0
    assert np.array_equal(before.coefficients, after.coefficients)
    numbers = np.rint((after.times - 250.0) / 0.02).astype(int).tolist()
    assert numbers == [k for k in range(max(first, other), 400) if k not in (60, 61, 90)]


def test_a_reaction_counts_from_the_sound_to_the_first_frame_that_differs() -> None:
    raised = life(1)
    raised[210:, ARKIT_INDEX["browInnerUp"]] += 0.06
    calm, moved = watched(course(life(1), 0, 100.0)), watched(course(raised, 25, 250.0), sound_s=254.1)
    made = reaction("sound", [watched(course(life(2), 0, 0.0)), calm], moved)
    assert made is not None and made.stimulus == "sound"
    assert made.orienting == pytest.approx(100.0, abs=0.1)


def test_a_frame_that_comes_too_late_reacts_when_it_comes() -> None:
    raised = life(1)
    raised[210:, ARKIT_INDEX["browInnerUp"]] += 0.06
    moved = watched(course(raised, 0, 250.0), delay_s=0.05, sound_s=254.1)
    made = reaction("sound", [watched(course(life(1), 0, 100.0))], moved)
    assert made is not None and made.orienting == pytest.approx(150.0, abs=0.1)


def test_no_reaction_is_told_as_none_and_another_life_not_at_all() -> None:
    calm = watched(course(life(1), 0, 100.0))
    made = reaction("onset", [calm], watched(course(life(1), 0, 250.0), sound_s=254.0))
    assert made is not None and made.orienting is None
    assert reaction("onset", [calm], watched(course(life(2), 0, 250.0), sound_s=254.0)) is None
    assert reaction("onset", [calm], watched(course(life(1), 0, 250.0))) is None  # the sound was torn


def test_too_few_common_frames_prove_nothing() -> None:
    calm, moved = course(life(1), 0, 100.0), course(life(1), 0, 250.0)
    assert side_by_side(calm, moved, 250.5)[2] == np.inf


def test_an_unknown_path_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="session, live"):
        bench_listening.run(True, 0, path="alive")
