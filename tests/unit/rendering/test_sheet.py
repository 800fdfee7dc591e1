"""The sheet of states."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from visavis_agent.rendering.avatar import Avatar
from visavis_agent.rendering.sheet import COLUMNS, STATES, draw_sheet, write_sheet


def test_the_sheet_has_a_cell_for_every_state(avatar: Avatar, tmp_path: Path) -> None:
    write_sheet(avatar, tmp_path / "sheet.png", cell=64)
    picture = cv2.imread(str(tmp_path / "sheet.png"))
    assert picture.shape == (64 * len(STATES) // COLUMNS, 64 * COLUMNS, 3)


def test_cells_differ_and_are_in_order(avatar: Avatar) -> None:
    chosen = tuple(state for state in STATES if state.label in ("neutral", "A", "blink"))
    sheet = draw_sheet(avatar, chosen, cell=128)
    assert sheet.shape == (128, 3 * 128, 3)
    neutral, opened, blink = (sheet[30:, k * 128 : (k + 1) * 128].astype(int) for k in range(3))
    assert np.abs(neutral - opened).max() > 40
    assert np.abs(neutral - blink).max() > 40
