"""The motion of a conversation as a picture: lips against sound, gaze, lids, brows, head, layers, on one time axis."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from visavis_agent.evaluation.face_course import Floats, blinks, nods
from visavis_agent.evaluation.motion_data import MotionData
from visavis_agent.evaluation.timeline import draw_rows
from visavis_agent.evaluation.timeline_data import Timeline
from visavis_agent.evaluation.timeline_rows import (
    FAINT,
    PHASES,
    ROWS,
    TEXT_COLOUR,
    Row,
    Scale,
    draw_key,
)

_KEPT = ("conversation", "visitor", "agent", "says", "phones", "lips")
_BLUE, _RED, _GREEN, _ORANGE, _VIOLET = "#2f66b0", "#b2404f", "#12836f", "#d98324", "#7a4fb5"
_LAYER_COLOURS = {
    "speech": _RED, "emotion": "#c99700", "accents": _ORANGE, "orienting": _VIOLET, "backchannel": _GREEN,
    "listening": _BLUE, "mimicry": "#c2185b", "thinking": "#8a6d3b", "gesture": "#5f7a70",
    "attract": "#b08a2e",
}  # fmt: skip
Line = tuple[str, str, Floats]


def draw_motion(
    timeline: Timeline,
    motion: MotionData,
    path: Path | str,
    title: str = "",
    span_s: tuple[float, float] | None = None,
) -> None:
    """Draw it into a PNG; an older file is replaced. The phases of the conversation are shaded in every row.

    Args:
        span_s: only this stretch, s; an end of 0 is the end of the session.

    Raises:
        InputError: the file cannot be written.
    """
    face = motion.face
    degrees = np.degrees(face.head)
    gaze = np.degrees(face.gaze) if len(face.times) else np.zeros((0, 2))
    rows = [row for row in ROWS if row.name in _KEPT]
    rows += [
        _lines("gaze, °", 1.2, (-22, 22), motion, [("yaw", _BLUE, gaze[:, 0]), ("pitch (down)", _ORANGE, gaze[:, 1])]),
        Row("lids", 0.7, (0.0, 1.15), _lids(motion)),
        _lines(
            "brows", 0.9, (0, 0.8), motion,
            [
                ("outer up", _BLUE, _mean(motion, "browOuterUp")),
                ("inner up", _GREEN, _mean(motion, "browInnerUp")),
                ("down", _RED, _mean(motion, "browDown")),
            ],
        ),
        _lines(
            "mouth's\nexpression", 0.9, (0, 0.8), motion,
            [
                ("smile", _ORANGE, _mean(motion, "mouthSmile")),
                ("press", _VIOLET, _mean(motion, "mouthPress")),
                ("frown", _BLUE, _mean(motion, "mouthFrown")),
            ],
        ),
        Row("head, °", 1.3, (-10.0, 10.0), _head(motion, degrees)),
        Row("layers", 0.24 * max(1, len(motion.layers)), (0.0, float(max(1, len(motion.layers)))), _layers(motion)),
    ]  # fmt: skip
    draw_rows(timeline, [_shaded(row) for row in rows], path, title, span_s)


def _mean(motion: MotionData, prefix: str) -> Floats:
    return np.asarray(motion.face.named(prefix).mean(axis=1))


def _shaded(row: Row) -> Row:
    """The row over the phases of the conversation; lips over the loudness of the sound that they belong to."""
    if row.name == "conversation":
        return row

    def draw(axes: Axes, timeline: Timeline, scale: Scale) -> None:
        if row.name == "lips":
            _loudness(axes, timeline)
        for state in timeline.states:
            colour = "#d9dde2" if state.held else PHASES[state.phase]
            axes.axvspan(state.start_s, state.end_s, color=colour, alpha=0.28, lw=0, zorder=-1)
        row.draw(axes, timeline, scale)

    return Row(row.name, row.height, row.limits, draw)


def _loudness(axes: Axes, timeline: Timeline) -> None:
    """RMS of the agent's sound in windows of 10 ms; the loudest reaches the top of the row."""
    shapes = []
    for run in timeline.agent:
        hop = max(1, run.run.sample_rate // 100)
        rows = run.pcm[: len(run.pcm) // hop * hop].reshape(-1, hop).astype(np.float64)
        times = run.run.start_ns / 1e9 + (np.arange(len(rows)) + 0.5) * hop / run.run.sample_rate
        shapes.append((times, np.sqrt((rows**2).mean(axis=1))))
    loudest = max((float(level.max()) for _, level in shapes if len(level)), default=0.0)
    for times, level in shapes if loudest else ():
        axes.fill_between(
            times, level / loudest, color=_GREEN, alpha=0.22, lw=0, transform=axes.get_xaxis_transform(), zorder=0
        )


def _ticks(axes: Axes, values: Iterable[float]) -> None:
    shown = list(values)
    axes.set_yticks(shown, [f"{value:g}" for value in shown], fontsize=8, color=FAINT)
    axes.tick_params(axis="y", length=2, color=FAINT, pad=1)


def _lines(name: str, height: float, limits: tuple[float, float], motion: MotionData, lines: list[Line]) -> Row:
    def draw(axes: Axes, timeline: Timeline, scale: Scale) -> None:
        low, high = limits
        axes.axhline(0.0, color="#d5dbe2", lw=0.8, zorder=0)
        for _, colour, values in lines:
            axes.plot(motion.face.times, values, color=colour, lw=0.9)
        if lines and len(lines[0][2]):
            high = max(high, 1.05 * max(float(values.max()) for _, _, values in lines))
            low = min(low, 1.05 * min(float(values.min()) for _, _, values in lines))
        axes.set_ylim(low, high)
        _ticks(axes, (0.0, limits[1] / 2) if limits[0] == 0 else (limits[0] / 2, 0.0, limits[1] / 2))
        draw_key(axes, [(colour, label) for label, colour, _ in lines])

    return Row(name, height, limits, draw)


def _lids(motion: MotionData) -> Callable[[Axes, Timeline, Scale], None]:
    def draw(axes: Axes, timeline: Timeline, scale: Scale) -> None:
        shut, wide = _mean(motion, "eyeBlink"), _mean(motion, "eyeWide")
        axes.fill_between(motion.face.times, shut, color="#93a7c4", lw=0)
        axes.plot(motion.face.times, wide, color=_VIOLET, lw=0.9)
        axes.plot(motion.face.times, _mean(motion, "eyeSquint"), color=_ORANGE, lw=0.9)
        if len(motion.face.times) > 1:
            count = len(blinks(motion.face))
            minutes = (motion.face.times[-1] - motion.face.times[0]) / 60
            axes.text(0.002, 1.02, f"{count / minutes:.0f} blinks a minute", transform=axes.transAxes, fontsize=7.5,
                      color=FAINT, va="bottom")  # fmt: skip
        _ticks(axes, (0, 1))
        draw_key(axes, [("#93a7c4", "shut"), (_VIOLET, "wide"), (_ORANGE, "squint")])

    return draw


def _head(motion: MotionData, degrees: Floats) -> Callable[[Axes, Timeline, Scale], None]:
    """Roll, pitch, yaw, and where an onlooker sees a nod; gestures by their names."""

    def draw(axes: Axes, timeline: Timeline, scale: Scale) -> None:
        axes.axhline(0.0, color="#d5dbe2", lw=0.8, zorder=0)
        named = (("yaw", _BLUE, 2), ("pitch (down)", _ORANGE, 1), ("roll", _GREEN, 0))
        for _, colour, column in named:
            axes.plot(motion.face.times, degrees[:, column], color=colour, lw=0.9)
        reach = max(8.0, 1.1 * float(np.abs(degrees).max())) if len(degrees) else 8.0
        axes.set_ylim(-reach, 1.25 * reach)
        if len(motion.face.times) > 1:
            found = nods(motion.face)
            axes.plot(found, np.full(len(found), -0.9 * reach), "^", color=_ORANGE, ms=4)
        for mark in motion.gestures:
            axes.plot([mark.start_s, mark.end_s], [1.12 * reach] * 2, color=_VIOLET, lw=3, solid_capstyle="butt")
            if scale.text_s(mark.text, 7.5) < mark.end_s - mark.start_s + 0.4:
                axes.text(mark.start_s, 0.86 * reach, mark.text, fontsize=7.5, color=_VIOLET, va="center",
                          clip_on=True)  # fmt: skip
        _ticks(axes, (-5, 0, 5))
        draw_key(axes, [*((colour, label) for label, colour, _ in named), (_ORANGE, "▲ nod"), (_VIOLET, "gesture")])

    return draw


def _layers(motion: MotionData) -> Callable[[Axes, Timeline, Scale], None]:
    """One line of the row a layer, as high as it is active."""

    def draw(axes: Axes, timeline: Timeline, scale: Scale) -> None:
        for k, (name, course) in enumerate(motion.layers.items()):
            base = len(motion.layers) - 1 - k
            colour = _LAYER_COLOURS.get(name, TEXT_COLOUR)
            high = np.clip(course[:, 1], 0.0, 1.0) * 0.9
            axes.fill_between(course[:, 0], base, base + high, color=colour, lw=0.4, alpha=0.85)
            axes.axhline(base, color="#d5dbe2", lw=0.6, zorder=0)
        draw_key(axes, [(_LAYER_COLOURS.get(name, TEXT_COLOUR), name) for name in motion.layers])

    return draw
