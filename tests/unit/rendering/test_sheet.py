"""The sheet of states."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from visavis_agent.core.errors import ConfigurationError
from visavis_agent.rendering.avatar import Avatar
from visavis_agent.rendering.sheet import (
    COLUMNS,
    STATES,
    chosen_states,
    draw_sheet,
    portrait,
    write_picture,
)


def test_the_sheet_has_a_cell_for_every_state(avatar: Avatar, tmp_path: Path) -> None:
    write_picture(draw_sheet(avatar, cell=64), tmp_path / "new" / "sheet.png")
    picture = cv2.imread(str(tmp_path / "new" / "sheet.png"))
    assert picture.shape == (64 * len(STATES) // COLUMNS, 64 * COLUMNS, 3)


def test_cells_differ_and_are_in_order(avatar: Avatar) -> None:
    chosen = tuple(state for state in STATES if state.label in ("neutral", "A", "blink"))
    sheet = draw_sheet(avatar, chosen, cell=128)
    assert sheet.shape == (128, 3 * 128, 3)
    neutral, opened, blink = (sheet[30:, k * 128 : (k + 1) * 128].astype(int) for k in range(3))
    assert np.abs(neutral - opened).max() > 40
    assert np.abs(neutral - blink).max() > 40


def test_states_are_chosen_by_label_in_the_order_given() -> None:
    assert [state.label for state in chosen_states("blink, smile; yaw -15")] == ["blink", "smile, yaw -15"]
    assert chosen_states("") == STATES
    with pytest.raises(ConfigurationError, match="grin"):
        chosen_states("A,grin")


def test_a_portrait_has_the_size_asked_for(avatar: Avatar, tmp_path: Path) -> None:
    (wave,) = chosen_states("wave")
    picture = portrait(avatar, wave, (96, 128))
    assert picture.shape == (128, 96, 3)
    write_picture(picture, tmp_path / "wave.jpg")
    assert cv2.imread(str(tmp_path / "wave.jpg")).shape == (128, 96, 3)


def test_pictures_are_written_as_png_or_jpg_only(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"\.gif"):
        write_picture(np.zeros((4, 4, 3), np.uint8), tmp_path / "a.gif")
