"""The gestures that markup, plans and motion share. Left and right are the character's own, as in REP-103."""

from __future__ import annotations

GESTURES: tuple[str, ...] = (
    "wave", "nod", "shake", "bow", "point", "point_left", "point_right", "open", "count", "shrug", "think",
    "hand_on_heart", "thumbs_up", "applause", "no_no",
)  # fmt: skip
