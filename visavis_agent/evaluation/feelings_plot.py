"""Pictures of a conversation's feelings: their course from turn to turn, and the talking tree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from visavis_agent.core.emotion import EMOTIONS, Emotion
from visavis_agent.dialogue.stage import VISITOR
from visavis_agent.dialogue.talking_tree import Node, Role
from visavis_agent.evaluation.feelings import JUMP, Turn, jumps
from visavis_agent.evaluation.timeline_rows import FEELINGS, TEXT_COLOUR

_DPI = 110
_OF_LABELS = {"neutral": "#d8dde3"} | FEELINGS
_COLOURS = [_OF_LABELS[label] for label in EMOTIONS]
_LONGEST_TEXT = 46
_ROUNDS_IN_A_ROW = 12
_ALONE_COLOUR = "#b0532f"


def course_figure(turns: Sequence[Turn], alone: Sequence[Turn], title: str) -> Figure:
    """What was read and shown in each turn.

    From top to bottom: the visitor's feelings as read; the label of eq. 10, which counts deep nodes more; the agent's
    feelings with the course of the conversation and, below, of each turn alone; the agent's pleasure in both.

    Args:
        alone: the same turns without history.
    """
    figure = Figure(figsize=(max(9.0, 0.5 * len(turns) + 3.0), 11.0), dpi=_DPI, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(5, 1, sharex=True, height_ratios=(2, 0.5, 2, 2, 2.4))
    _stack(axes[0], [turn.visitor for turn in turns], "visitor,\nas read")
    _labels(axes[1], [turn.eq10 for turn in turns], "eq. 10")
    _stack(axes[2], [turn.agent for turn in turns], "agent, with\nthe course")
    _stack(axes[3], [turn.agent for turn in alone], "agent, each\nturn alone")
    _pleasure(axes[4], turns, alone)
    axes[4].set_xticks(range(len(turns)), [_short(turn.text) for turn in turns], rotation=62, ha="right", fontsize=7.5)
    for one in axes:
        one.tick_params(colors=TEXT_COLOUR, length=2)
        one.set_xlim(-0.6, len(turns) - 0.4)
    figure.suptitle(title, fontsize=13, weight="bold", color=TEXT_COLOUR, x=0.02, ha="left")
    return figure


def tree_figure(nodes: Sequence[Node], title: str) -> Figure:
    """The talking tree: a speaker with its listener for each round, the next round under the listener.

    The colour is what was read at a node, the number its share; the ring is the label of eq. 10.
    """
    first = nodes[0].depth
    rows = (nodes[-1].depth - first) // _ROUNDS_IN_A_ROW + 1
    size = (1.0 + 1.25 * _ROUNDS_IN_A_ROW, 1.2 + 2.3 * rows)
    figure = Figure(figsize=size, dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, size[0]), ylim=(0, size[1]))
    axes.set_axis_off()
    axes.text(0.4, size[1] - 0.35, title, fontsize=13, weight="bold", color=TEXT_COLOUR, va="top", parse_math=False)
    _tree_key(axes, size[1] - 0.8)
    for node in nodes:
        _draw_edges(axes, node, first, size[1])
    for node in nodes:
        _draw_node(axes, node, _place(node, first, size[1]))
    return figure


def _stack(axes: Axes, emotions: Sequence[Emotion], name: str) -> None:
    shares = np.array([emotion.distribution for emotion in emotions])
    base = np.zeros(len(shares))
    for column, colour in zip(shares.T, _COLOURS, strict=True):
        axes.bar(range(len(shares)), column, bottom=base, width=0.9, color=colour)
        base += column
    axes.set_ylim(0, 1)
    axes.set_yticks([0, 1])
    axes.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9, color=TEXT_COLOUR)


def _labels(axes: Axes, labels: Sequence[str], name: str) -> None:
    axes.bar(range(len(labels)), 1, width=0.9, color=[_OF_LABELS[label] for label in labels])
    axes.set_yticks([])
    axes.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9, color=TEXT_COLOUR)
    handles = [axes.bar([0], [0], color=colour) for colour in _COLOURS]
    axes.legend(handles, EMOTIONS, loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8, frameon=False)


def _pleasure(axes: Axes, turns: Sequence[Turn], alone: Sequence[Turn]) -> None:
    for which, colour, name in ((turns, TEXT_COLOUR, "with the course"), (alone, _ALONE_COLOUR, "each turn alone")):
        pleasure = [turn.agent.valence for turn in which]
        far = [number for number, jump in enumerate(jumps(which), 1) if jump > JUMP]
        label = f"{name}: {len(far)} jumps"
        axes.plot(range(len(pleasure)), pleasure, color=colour, lw=1.6, label=label)
        axes.plot(far, [pleasure[number] for number in far], "o", color=colour, ms=5)
    axes.axhline(0, color="#9aa5b1", lw=0.8)
    axes.set_ylim(-1, 1)
    axes.set_ylabel("agent's\npleasure", rotation=0, ha="right", va="center", fontsize=9, color=TEXT_COLOUR)
    axes.legend(loc="lower left", fontsize=8, frameon=False, ncols=2)


def _place(node: Node, first: int, height: float) -> tuple[float, float]:
    row, column = divmod(node.depth - first, _ROUNDS_IN_A_ROW)
    x = 0.75 + 1.25 * column + (0.5 if node.role is Role.LISTEN else 0.0)
    return x, height - 1.75 - 2.3 * row - (0.6 if column % 2 else 0.0)


def _draw_edges(axes: Axes, node: Node, first: int, height: float) -> None:
    here = _place(node, first, height)
    if node.right is not None:
        there = _place(node.right, first, height)
        axes.plot(*zip(here, there, strict=True), color="#9aa5b1", lw=1.2, ls=":", zorder=1)
    if node.child is not None:
        there = _place(node.child, first, height)
        line: dict[str, Any] = {"color": TEXT_COLOUR, "lw": 1.0, "alpha": 0.5, "zorder": 1}
        if there[0] > here[0]:
            axes.plot(*zip(here, there, strict=True), **line)
        else:  # the next row
            axes.plot([here[0], here[0] + 0.5], [here[1], here[1] + 0.25], **line)
            axes.plot([there[0] - 0.5, there[0]], [there[1] - 0.25, there[1]], **line)


def _draw_node(axes: Axes, node: Node, place: tuple[float, float]) -> None:
    share = max(node.annotation)
    face = _OF_LABELS[node.emotion.label] if share > 0 else "white"
    shape = "s" if node.role is Role.SPEAK else "o"
    axes.plot(*place, shape, ms=21, mfc=face, mec=_OF_LABELS[node.label], mew=3.0, zorder=2)
    inside = f"{share:.2f}"[1:] if 0 < share < 1 else ("1" if share else "?")
    text: dict[str, Any] = {"ha": "center", "color": TEXT_COLOUR, "zorder": 3}
    axes.text(*place, inside, fontsize=8, va="center", **text)
    who = f"{node.number} {'visitor' if node.who == VISITOR else node.who}"
    axes.text(place[0], place[1] + (0.28 if node.role is Role.SPEAK else -0.4), who, fontsize=6.5, **text)


def _tree_key(axes: Axes, y: float) -> None:
    x = 0.5
    for label in EMOTIONS:
        axes.plot(x, y, "s", ms=8, color=_OF_LABELS[label])
        axes.text(x + 0.15, y, label, fontsize=8.5, va="center", color=TEXT_COLOUR)
        x += 1.05
    words = "□ speaks   ○ listens   fill: as read, with its share   ring: eq. 10   … sibling   — child"
    axes.text(x + 0.2, y, words, fontsize=8.5, va="center", color=TEXT_COLOUR)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
