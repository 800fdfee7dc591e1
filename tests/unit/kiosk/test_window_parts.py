"""The window without a display: which picture is due, where it is drawn, what is typed and what is said."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.kiosk import window_paint
from visavis_agent.kiosk.window_captions import Caption, SpokenText
from visavis_agent.kiosk.window_frames import DueFrames
from visavis_agent.kiosk.window_picture import Rectangle, letter_box, turned, upright
from visavis_agent.kiosk.window_text import LONGEST, TextLine

ORIENTATIONS = ("normal", "left", "right", "inverted")
SIDE = st.integers(1, 4000)


# ------------------------------------------------------------------------------------------------- the due picture
def test_a_picture_waits_for_its_time() -> None:
    frames = DueFrames(8 * MS)
    frames.add(100 * MS, 0)
    assert frames.due(91 * MS) == (None, []) and frames.wait_ns(91 * MS) == MS
    assert frames.due(92 * MS) == (0, []) and frames.due(93 * MS) == (None, [])
    assert frames.wait_ns(0) is None


def test_only_the_newest_of_several_due_pictures_is_shown() -> None:
    frames = DueFrames(0)
    for k in range(4):
        frames.add(20 * MS * k, k)
    assert frames.due(45 * MS) == (2, [0, 1])
    assert frames.wait_ns(45 * MS) == 15 * MS


def test_a_picture_of_the_same_time_or_an_earlier_one_replaces_what_waits() -> None:
    frames = DueFrames(0)
    for k in range(3):
        frames.add(20 * MS * (k + 1), k)
    assert frames.add(40 * MS, 3) == [2, 1]
    assert frames.due(SECOND) == (3, [0])


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 50)), max_size=60))
def test_every_slot_comes_back_once(steps: list[tuple[bool, int]]) -> None:
    frames, given_out, back = DueFrames(3), 0, []
    for add, time in steps:
        if add:
            back += frames.add(time, given_out)
            given_out += 1
        else:
            shown, late = frames.due(time)
            back += [*late, *([] if shown is None else [shown])]
    shown, late = frames.due(SECOND)
    back += [*late, *([] if shown is None else [shown])]
    assert sorted(back) == list(range(given_out))


# -------------------------------------------------------------------------------------------------- the letter-box
@pytest.mark.parametrize(
    ("picture", "area", "expected"),
    [
        ((512, 512), (1080, 1920), (0, 420, 1080, 1080)),
        ((512, 512), (1920, 1080), (420, 0, 1080, 1080)),
        ((1080, 1920), (1080, 1920), (0, 0, 1080, 1920)),
        ((540, 960), (1920, 1080), (656, 0, 608, 1080)),
    ],
)
def test_the_picture_fills_what_its_proportions_allow(
    picture: tuple[int, int], area: tuple[int, int], expected: tuple[int, ...]
) -> None:
    assert letter_box(picture, area) == Rectangle(*expected)


@given(SIDE, SIDE, SIDE, SIDE)
def test_the_picture_stays_inside_in_the_middle_and_undistorted(w: int, h: int, area_w: int, area_h: int) -> None:
    box = letter_box((w, h), (area_w, area_h))
    assert box.x >= 0 and box.x + box.width <= area_w and box.y >= 0 and box.y + box.height <= area_h
    assert abs(area_w - box.width - 2 * box.x) <= 1 and abs(area_h - box.height - 2 * box.y) <= 1
    assert box.width in (area_w, 1) or box.height in (area_h, 1)
    scale = min(area_w / w, area_h / h)
    assert abs(box.width - w * scale) <= 1 and abs(box.height - h * scale) <= 1


@pytest.mark.parametrize(
    ("orientation", "corner"), [("normal", (0, 0)), ("right", (90, 0)), ("inverted", (90, 190)), ("left", (0, 190))]
)
def test_the_upper_left_corner_goes_where_xrandr_puts_it(orientation: str, corner: tuple[int, int]) -> None:
    moved, angle = turned(Rectangle(0, 0, 10, 10), (100, 200), orientation)
    assert (moved.x, moved.y) == corner and angle == {"normal": 0, "right": 90, "inverted": 180, "left": 270}[
        orientation
    ]


@given(SIDE, SIDE, st.sampled_from(ORIENTATIONS))
def test_what_fills_the_upright_window_fills_the_output(width: int, height: int, orientation: str) -> None:
    wide, high = upright((width, height), orientation)
    moved, angle = turned(Rectangle(0, 0, wide, high), (width, height), orientation)
    assert (moved.x + moved.width / 2, moved.y + moved.height / 2) == (width / 2, height / 2)
    assert ((wide, high) == (width, height)) == (angle % 180 == 0 or width == height)


# --------------------------------------------------------------------------------------------------- the typed line
def test_a_line_is_typed_mended_and_sent() -> None:
    line = TextLine()
    for text in (" ", "W", "here ", "ist", "\t\n\x1b", " die Tür ?"):
        line.write(text)
    line.erase()
    assert line.text == "Where ist die Tür "
    assert line.take() == "Where ist die Tür" and line.text == ""


def test_escape_and_too_much_erasing_leave_an_empty_line() -> None:
    line = TextLine()
    line.erase()
    line.write("no")
    line.empty()
    assert line.take() == ""


@given(st.lists(st.text(max_size=400), max_size=10))
def test_a_line_is_short_and_printable_whatever_is_typed(pieces: list[str]) -> None:
    line = TextLine()
    for piece in pieces:
        line.write(piece)
    assert len(line.text) <= LONGEST and all(c.isprintable() for c in line.text)
    assert line.take() == line.take() + line.text or line.text == ""


# ------------------------------------------------------------------------------------------------------ the caption
def words(clause: int, *entries: tuple[str, int], id: str = "1.1.0") -> dict[str, Any]:
    return {
        "type": "words",
        "id": id,
        "clause": clause,
        "words": [[text, start, start + 50] for text, start in entries],
    }


def at(
    sample: int, state: str = "playing", mono_ms: float = 0.0, moving: bool = True, id: str = "1.1.0"
) -> dict[str, Any]:
    return {
        "type": "playback", "id": id, "state": state, "sample": sample, "rate": 1000, "moving": moving,
        "mono_ms": mono_ms,
    }  # fmt: skip


@pytest.fixture
def spoken() -> SpokenText:
    spoken = SpokenText()
    spoken.take(words(0, ("Hello", 100), (" there.", 200)))
    spoken.take(words(1, (" Come", 400), (" in!", 500)))
    return spoken


def test_the_clause_that_sounds_is_shown_with_what_was_heard_of_it(spoken: SpokenText) -> None:
    assert spoken.caption(0) == Caption()
    spoken.take(at(0))
    assert spoken.caption(99 * MS) == Caption()
    assert spoken.caption(100 * MS) == Caption("Hello there.", 5)
    assert spoken.caption(250 * MS) == Caption("Hello there.", 12)
    assert spoken.caption(400 * MS) == Caption("Come in!", 4)


def test_a_hold_stops_the_caption_and_a_flush_leaves_what_was_said(spoken: SpokenText) -> None:
    spoken.take(at(150, "held", moving=False))
    assert spoken.caption(900 * MS) == Caption("Hello there.", 5)
    spoken.take(at(150, "flushed", mono_ms=900.0, moving=False))
    assert spoken.caption(1000 * MS) == Caption("Hello", 5)
    assert spoken.caption(6 * SECOND) == Caption()


def test_a_finished_reply_lingers_and_goes(spoken: SpokenText) -> None:
    spoken.take(at(600, "finished", moving=False))
    assert spoken.caption(SECOND) == Caption("Come in!", 8)
    assert spoken.caption(5 * SECOND) == Caption()


def test_a_new_reply_replaces_the_old_one_and_words_told_again_count_once(spoken: SpokenText) -> None:
    spoken.take(words(1, (" Come", 400), (" in!", 500)))
    spoken.take(at(500))
    assert spoken.caption(0) == Caption("Come in!", 8)
    spoken.take(words(0, ("No", 0), id="1.2.0"))
    assert spoken.caption(0) == Caption()
    spoken.take(at(0, id="1.2.0"))
    assert spoken.caption(0) == Caption("No", 2)


# ------------------------------------------------------------------------------------------------------- what is drawn
def test_every_phase_has_a_form_of_its_own_that_is_smooth_and_round() -> None:
    forms = [window_paint.state_form(phase, 60) for phase in ("idle", "listening", "thinking", "speaking")]
    assert len({form.tobytes() for form in forms}) == 4
    for form in forms:
        assert form.size == (60, 60) and form.getpixel((0, 0))[3] == 0 and form.getpixel((30, 3))[3] > 150


@pytest.mark.parametrize("text", ["No.", "word " * 60, "w" * 300, "日本語 Grüße"])
@pytest.mark.parametrize("heard", [0, 1, 10_000])
def test_captions_fit_in_three_lines(text: str, heard: int) -> None:
    image = window_paint.caption(Caption(text, heard), 20, 400)
    assert image.width <= 400 or " " not in text.strip()
    assert image.height <= 20 * (0.8 + 3 * 1.35) + 1


def test_a_long_line_shows_its_end() -> None:
    short = window_paint.text_line("end", 20, 400)
    long = window_paint.text_line("x" * 900 + "end", 20, 400)
    assert short.size == long.size and short.tobytes() != long.tobytes()


def test_the_cameras_sign_has_a_light_and_words() -> None:
    image = window_paint.sign("Camera on", 20)
    light = image.getpixel((20 + 6, image.height // 2))
    assert light[0] > 200 > light[2], "warm, as a lamp"
    assert image.width > window_paint.sign("", 20).width


# -------------------------------------------------------------------------------------------------- no SDL, no numpy
def test_the_windows_process_loads_little() -> None:
    """It has to be there soon after a loss: no numpy, no OpenCV, no ROS; SDL only when there is something to ask."""
    code = "import sys, json; import visavis_agent.kiosk.window_process; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "cv2", "rclpy", "sdl2", "matplotlib"} & set(json.loads(done.stdout))
