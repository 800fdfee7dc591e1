"""Ends of the visitor's turns and the response times, through all rows of the picture."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes

from visavis_agent.core.records import TurnReport
from visavis_agent.evaluation.timeline_data import Timeline, Turn
from visavis_agent.evaluation.timeline_rows import AGENT, TEXT_COLOUR, VISITOR, Lines, Scale

_ACCEPTED = "#d98324"
_PARTS = (
    ("endpoint_ms", "endpoint"),
    ("recognition_ms", "text"),
    ("reply_ms", "reply"),
    ("speech_ms", "voice"),
    ("playback_ms", "sink"),
)


def draw_turns(panels: Mapping[str, Axes], timeline: Timeline, scale: Scale) -> None:
    """Lines at the last speech energy, the accepted turn and the first sound; the time between the outer two."""
    room = Lines((-0.42,)), Lines((-0.78,))
    for turn in timeline.turns:
        times = ((turn.speech_end_s, VISITOR), (turn.accepted_s, _ACCEPTED), (turn.heard_s, AGENT))
        for name, axes in panels.items():
            # Not through the reasons, which stand close together there.
            bottom = 0.525 if name == "conversation" else 0.0
            for at_s, colour in times:
                if at_s is not None:
                    axes.axvline(at_s, bottom, color=colour, lw=0.9, ls=(0, (2, 2)), zorder=1.5)
        if turn.heard_s is not None:
            _response(panels["visitor"], turn, turn.heard_s, scale, room)


def _response(axes: Axes, turn: Turn, heard_s: float, scale: Scale, room: tuple[Lines, Lines]) -> None:
    """An arrow over the time, its length beside it, and what that is made of; texts where there is room."""
    axes.annotate(
        "", (heard_s, -0.72), (turn.speech_end_s, -0.72),
        arrowprops={"arrowstyle": "<|-|>", "color": TEXT_COLOUR, "lw": 1.2, "shrinkA": 0, "shrinkB": 0},
    )  # fmt: skip
    total = f"response {(heard_s - turn.speech_end_s) * 1e3:.0f} ms"
    texts = ((total, 10.0, "bold"), (_parts(turn.report), 7.5, "normal"))
    for line, (text, size, weight) in zip(room, texts, strict=True):
        start = heard_s + 6 / scale.px_per_s
        y = line.place(start, start + 1.15 * scale.text_s(text, size))
        if y is not None:
            axes.text(
                start, y, text, fontsize=size, weight=weight, color=TEXT_COLOUR, va="center", clip_on=True
            )  # fmt: skip


def _parts(report: TurnReport | None) -> str:
    """What the response time is made of."""
    if report is None:
        return ""
    found = ((name, getattr(report, field)) for field, name in _PARTS)
    return " + ".join(f"{name} {value:.0f}" for name, value in found if value >= 0)
