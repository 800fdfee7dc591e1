from __future__ import annotations

import subprocess
import sys

from visavis_agent.graph import GRAPH
from visavis_agent.nodes.priority import niceness


def test_a_process_is_as_urgent_as_its_most_urgent_stage() -> None:
    assert niceness([GRAPH.stage("hearing"), GRAPH.stage("rendering")]) == 0
    assert niceness([]) == 0


def test_pictures_and_eyes_give_way_to_ears_mind_and_voice() -> None:
    urgent = [spec.nice for spec in GRAPH.stages if spec.process in ("audio", "dialogue", "speech")]
    assert set(urgent) == {0}
    assert 0 < GRAPH.stage("rendering").nice < GRAPH.stage("perception").nice < 20


def test_all_threads_of_a_process_give_way() -> None:
    program = """
import os, threading
from visavis_agent.nodes.priority import lower_priority
over, waits = threading.Event(), threading.Event()
thread = threading.Thread(target=lambda: (waits.set(), over.wait()))
thread.start()
waits.wait()
before = os.nice(0)
lower_priority(3)
print(before, os.nice(0), os.getpriority(os.PRIO_PROCESS, thread.native_id))
over.set()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    before, own, other = map(int, done.stdout.split())
    assert own == other == min(19, before + 3)
