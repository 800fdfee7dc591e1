from __future__ import annotations

from pathlib import Path

import numpy as np

from visavis_agent.evaluation.camera_clip import RATE, SIZE, make_clip, visitor_motion
from visavis_agent.perception.media import VideoFile


def test_a_camera_can_show_the_clip(tmp_path: Path) -> None:
    make_clip(tmp_path / "visitor.mp4", 0.2, "hero")
    film = VideoFile(tmp_path / "visitor.mp4")
    pictures = []
    while (picture := film.read()) is not None:
        pictures.append(picture)
    film.close()
    assert [picture.media_ns for picture in pictures] == [k * 10**9 // RATE for k in range(5)]
    assert pictures[0].image.shape == (SIZE[1], SIZE[0], 3)
    assert not np.array_equal(pictures[0].image, pictures[-1].image)


def test_the_visitor_faces_the_camera_moves_and_blinks() -> None:
    motions = [visitor_motion(number) for number in range(8 * RATE)]
    heads = np.array([motion.head for motion in motions])
    assert 0.1 < np.abs(heads).max() < 0.2
    assert max(motion.coefficients.max() for motion in motions) > 0.9
    assert sum(motion.coefficients.max() > 0.5 for motion in motions) < len(motions) // 4
