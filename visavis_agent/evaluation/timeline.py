"""A session on one time axis, as a picture: who said and felt what when, and what the lips did."""

from __future__ import annotations

import io
import math
import os
import tempfile
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from visavis_agent.bags.layout import BagEntry
from visavis_agent.core.errors import InputError
from visavis_agent.evaluation.timeline_data import Timeline
from visavis_agent.evaluation.timeline_rows import ROWS, TEXT_COLOUR, Row, Scale, plain_text
from visavis_agent.evaluation.timeline_turns import draw_turns

_DPI = 110
_INCHES_PER_S = 1.75
_WIDTH = (14.0, 34.0)
_LEFT, _RIGHT, _TOP, _BOTTOM = 1.55, 1.05, 0.75, 0.5
_GAP = 0.10


def draw_timeline(entries: Iterable[BagEntry], path: Path | str, title: str = "") -> None:
    """Draw a session's records into a PNG; an older file is replaced.

    From top to bottom: phases of the conversation with their reasons, the visitor's sound and words, the agent's sound
    and words (where they were audible), its phones, its lips as drawn and as driven, what both seem to feel. Endpoints
    and response times run through all of it. Sessions above 19 s are drawn at a smaller scale; labels that do not fit
    are left out.

    Args:
        entries: as recorded, in order (a bag's, or a session's own).
        title: stands above, with the session's length.

    Raises:
        InputError: the file cannot be written.
    """
    draw_rows(Timeline.of(entries), ROWS, path, title)


def draw_rows(
    timeline: Timeline,
    rows: Sequence[Row],
    path: Path | str,
    title: str = "",
    span_s: tuple[float, float] | None = None,
) -> None:
    """Draw these rows over each other into a PNG; `conversation` and `visitor` are among them.

    Args:
        span_s: only this stretch, s; an end of 0 is the end of the session.

    Raises:
        InputError: the file cannot be written.
    """
    start, end = span_s or (0.0, 0.0)
    end = min(end or timeline.end_s, timeline.end_s)
    start = min(start, max(0.0, end - 1.0))
    axes_width = min(max((end - start) * _INCHES_PER_S, _WIDTH[0]), _WIDTH[1])
    figure = _draw(timeline, rows, axes_width, title, (start, end))
    save(figure, path)


def save(figure: Figure, path: Path | str) -> None:
    """Write a figure as PNG.

    Raises:
        InputError: the file cannot be written.
    """
    picture = io.BytesIO()
    with warnings.catch_warnings():
        # The embedded font lacks some scripts; their letters appear as boxes.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure.savefig(picture, format="png", metadata={"Software": None})
    _write(Path(path), picture.getvalue())


def _draw(
    timeline: Timeline, rows: Sequence[Row], axes_width: float, title: str, span_s: tuple[float, float]
) -> Figure:
    height = _TOP + _BOTTOM + sum(row.height for row in rows) + _GAP * (len(rows) - 1)
    width = _LEFT + axes_width + _RIGHT
    figure = Figure(figsize=(width, height), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    start, end = span_s
    scale = Scale(axes_width * _DPI / (end - start), end, _DPI)
    y = height - _TOP
    panels = {}
    for row in rows:
        y -= row.height
        place = (_LEFT / width, y / height, axes_width / width, row.height / height)
        axes = figure.add_axes(place, xlim=span_s)
        row.prepare(axes, _LEFT / axes_width)
        row.draw(axes, timeline, scale)
        panels[row.name] = axes
        y -= _GAP
    draw_turns(panels, timeline, scale)
    _axis(panels[rows[-1].name], start, end, axes_width)
    heading = f"{title}   ({timeline.end_s:.1f} s)" if title else f"{timeline.end_s:.1f} s"
    figure.text(
        0.35 / width, 1 - 0.22 / height, plain_text(heading), fontsize=14, weight="bold", va="top",
        color=TEXT_COLOUR, parse_math=False,
    )  # fmt: skip
    return figure


def _axis(axes: Axes, start_s: float, end_s: float, inches: float) -> None:
    """Whole seconds, or round numbers of them where seconds are too dense."""
    step = next(s for s in (1, 2, 5, 10, 30, 60, 300, 600, 3600) if inches * s / (end_s - start_s) >= 0.5 or s == 3600)
    ticks = [k * step for k in range(math.ceil(start_s / step), int(end_s / step) + 1)]
    axes.tick_params(axis="x", length=4, color="#9aa5b1", labelbottom=True)
    axes.set_xticks(ticks, [str(tick) for tick in ticks], fontsize=9, color=TEXT_COLOUR)
    axes.set_xlabel("media time, s", fontsize=9, color=TEXT_COLOUR)


def _write(path: Path, data: bytes) -> None:
    """Under a temporary name first, so that nobody finds half a picture."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{path.stem}-", dir=path.parent) as folder:
            unfinished = Path(folder) / path.name
            unfinished.write_bytes(data)
            os.replace(unfinished, path)
    except OSError as error:
        reason = f"the picture cannot be written ({error.strerror or error})"
        raise InputError(reason, str(path), "Check the folder and free space") from None
