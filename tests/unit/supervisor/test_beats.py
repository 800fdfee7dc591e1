"""Heartbeats are read whatever comes, and judged."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.supervisor.beats import Beat, Patience, complaint, parse_beat

PATIENCE = Patience()
GOOD = {
    "stage_age": 0.5,
    "stages": {"hearing": "active"},
    "device_age": {"microphone": 1},
    "said": [["a", "WARN", "b"]],
}


def beat(**changes: Any) -> Beat:
    made = parse_beat(json.dumps(GOOD | changes).encode())
    assert made is not None
    return made


def test_a_heartbeat_is_read() -> None:
    assert beat() == Beat(0.5, {"hearing": "active"}, {"microphone": 1.0}, (("a", "WARN", "b"),))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*GOOD, "x"]) | st.text(), inner),
)


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_rubbish_is_no_heartbeat(line: bytes) -> None:
    made = parse_beat(line)
    assert made is None or isinstance(made, Beat)


@pytest.mark.parametrize(
    ("changes", "silent_s", "alive_s", "words"),
    [
        ({}, 0.5, 100.0, ""),
        ({}, 7.0, 100.0, "gave no sign of life for 7 s"),
        ({"stage_age": 16.0}, 0.5, 100.0, "has been stuck for 16 s"),
        ({"stage_age": 16.0, "stages": {"hearing": "starting"}}, 0.5, 100.0, ""),
        ({"stages": {"hearing": "starting"}}, 0.5, 181.0, "was not up within 181 s"),
        ({"stages": {}}, 0.5, 181.0, "was not up within 181 s"),
        ({"stages": {"hearing": "failed"}}, 0.5, 1000.0, ""),
        ({"device_age": {"microphone": 11.0}}, 0.5, 100.0, "has a device (microphone) that has been silent for 11 s"),
    ],
)
def test_a_process_is_put_up_with_for_so_long(
    changes: dict[str, Any], silent_s: float, alive_s: float, words: str
) -> None:
    assert complaint(beat(**changes), silent_s, alive_s, PATIENCE) == words


def test_a_process_may_take_its_time_for_its_first_heartbeat() -> None:
    assert complaint(None, 60.0, 60.0, PATIENCE) == ""
    assert complaint(None, 181.0, 181.0, PATIENCE) == "gave no sign of life within 181 s"
