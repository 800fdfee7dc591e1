"""The interactive talking tree (EAI-Avatar §3.2): who spoke and listened with which feeling, round by round.

A node is the speaker or the listener of a round; both are at the same depth, the listener is the speaker's right
sibling, and the next round hangs under the listener (eq. 6 and 7). So the tree is a chain of pairs, and what eq. 10
sums up is a running sum: exact, and the same work at any depth.

Where the paper leaves something open, it is read like this:

- Λ gives a node one label and one confidence, so P_u(ψ) is that confidence for its own label and 0 for others.
- π(v, d) "processes nodes in reverse-level-order": all nodes of depth ≤ d that there are when v grows. For a listener,
  d = D(v), that is its speaker and itself, too; one of whom nothing is known has confidence 0 and adds nothing.
- Of labels with the same sum, the earlier of EMOTIONS.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
import numpy.typing as npt

from visavis_agent.core.emotion import EMOTIONS, Emotion

Sums = npt.NDArray[np.float64]
KEPT = 64
# What a round leaves after the next one: half after two, that is after one exchange.
_RECENCY = 0.5**0.5
INERTIA = 0.35


class Role(Enum):
    """The dialogue state of a node, G of eq. 6."""

    SPEAK = "speak"
    LISTEN = "listen"


@dataclass(eq=False)
class Node:
    """A speaker or a listener.

    Attributes:
        number: 1 for the root, in order of growth.
        role, depth: G and D of eq. 6; depth is the round, from 1.
        who: name of the person or agent.
        emotion: what was told of him; Λ's label and confidence are in `annotation`.
        before: Σ D(u) P_u over the nodes before this one, (7,).
        course: the feelings before this node, newer ones weighing more, (7,); see `lasting`.
        parent, child, left, right: S of eq. 6; None where there is no such node, or where it is forgotten.
    """

    number: int
    role: Role
    depth: int
    who: str
    emotion: Emotion
    before: Sums = field(repr=False)
    course: Sums = field(repr=False)
    parent: Node | None = field(default=None, repr=False)
    child: Node | None = field(default=None, repr=False)
    left: Node | None = field(default=None, repr=False)
    right: Node | None = field(default=None, repr=False)

    @property
    def annotation(self) -> Sums:
        """P_v(ψ), (7,): eq. 9, the largest share of the distribution, at eq. 8's label; 0 when nothing is known."""
        said = np.zeros(len(EMOTIONS))
        if self.emotion.confidence > 0.0:
            said[EMOTIONS.index(self.emotion.label)] = max(self.emotion.distribution)
        return said

    @property
    def accumulated(self) -> Sums:
        """The sums of eq. 10 before its argmax, (7,)."""
        weight = 1 if self.role is Role.SPEAK else self.depth
        return np.asarray(self.before + weight * self.annotation)

    @property
    def label(self) -> str:
        """Q(v) of eq. 10."""
        return EMOTIONS[int(self.accumulated.argmax())]


class TalkingTree:
    """Grows by a node at a time. Only the newest 64 stay reachable; what older ones add is in the sums."""

    def __init__(self) -> None:
        self._nodes: deque[Node] = deque()

    def __len__(self) -> int:
        """How many nodes there have been."""
        return self._nodes[-1].number if self._nodes else 0

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The newest nodes, oldest first."""
        return tuple(self._nodes)

    @property
    def last(self) -> Node | None:
        """The newest node."""
        return self._nodes[-1] if self._nodes else None

    @property
    def course(self) -> Sums:
        """The feelings before the next node, (7,): those of its round in full, those of each round before it less."""
        last = self.last
        if last is None:
            return np.zeros(len(EMOTIONS))
        known = np.asarray(last.course + last.emotion.confidence * np.array(last.emotion.distribution))
        return known if last.role is Role.SPEAK else _RECENCY * known

    def grow(self, who: str, emotion: Emotion) -> Node:
        """Eq. 7: beside a speaker grows its listener, under a listener the next speaker."""
        last = self.last
        if last is None:
            node = Node(1, Role.SPEAK, 1, who, emotion, np.zeros(len(EMOTIONS)), self.course)
        else:
            node = _grown(last, who, emotion, self.course)
        self._nodes.append(node)
        if len(self._nodes) > KEPT:
            _cut_off(self._nodes.popleft())
        return node


def lasting(emotion: Emotion, course: Sums, inertia: float = INERTIA) -> Emotion:
    """An emotion together with the course of feelings before it; this is what drives the agent.

    Eq. 10 weighs the past by depth: after n rounds its sum is of the order n², while what is felt now adds at most 1
    and soon shows no more. Here the past H is a mean in which older rounds count less, and a fixed share ι of it stays
    in the present (emotional inertia: Kuppens, Allen and Sheeber 2010):

        F = (1 - ι) p + ι H / |H|,    H = Σ_u 2^(-Δ(u)/2) c_u p_u,    Δ(u) rounds ago, confidence c_u, distribution p_u

    Args:
        course: H, (7,).
        inertia: ι, 0–1; less as far as little is known of the past, |H| < 1.

    Returns:
        the emotion with the distribution F.
    """
    known = float(course.sum())
    if known <= 0.0:
        return emotion
    kept = inertia * min(1.0, known)
    mixed = (1 - kept) * np.array(emotion.distribution) + kept * course / known
    return Emotion.of(
        dict(zip(EMOTIONS, map(float, mixed), strict=True)),
        intensity=emotion.intensity,
        valence=emotion.valence,
        arousal=emotion.arousal,
        dominance=emotion.dominance,
        confidence=emotion.confidence,
    )


def _grown(last: Node, who: str, emotion: Emotion, course: Sums) -> Node:
    before = last.before + last.depth * last.annotation
    if last.role is Role.SPEAK:
        node = Node(last.number + 1, Role.LISTEN, last.depth, who, emotion, before, course, last.parent, left=last)
        last.right = node
    else:
        node = Node(last.number + 1, Role.SPEAK, last.depth + 1, who, emotion, before, course, last)
        last.child = node
    return node


def _cut_off(oldest: Node) -> None:
    """Let those around it forget the oldest node, so that it can go."""
    around = [oldest.right, oldest.child, oldest.child.right if oldest.child else None]
    for node in filter(None, around):
        node.parent = None if node.parent is oldest else node.parent
        node.left = None if node.left is oldest else node.left
