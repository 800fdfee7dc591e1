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


def test_a_process_lowers_its_own_priority() -> None:
    program = "import os; from visavis_agent.nodes.priority import lower_priority; lower_priority(3); print(os.nice(0))"
    before = "import os; print(os.nice(0))"
    plain, lowered = (
        int(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
        for code in (before, program)
    )
    assert lowered == min(19, plain + 3)
