"""A visitor's face for a camera's film: our own avatar, which turns, looks about and blinks."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from visavis_agent.core.arkit import ARKIT_COUNT, ARKIT_INDEX
from visavis_agent.core.clock import SECOND
from visavis_agent.core.records import FaceMotion, VideoFrame
from visavis_agent.core.settings import read_settings
from visavis_agent.kiosk.film import SOUND_RATE, Film
from visavis_agent.rendering.engines import ENGINES
from visavis_agent.rendering.settings import PictureSettings

SIZE = (640, 480)
RATE = 25
_BLINK = [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]


def visitor_motion(number: int) -> FaceMotion:
    """How the visitor holds the head in picture `number`: up to 10° aside, 4° up and down."""
    t = number / RATE
    values = np.zeros(ARKIT_COUNT, np.float32)
    values[_BLINK] = max(0.0, math.sin(2 * math.pi * t / 4)) ** 60
    values[ARKIT_INDEX["mouthSmileLeft"]] = values[ARKIT_INDEX["mouthSmileRight"]] = 0.3
    head = (0.03 * math.sin(0.9 * t), 0.07 * math.sin(0.7 * t), 0.17 * math.sin(2 * math.pi * t / 8))
    return FaceMotion(media_ns=number * SECOND // RATE, coefficients=values, head=head)


def make_clip(path: Path, seconds: float, avatar: str) -> None:
    """Draw the film.

    Args:
        path: of the MP4.
        seconds: how long it lasts; a camera shows it again and again.
        avatar: by name or file.

    Raises:
        VisavisError: the avatar cannot be drawn, or the disk does not take the film.
    """
    values = {"avatar": avatar, "width": SIZE[0], "height": SIZE[1]}
    read_settings(PictureSettings, values, "camera clip")
    engine = ENGINES.create("splat", values, "camera clip")
    try:
        with Film(path, *SIZE, fps=RATE) as film:
            for number in range(round(seconds * RATE)):
                motion = visitor_motion(number)
                film.show(VideoFrame(media_ns=motion.media_ns, image=engine.draw(motion, None).image))
            film.finish(np.zeros(round(seconds * SOUND_RATE), np.int16))
    finally:
        engine.close()
