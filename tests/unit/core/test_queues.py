"""The three queue policies, each against a model of a few lines."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.queues import BackPressure, DropOldest, SampleRing

CAPACITY = st.integers(1, 8)
STEPS = st.lists(st.integers(0, 9) | st.sampled_from(["get", "clear"]), max_size=60)


@given(CAPACITY, STEPS)
def test_a_full_queue_of_states_drops_the_oldest_and_counts_it(capacity: int, steps: list[Any]) -> None:
    queue, model, dropped = DropOldest[int](capacity), [], 0
    for step in steps:
        if step == "get":
            assert queue.get() == (model.pop(0) if model else None)
        elif step == "clear":
            queue.clear()
            model.clear()
        else:
            queue.put(step)
            model.append(step)
            dropped += len(model) > capacity
            del model[:-capacity]
        assert (len(queue), queue.dropped) == (len(model), dropped)


@given(CAPACITY, STEPS)
def test_a_full_queue_of_speech_refuses_and_loses_nothing(capacity: int, steps: list[Any]) -> None:
    queue, model = BackPressure[int](capacity), []
    for step in steps:
        if step == "get":
            assert queue.get() == (model.pop(0) if model else None)
        elif step == "clear":
            queue.clear()
            model.clear()
        else:
            taken = queue.offer(step)
            assert taken == (len(model) < capacity)
            model += [step] * taken
        assert len(queue) == len(model)


@pytest.mark.parametrize("kind", [DropOldest, BackPressure, SampleRing])
def test_a_queue_for_nothing_is_refused(kind: Callable[[int], Any]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        kind(0)


@given(CAPACITY, st.lists(st.tuples(st.sampled_from(["write", "read"]), st.integers(0, 12)), max_size=60))
def test_a_ring_gives_every_sample_or_says_how_many_were_lost(capacity: int, steps: list[tuple[str, int]]) -> None:
    ring = SampleRing(capacity)
    waiting: list[int] = []
    written = given_out = overruns = 0
    for step, count in steps:
        if step == "write":
            ring.write(np.arange(written, written + count, dtype=np.int16))
            waiting += range(written, written + count)
            written += count
            overruns += len(waiting) > capacity
            del waiting[:-capacity]
        elif count <= capacity:
            answer = ring.read(count)
            assert (answer is None) == (len(waiting) < count)
            if answer is not None:
                pcm, lost = answer
                assert pcm.tolist() == waiting[:count]
                given_out += lost + count
                assert given_out == written - len(waiting) + count
                del waiting[:count]
        assert ring.overruns == overruns


def test_a_read_that_can_never_be_served_is_refused() -> None:
    with pytest.raises(ValueError, match="never holds 5"):
        SampleRing(4).read(5)


def test_what_was_read_stays_as_it_was() -> None:
    ring = SampleRing(4)
    ring.write(np.array([1, 2, 3, 4], np.int16))
    pcm, _ = ring.read(4) or pytest.fail("four samples are there")
    ring.write(np.array([9, 9, 9, 9], np.int16))
    assert pcm.tolist() == [1, 2, 3, 4]


def test_a_ring_may_be_written_and_read_by_two_threads() -> None:
    ring, total, block = SampleRing(256), 40_000, 100

    def write() -> None:
        for start in range(0, total, block):
            ring.write((np.arange(start, start + block) % 2**15).astype(np.int16))

    writer = threading.Thread(target=write)
    writer.start()
    position = 0
    while writer.is_alive() or (position < total and total - position >= 50):
        answer = ring.read(50)
        if answer is None:
            continue
        pcm, lost = answer
        position += lost
        assert pcm.tolist() == [n % 2**15 for n in range(position, position + 50)]
        position += 50
    writer.join()
    assert 0 <= total - position < 50
