"""The rows of the picture of a session."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from visavis_agent.core.emotion import EMOTIONS
from visavis_agent.core.phones import SILENCE, VOWELS
from visavis_agent.core.records import Phase
from visavis_agent.evaluation.audible import Mark
from visavis_agent.evaluation.timeline_data import Feelings, Floats, Sound, Timeline

TEXT_COLOUR = "#27303b"
FAINT = "#8391a1"
VISITOR = "#3b6fb6"
AGENT = "#12836f"
BILABIAL = "#c2185b"
_BILABIALS = frozenset(("p", "b", "m"))
_LABIODENTALS = frozenset(("f", "v"))
PHASES = {
    Phase.IDLE: "#e6eaef",
    Phase.LISTENING: "#bcd3f2",
    Phase.THINKING: "#fbdf9d",
    Phase.SPEAKING: "#abdcc9",
}
FEELINGS = {
    "joy": "#f4b733",
    "sadness": "#5b8bd6",
    "anger": "#d9534a",
    "fear": "#8e6bbf",
    "surprise": "#f08a4b",
    "disgust": "#7fae56",
}
_LETTER = 0.55  # width of a letter of the embedded font, of its size
_WORDS_PX = 60  # a second at least for every word to have a chance
_QUIET = 1000  # noise below this is not blown up


@dataclass(frozen=True, slots=True)
class Scale:
    """Pixels a second, length of the session in s, and pixels an inch."""

    px_per_s: float
    end_s: float
    dpi: float

    def text_s(self, text: str, size: float) -> float:
        """About how long a text of so many points is on the time axis, s."""
        wide = sum(letter in "mwMW" for letter in text)
        return (len(text) + 0.7 * wide) * size * _LETTER * self.dpi / 72 / self.px_per_s


@dataclass(frozen=True, slots=True)
class Row:
    """A row: name, height in inches, range of its values, and what it draws."""

    name: str
    height: float
    limits: tuple[float, float]
    draw: Callable[[Axes, Timeline, Scale], None]

    def prepare(self, axes: Axes, label_offset: float) -> None:
        """The plain frame with the row's name at its left."""
        axes.set_ylim(*self.limits)
        axes.set_yticks([])
        axes.tick_params(axis="x", length=0, labelbottom=False)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color("#d5dbe2")
        axes.set_facecolor("none")
        axes.text(
            -label_offset * 0.77, 0.5, self.name, transform=axes.transAxes, va="center", ha="left", fontsize=10,
            color=TEXT_COLOUR, weight="bold", linespacing=1.25,
        )  # fmt: skip


def plain_text(text: str, longest: int = 200) -> str:
    """One printable line."""
    line = "".join(c if c.isprintable() else " " for c in text[: 2 * longest])
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _nothing(axes: Axes, words: str) -> None:
    box = {"facecolor": "white", "edgecolor": "none", "pad": 3}
    axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", va="center", color=FAINT, fontsize=9, bbox=box)


def _label(axes: Axes, x: float, y: float, text: str, size: float, colour: str, **options: Any) -> None:
    axes.text(x, y, text, fontsize=size, color=colour, clip_on=True, parse_math=False, **options)


class Lines:
    """Lines of text under each other: a text goes to the first that is free where it starts."""

    def __init__(self, heights: tuple[float, ...]) -> None:
        self._heights = heights
        self._ends = [-1.0] * len(heights)

    def place(self, start_s: float, end_s: float) -> float | None:
        """Height for a text on [start_s, end_s); None where every line is taken."""
        for k, free in enumerate(self._ends):
            if free <= start_s:
                self._ends[k] = end_s
                return self._heights[k]
        return None


def _states(axes: Axes, timeline: Timeline, scale: Scale) -> None:
    """Phases as bands, held ones hatched; reasons below, each at its time."""
    lines = Lines((0.86, 0.53, 0.20))
    phase_start, shown = 0.0, None
    for k, state in enumerate(timeline.states):
        width = state.end_s - state.start_s
        colour = PHASES[state.phase]
        axes.broken_barh([(state.start_s, width)], (1.05, 0.95), facecolor=colour, edgecolor="none")
        if state.held:
            axes.broken_barh(
                [(state.start_s, width)], (1.05, 0.95), facecolor="none", edgecolor="#5f7a70", hatch="////", lw=0
            )
        name = state.phase.name.lower() + (" · held" if state.held else "")
        if name != shown:
            phase_start, shown = state.start_s, name
        following = timeline.states[k + 1] if k + 1 < len(timeline.states) else None
        if following is None or (following.phase, following.held) != (state.phase, state.held):
            room = state.end_s - phase_start
            fitting = next((text for text in (name, name.split()[-1]) if scale.text_s(text, 9) < room), "")
            box = {"facecolor": colour, "edgecolor": "none", "pad": 1.5} if state.held and fitting else None
            middle = phase_start + room / 2
            _label(axes, middle, 1.5, fitting, 9, TEXT_COLOUR, ha="center", va="center", bbox=box)
        _reason(axes, state.start_s, plain_text(state.reason), lines, scale)
    if not timeline.states:
        _nothing(axes, "no conversation")


def _reason(axes: Axes, at_s: float, reason: str, lines: Lines, scale: Scale) -> None:
    """At its time, on the first free line."""
    y = lines.place(at_s, at_s + scale.text_s(reason + "  ", 7.5)) if reason else None
    if y is None:
        return
    axes.plot([at_s, at_s], [y - 0.1, 1.05], color=FAINT, lw=0.8)
    _label(axes, at_s, y, f" {reason}", 7.5, "#4a5868", va="center")


def _wave(axes: Axes, sounds: Iterable[Sound], colour: str, scale: Scale) -> None:
    """Lowest and highest sample of every pixel; the loudest of all fills the row."""
    kept = [sound for sound in sounds if len(sound.pcm)]
    peak = max([_QUIET, *(int(np.abs(sound.pcm.astype(np.int32)).max()) for sound in kept)])
    for sound in kept:
        step = max(1, int(sound.sample_rate / scale.px_per_s))
        count = len(sound.pcm) // step
        if not count:
            continue
        blocks = sound.pcm[: count * step].reshape(count, step) * (0.95 / peak)
        times = sound.start_s + (np.arange(count) + 0.5) * step / sound.sample_rate
        axes.fill_between(times, blocks.min(axis=1), blocks.max(axis=1), color=colour, lw=0.4)


def _visitor_sound(axes: Axes, timeline: Timeline, scale: Scale) -> None:
    axes.axhline(0, color="#d5dbe2", lw=0.8, zorder=0)
    for mark in timeline.speaking:
        axes.axvspan(mark.start_s, mark.end_s, color="#dfe9f7", lw=0)
    _wave(axes, timeline.visitor, VISITOR, scale)
    if not timeline.visitor:
        _nothing(axes, "no sound from the visitor")


def _visitor_words(axes: Axes, timeline: Timeline, scale: Scale) -> None:
    """Final text over its own time; below, what was understood on the way, ending where it became known."""
    lines = Lines((0.78,))
    for mark in timeline.finals:
        width = max(mark.end_s - mark.start_s, 0.03)
        axes.broken_barh([(mark.start_s, width)], (0.6, 0.36), facecolor="#dfe9f7", edgecolor=VISITOR, lw=0.8)
        text = plain_text(mark.text)
        y = lines.place(mark.start_s, mark.start_s + scale.text_s(text, 10))
        if y is not None:
            _label(axes, mark.start_s, y, f" {text}", 10, TEXT_COLOUR, va="center")
    lines = Lines((0.42, 0.14))
    for mark in timeline.partials:
        text = plain_text(mark.text)
        y = lines.place(mark.end_s - scale.text_s(text, 7.5), mark.end_s)
        if y is not None:
            axes.plot([mark.end_s, mark.end_s], [y - 0.12, y + 0.12], color="#7d9fd0", lw=0.9)
            _label(axes, mark.end_s, y, f"{text} ", 7.5, "#5f7ea8", va="center", ha="right")
    if not timeline.finals and not timeline.partials:
        _nothing(axes, "nothing was said or typed")


def _agent_sound(axes: Axes, timeline: Timeline, scale: Scale) -> None:
    axes.axhline(0, color="#d5dbe2", lw=0.8, zorder=0)
    runs = timeline.agent
    _wave(axes, (Sound(r.run.start_ns / 1e9, r.pcm, r.run.sample_rate) for r in runs), AGENT, scale)
    for state in timeline.states:
        if state.held:
            axes.axvspan(state.start_s, state.end_s, facecolor="#f3f5f7", edgecolor="#c9d1da", hatch="////", lw=0)
    for run in runs:
        for cue in run.gestures:
            axes.plot([cue.start_s], [1.2], marker="v", color="#7a4fb5", ms=6)
            _label(axes, cue.start_s, 1.18, f"   {plain_text(cue.text)}", 8, "#7a4fb5", va="center")
    if not runs:
        _nothing(axes, "the agent was not heard")


def _agent_words(axes: Axes, timeline: Timeline, scale: Scale) -> None:
    """Each word where it begins; only the beginning of what is said where words are too dense."""
    lines = Lines((0.74, 0.24))
    for run in timeline.agent:
        whole = (Mark(run.run.start_ns / 1e9, run.run.end_ns / 1e9, " ".join(word.text for word in run.words)),)
        for word in run.words if scale.px_per_s >= _WORDS_PX else whole:
            text = plain_text(word.text, 40)
            y = lines.place(word.start_s, word.start_s + scale.text_s(text + " ", 8.5))
            if y is not None:
                axes.plot([word.start_s, word.start_s], [y - 0.2, y + 0.2], color="#8cc4b5", lw=0.9)
                _label(axes, word.start_s, y, f" {text}", 8.5, TEXT_COLOUR, va="center")


def phone_colour(phone: str) -> str:
    """Closed lips stand out, lips at the teeth too; vowels are light, the other consonants grey."""
    if phone in _BILABIALS:
        return BILABIAL
    if phone in _LABIODENTALS:
        return "#f2a66b"
    return "#f7e3a4" if phone in VOWELS else "#c6d3de"


def _spoken(timeline: Timeline) -> list[Mark]:
    return [mark for run in timeline.agent for mark in run.phones if mark.text != SILENCE]


def _phones(axes: Axes, timeline: Timeline, scale: Scale) -> None:
    """Every phone that is a pixel wide or closes the lips; its name where there is room."""
    boxes: dict[str, list[list[tuple[float, float]]]] = {}
    for mark in _spoken(timeline):
        wide_px = (mark.end_s - mark.start_s) * scale.px_per_s
        if wide_px < 1 and mark.text not in _BILABIALS:
            continue
        a, b = mark.start_s, mark.end_s
        boxes.setdefault(phone_colour(mark.text), []).append([(a, 0.04), (b, 0.04), (b, 0.96), (a, 0.96)])
        if scale.text_s(mark.text, 7) <= b - a:
            bold = mark.text in _BILABIALS
            colour = "white" if bold else TEXT_COLOUR
            weight = "bold" if bold else "normal"
            _label(axes, (a + b) / 2, 0.47, mark.text, 7, colour, ha="center", va="center", weight=weight)
    for colour, outlines in boxes.items():
        axes.add_collection(PolyCollection(outlines, facecolor=colour, edgecolor="white", lw=0.6), autolim=False)


_OPENING, _JAW = ("#b2404f", "opening, mm"), ("#4a5868", "jawOpen")


def _lips(axes: Axes, timeline: Timeline, scale: Scale) -> None:
    """Measured opening as an area in mm, driven jaw as a line; where p, b and m close the lips is shaded.

    Nothing is measured without a film: the scale is the jaw's then, 0-1.
    """
    gap, jaw = timeline.gap, timeline.jaw
    if not len(gap) and not len(jaw):
        _nothing(axes, "no face")
        return
    for mark in _spoken(timeline):
        if mark.text in _BILABIALS:
            axes.axvspan(mark.start_s, mark.end_s, color=BILABIAL, alpha=0.16, lw=0)
    if len(gap):
        top = unit = max(5.0, 1.1 * float(gap[:, 1].max()))
        axes.fill_between(gap[:, 0], gap[:, 1], color="#e58a94", lw=0)
        axes.plot(gap[:, 0], gap[:, 1], color=_OPENING[0], lw=1.0)
        step = next(step for step in (1, 2, 5, 10, 20, 50) if top / step < 6 or step == 50)
        ticks: list[float] = list(range(0, int(top) + 1, step))
    else:
        top, unit = max(0.5, 1.1 * float(jaw[:, 1].max())), 1.0
        ticks = [0.0, 0.2, 0.4]
    if len(jaw):
        axes.plot(jaw[:, 0], jaw[:, 1] * unit, color=_JAW[0], lw=0.9, ls=(0, (3, 1.5)) if len(gap) else "-")
    axes.set_ylim(0, top)
    colour = (_OPENING if len(gap) else _JAW)[0]
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks], fontsize=8, color=colour)
    axes.tick_params(axis="y", length=2, color=colour, pad=1)
    draw_key(axes, (*((_OPENING,) if len(gap) else ()), _JAW, (BILABIAL, "p b m")))


def draw_key(axes: Axes, items: Iterable[tuple[str, str]]) -> None:
    """Names with their colours at the right of a row."""
    listed = list(items)
    for k, (colour, name) in enumerate(listed):
        y = 1.0 - (k + 0.5) / len(listed)
        for offset, text, ink in ((6, "■", colour), (17, name, TEXT_COLOUR)):
            axes.annotate(
                text, (1, y), (offset, 0), xycoords="axes fraction", textcoords="offset points", fontsize=8,
                color=ink, va="center", annotation_clip=False,
            )  # fmt: skip


def _feelings(axes: Axes, feelings: Feelings) -> None:
    """Probabilities of what is not neutral, one on the other; the intensity as a line."""
    if not len(feelings.times_s):
        _nothing(axes, "nothing known")
        return
    layers: list[Floats] = [feelings.distributions[:, EMOTIONS.index(name)] for name in FEELINGS]
    base = np.zeros(len(feelings.times_s))
    for layer, colour in zip(layers, FEELINGS.values(), strict=True):
        axes.fill_between(feelings.times_s, base, base + layer, color=colour, lw=0, step="post")
        base = base + layer
    axes.plot(feelings.times_s, feelings.intensities, color=TEXT_COLOUR, lw=1.2, drawstyle="steps-post")
    axes.set_yticks([0, 1], ["0", "1"], fontsize=8, color=FAINT)
    axes.tick_params(axis="y", length=2, color=FAINT, pad=1)


def _user_feels(axes: Axes, timeline: Timeline, scale: Scale) -> None:
    _feelings(axes, timeline.user_feels)
    draw_key(axes, [(colour, name) for name, colour in FEELINGS.items()])


def _agent_feels(axes: Axes, timeline: Timeline, scale: Scale) -> None:
    _feelings(axes, timeline.agent_feels)
    draw_key(axes, [(TEXT_COLOUR, "intensity")])


ROWS: tuple[Row, ...] = (
    Row("conversation", 0.85, (0.0, 2.0), _states),
    Row("visitor", 0.85, (-1.0, 1.0), _visitor_sound),
    Row("understood", 0.72, (0.0, 1.0), _visitor_words),
    Row("agent", 1.1, (-1.0, 1.4), _agent_sound),
    Row("says", 0.42, (0.0, 1.0), _agent_words),
    Row("phones", 0.30, (0.0, 1.0), _phones),
    Row("lips", 1.35, (0.0, 5.0), _lips),
    Row("visitor feels", 0.85, (0.0, 1.0), _user_feels),
    Row("agent feels", 0.85, (0.0, 1.0), _agent_feels),
)
