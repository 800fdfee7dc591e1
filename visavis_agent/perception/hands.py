"""What an arm and a hand say: raised, waving, thumbs up, pointing; from the points of MediaPipe's Pose and Hands.

All is measured in widths of the shoulders or lengths of the hand, so that distance does not matter.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import MS
from visavis_agent.core.records import HandGesture

HandPoints = npt.NDArray[np.float64]

# Landmarks of Hands: wrist, then four points from base to tip for thumb, index, middle, ring and little finger.
_WRIST, _MIDDLE_BASE = 0, 9
_FINGERS = ((5, 6, 8), (9, 10, 12), (13, 14, 16), (17, 18, 20))
_THUMB_BASE, _THUMB_TIP = 2, 4
# A wave: the hand goes to and fro at least this often in this time, each time by this share of the shoulders.
_WAVE_NS = 1600 * MS
_SWINGS = 3
_SWING = 0.12
# How long a posture is kept before it counts, and how long after it was seen last.
_HELD_NS = {HandGesture.RAISED_HAND: 500 * MS, HandGesture.THUMBS_UP: 400 * MS, HandGesture.POINTING: 400 * MS}
_LINGER_NS = 600 * MS
_COVERING = 3  # points of a hand over the mouth
_UPRIGHT = math.radians(40)


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm by one picture.

    Attributes:
        wrist: x, y, px. shoulder: the same.
        raised: the wrist is above the shoulder.
        hand: (21, 2) px, None where no hand was looked for or found.
    """

    wrist: tuple[float, float]
    shoulder: tuple[float, float]
    raised: bool
    hand: HandPoints | None = None

    def moved(self, x: float, y: float) -> Arm:
        hand = None if self.hand is None else self.hand + (x, y)
        (wrist_x, wrist_y), (shoulder_x, shoulder_y) = self.wrist, self.shoulder
        return Arm((wrist_x + x, wrist_y + y), (shoulder_x + x, shoulder_y + y), self.raised, hand)


@dataclass(frozen=True, slots=True)
class Body:
    """Shoulders and arms of the one person whom the body network follows; px."""

    head: tuple[float, float]
    shoulders: float
    arms: tuple[Arm, ...]

    def moved(self, x: float, y: float) -> Body:
        """The same in a picture that has more to the left and above."""
        head = (self.head[0] + x, self.head[1] + y)
        return Body(head, self.shoulders, tuple(arm.moved(x, y) for arm in self.arms))


@dataclass(frozen=True, slots=True)
class Shown:
    """What the hands show, and where a finger points: (left, up), of length 1 or 0."""

    gesture: HandGesture = HandGesture.NONE
    direction: tuple[float, float] = (0.0, 0.0)


class GestureReader:
    """Reads one person's hands over time; a still hand is never a wave, and a moment's posture is nothing."""

    def __init__(self) -> None:
        self._tracks: tuple[deque[tuple[int, float]], ...] = (deque(), deque())
        self._since: dict[HandGesture, int] = {}
        self._shown, self._seen_ns = Shown(), 0
        self.at_rest = False
        """The arms hang down, by the last picture."""

    def read(self, body: Body | None, media_ns: int) -> Shown:
        """Take the body of the next picture (None: not seen) and tell what the hands show now."""
        postures: dict[HandGesture, tuple[float, float]] = {}
        self.at_rest = body is None or not any(arm.raised or arm.hand is not None for arm in body.arms)
        for arm, track in zip(body.arms if body else (), self._tracks, strict=False):
            if arm.raised and body is not None:
                track.append((media_ns, (_middle(arm)[0] - arm.shoulder[0]) / max(body.shoulders, 1.0)))
                postures.setdefault(HandGesture.RAISED_HAND, (0.0, 0.0))
            posture, direction = hand_posture(arm.hand) if arm.hand is not None else (HandGesture.NONE, (0.0, 0.0))
            if posture is not HandGesture.NONE:
                postures[posture] = direction
        for track in self._tracks:
            while track and media_ns - track[0][0] > _WAVE_NS:
                track.popleft()
        self._since = {posture: self._since.get(posture, media_ns) for posture in postures}
        now = self._settled(postures, media_ns)
        if now.gesture is not HandGesture.NONE:
            self._shown, self._seen_ns = now, media_ns
        elif media_ns - self._seen_ns > _LINGER_NS:
            self._shown = Shown()
        return self._shown

    def _settled(self, postures: dict[HandGesture, tuple[float, float]], media_ns: int) -> Shown:
        """The strongest of what has lasted."""
        if any(swings(track) >= _SWINGS for track in self._tracks):
            return Shown(HandGesture.WAVE)
        for gesture in (HandGesture.THUMBS_UP, HandGesture.POINTING, HandGesture.RAISED_HAND):
            since = self._since.get(gesture)
            if since is not None and media_ns - since >= _HELD_NS[gesture]:
                return Shown(gesture, postures[gesture])
        return Shown()


def swings(track: deque[tuple[int, float]]) -> int:
    """How often a course goes to and fro by more than the jitter of the network."""
    count, turn, direction = 0, track[0][1] if track else 0.0, 0
    for _, place in track:
        moved = place - turn
        if direction == 0 or moved * direction > 0:
            if abs(moved) >= (_SWING if direction == 0 else 0.0):
                count += direction == 0
                direction = direction or (1 if moved > 0 else -1)
                turn = place
        elif abs(moved) >= _SWING:
            count, direction, turn = count + 1, -direction, place
    return count


def hand_posture(hand: HandPoints) -> tuple[HandGesture, tuple[float, float]]:
    """Thumbs up or pointing, with the direction (left, up) of the finger; NONE for everything else."""
    size = float(np.linalg.norm(hand[_MIDDLE_BASE] - hand[_WRIST]))
    if size < 1.0:
        return HandGesture.NONE, (0.0, 0.0)
    straight = [_is_straight(hand, finger) for finger in _FINGERS]
    thumb = hand[_THUMB_TIP] - hand[_THUMB_BASE]
    up = math.atan2(abs(float(thumb[0])), -float(thumb[1]))
    above_all = float(hand[_THUMB_TIP, 1]) < float(hand[[5, 6, 10, 14, 18], 1].min()) - 0.15 * size
    if not any(straight) and up < _UPRIGHT and above_all and float(np.linalg.norm(thumb)) > 0.4 * size:
        return HandGesture.THUMBS_UP, (0.0, 0.0)
    if straight[0] and not any(straight[1:]):
        finger = hand[8] - hand[5]
        length = float(np.linalg.norm(finger))
        if length > 0.35 * size:
            return HandGesture.POINTING, (-float(finger[0]) / length, -float(finger[1]) / length)
    return HandGesture.NONE, (0.0, 0.0)


def _is_straight(hand: HandPoints, finger: tuple[int, int, int]) -> bool:
    """The tip is farther from the wrist than the middle joint, clearly."""
    _, joint, tip = (float(np.linalg.norm(hand[point] - hand[_WRIST])) for point in finger)
    return tip > 1.12 * joint


def _middle(arm: Arm) -> tuple[float, float]:
    """Of the hand, which swings more than the wrist."""
    if arm.hand is None:
        return arm.wrist
    x, y = arm.hand[[_WRIST, 5, 17]].mean(axis=0)
    return float(x), float(y)


def covers(hand: HandPoints, mouth: HandPoints) -> bool:
    """Whether a hand (21, 2) px lies over the mouth, whose points (n, 2) px are given."""
    low, high = mouth.min(axis=0), mouth.max(axis=0)
    margin = 0.15 * (high[0] - low[0])
    inside = np.all((hand > low - margin) & (hand < high + margin), axis=1)
    return int(inside.sum()) >= _COVERING
