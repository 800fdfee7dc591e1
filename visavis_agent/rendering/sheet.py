"""Pictures of an avatar to be looked at: a sheet of labelled states, and single states as portraits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from visavis_agent.core.arkit import coefficients
from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.records import Array, BodyMotion, FaceMotion
from visavis_agent.rendering.arm_poses import arm_rotations
from visavis_agent.rendering.avatar import Avatar
from visavis_agent.rendering.renderer import Renderer

COLUMNS = 8
SMILE = coefficients(
    mouthSmile=0.85, mouthUpperUp=0.55, mouthLowerDown=0.35, jawOpen=0.12, cheekSquint=0.6, eyeSquint=0.22,
    browOuterUp=0.35, browInnerUp=0.25,
)  # fmt: skip
FRIENDLY = coefficients(mouthSmile=0.45, cheekSquint=0.4, eyeSquint=0.12, browOuterUp=0.18, browInnerUp=0.10)
PUZZLED = coefficients(
    browInnerUp=0.5, browOuterUp=0.5, mouthPress=0.3, mouthShrugLower=0.5, mouthDimple=0.3, mouthFrown=0.15
)


@dataclass(frozen=True, slots=True)
class State:
    """One cell: coefficients, head turn in degrees (pitch > 0 is down), poses of the left and right arm."""

    label: str
    face: Array
    tongue_up: float = 0.0
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    arms: tuple[str, str] = ("rest", "rest below")
    framing: str = "bust"

    def motion(self) -> tuple[FaceMotion, BodyMotion]:
        """The records that show it."""
        head = (math.radians(self.roll), math.radians(self.pitch), math.radians(self.yaw))
        face = FaceMotion(media_ns=0, coefficients=self.face, tongue_up=self.tongue_up, head=head)
        return face, BodyMotion(media_ns=0, rotations=arm_rotations(*self.arms))


def _state(label: str, tongue_up: float = 0.0, **values: float) -> State:
    return State(label, coefficients(**values), tongue_up)


STATES: tuple[State, ...] = (
    _state("neutral"),
    _state("A", jawOpen=0.85, mouthLowerDown=0.2, mouthUpperUp=0.15),
    _state("E", jawOpen=0.28, mouthStretch=0.55, mouthSmile=0.25, mouthUpperUp=0.4, mouthLowerDown=0.5),
    _state("I", jawOpen=0.12, mouthStretch=0.5, mouthSmile=0.5, mouthUpperUp=0.45, mouthLowerDown=0.5),
    _state("O", jawOpen=0.50, mouthFunnel=0.85, mouthPucker=0.25),
    _state("U", jawOpen=0.07, mouthPucker=1.0, mouthFunnel=0.05),
    _state("M B P", mouthPress=0.7, mouthRollLower=0.45, mouthRollUpper=0.45),
    _state("F V", jawOpen=0.10, mouthRollLower=0.5, mouthUpperUp=1.0, mouthStretch=0.15, mouthSmile=0.1),
    _state("L", 1.0, jawOpen=0.42, mouthUpperUp=0.35, mouthLowerDown=0.2),
    _state("TH", jawOpen=0.24, tongueOut=0.9, mouthUpperUp=0.4, mouthLowerDown=0.35),
    _state("W", jawOpen=0.05, mouthPucker=1.0, mouthFunnel=0.1),
    State("smile", SMILE),
    State(
        "laugh",
        coefficients(
            mouthSmile=0.9, mouthUpperUp=0.6, mouthLowerDown=0.35, jawOpen=0.62, cheekSquint=0.9,
            eyeSquint=0.75, browOuterUp=0.3, browInnerUp=0.3,
        ),
        pitch=-4,
        roll=4,
    ),
    State(
        "sad",
        coefficients(
            mouthFrown=0.85, mouthShrugLower=0.6, browInnerUp=1.0, browDown=0.12, eyeLookDown=0.45,
            eyeSquint=0.15, mouthRollLower=0.2,
        ),
        pitch=6,
        roll=-5,
    ),
    State(
        "angry",
        coefficients(
            browDown=1.0, noseSneer=0.6, mouthFrown=0.55, mouthPress=0.5, eyeSquint=0.55, eyeWide=0.25,
            jawForward=0.3
        ),
        pitch=5,
    ),
    State(
        "afraid",
        coefficients(
            browInnerUp=1.0, browOuterUp=0.25, eyeWide=0.9, mouthStretch=0.7, jawOpen=0.24,
            mouthLowerDown=0.5, mouthFrown=0.35,
        ),
        pitch=-2,
    ),
    _state("surprised", browInnerUp=0.9, browOuterUp=1.0, eyeWide=0.9, jawOpen=0.62, mouthFunnel=0.35),
    State(
        "disgusted",
        coefficients(
            noseSneer=1.0, mouthUpperUp=0.7, mouthFrown=0.6, browDown=0.6, eyeSquint=0.7, cheekSquint=0.5,
            mouthShrugLower=0.4,
        ),
        yaw=-6,
        pitch=-3,
    ),
    _state("blink", eyeBlink=1.0),
    _state("half closed", eyeBlink=0.5),
    _state("gaze left", eyeLookOutLeft=1.0, eyeLookInRight=1.0),
    _state("gaze right", eyeLookInLeft=1.0, eyeLookOutRight=1.0),
    State("yaw -25", FRIENDLY, yaw=-25),
    State("yaw -15", FRIENDLY, yaw=-15),
    State("yaw +15", FRIENDLY, yaw=15),
    State("yaw +25", FRIENDLY, yaw=25),
    State("pitch +10", FRIENDLY, pitch=10),
    State("pitch -10", FRIENDLY, pitch=-10),
    State("wave", SMILE, roll=3, framing="half", arms=("rest", "wave")),
    State("point", FRIENDLY, yaw=-10, framing="half", arms=("rest", "point")),
    State("open palms", FRIENDLY, framing="half", arms=("open", "open")),
    State("rest", FRIENDLY, framing="half"),
    State("point left", FRIENDLY, yaw=12, framing="half", arms=("point aside", "rest below")),
    State("point right", FRIENDLY, yaw=-12, framing="half", arms=("rest", "point aside")),
    State("shrug", PUZZLED, roll=5, framing="half", arms=("shrug", "shrug")),
    State("hand on heart", FRIENDLY, roll=4, pitch=3, framing="half", arms=("rest", "hand on heart")),
    State("count", SMILE, framing="half", arms=("rest", "count")),
    State("friendly", FRIENDLY),
    State("smile, yaw -15", SMILE, yaw=-15),
    State("smile, yaw +15", SMILE, yaw=15),
)  # fmt: skip


def draw_state(renderer: Renderer, state: State, size: tuple[int, int]) -> Array:
    """The picture of a state, (height, width, 3) uint8."""
    renderer.reframe(size, state.framing)
    return renderer.draw(*state.motion())[0]


def draw_sheet(
    avatar: Avatar,
    states: tuple[State, ...] = STATES,
    cell: int = 288,
    columns: int = COLUMNS,
    threads: int = 1,
) -> Array:
    """The sheet, (rows · cell, columns · cell, 3) uint8; cells are drawn at 512² at least and reduced."""
    renderer = Renderer(avatar, (512, 512), threads)
    drawn = max(512, cell)
    rows, columns = -(-len(states) // columns), min(columns, len(states))
    sheet = np.zeros((rows * cell, columns * cell, 3), np.uint8)
    for i, state in enumerate(states):
        picture = draw_state(renderer, state, (drawn, drawn))
        row, column = divmod(i, columns)
        window = sheet[row * cell : (row + 1) * cell, column * cell : (column + 1) * cell]
        window[:] = cv2.resize(picture, (cell, cell), interpolation=cv2.INTER_AREA)
        _label(window, state.label)
    renderer.close()
    return sheet


def _label(picture: Array, text: str) -> None:
    inked = picture.copy()  # OpenCV writes into whole arrays only
    for colour, width in (((20, 20, 20), 4), ((255, 255, 255), 1)):
        cv2.putText(inked, text, (8, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.55, colour, width, cv2.LINE_AA)
    picture[:] = inked


def chosen_states(labels: str) -> tuple[State, ...]:
    """The states of comma-separated labels ("smile, yaw -15" is written "smile; yaw -15"), or all for "".

    Raises:
        ConfigurationError: an unknown label.
    """
    if not labels.strip():
        return STATES
    by_label = {state.label: state for state in STATES}
    wanted = [label.strip().replace(";", ",") for label in labels.split(",")]
    for label in wanted:
        if label not in by_label:
            raise ConfigurationError(f"unknown state {label!r}", "", f"Known: {'; '.join(by_label)}")
    return tuple(by_label[label] for label in wanted)


def portrait(avatar: Avatar, state: State, size: tuple[int, int], framing: str = "") -> Array:
    """One state without a label, (height, width, 3) uint8; drawn at twice the size and reduced.

    Raises:
        ConfigurationError: a size or framing that cannot be drawn.
    """
    width, height = size
    large = Renderer(avatar, (2 * width, 2 * height), framing=framing or state.framing)
    picture, _ = large.draw(*state.motion())
    large.close()
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def write_picture(picture: Array, path: str | Path) -> None:
    """Write (height, width, 3) RGB uint8 as PNG, or JPEG (quality 90) where the name ends in .jpg.

    Raises:
        ConfigurationError: another ending.
        OSError: the file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() not in (".png", ".jpg"):
        ending = path.suffix or path.name
        raise ConfigurationError(f"cannot write a picture as {ending!r}", str(path), "Use .png or .jpg")
    _, data = cv2.imencode(path.suffix.lower(), picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.tobytes())
