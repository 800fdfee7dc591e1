"""mediapipe comes without what it is not used for, and takes it from nobody else."""

from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
import sys
from visavis_agent.perception.mediapipe_import import solution
assert callable(solution("face_mesh").FaceMesh) and callable(solution("pose").Pose)
unused = {"matplotlib.pyplot", "sounddevice", "mediapipe.tasks.python"} & set(sys.modules)
assert not unused, unused
import matplotlib.pyplot
assert callable(matplotlib.pyplot.figure)
"""


def test_nothing_is_loaded_to_draw_or_record_and_others_still_can() -> None:
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
