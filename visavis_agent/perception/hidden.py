"""Whether something worn hides the mouth (mask, scarf) or the eyes (sunglasses): FaceMesh then invents the points.

Bare lips stand out from the skin around them, and from a beard; on a mask nothing does, and the mask is of another
colour than the forehead. Behind dark lenses lids and eyes are the same dark.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.perception.eyes import Image
from visavis_agent.perception.face_table import LEFT_EYE, RIGHT_EYE, Points

_LIPS = (0, 13, 14, 17, 37, 40, 84, 91, 267, 270, 314, 321)
_AROUND_LIPS = (18, 57, 83, 92, 164, 165, 199, 200, 202, 212, 214, 287, 313, 322, 391, 422, 432, 434)
_LIDS = (23, 27, 28, 229, 230, 253, 257, 258, 449, 450)
_EYES = (145, 159, 374, 386, 468, 473)
# Skin that a mask leaves bare, and skin that sunglasses do.
_ABOVE = (6, 8, 9, 108, 118, 119, 151, 168, 337, 347, 348)
_BESIDE = (9, 50, 108, 151, 187, 195, 205, 280, 337, 411, 425)
_PARTS = (_LIPS, _AROUND_LIPS, _LIDS, _EYES, _ABOVE, _BESIDE)
_FIRST = np.cumsum([0, *map(len, _PARTS)])

# Colours are compared in CIE Lab with lightness halved, because light comes from one side. On six bare faces, turned,
# dim, laughing, one bearded, the lips differed from what is around them by 3.4 to 18; on those faces with eight kinds
# of masks by 0.1 to 4.5, and the masks from the forehead by 12 to 66.
_LIGHTNESS = 0.5
_SKIN_AT = 170.0  # the brightest channel of skin, after exposure is taken out
_DARKEST = 8.0
_OTHER_COLOUR, _NO_LIPS = 5.0, 3.0
_QUITE_OTHER_COLOUR, _HARDLY_LIPS, _LIPS_SHARE = 10.0, 6.0, 0.3
_PATTERNED, _PATTERN = 15.0, 12.0
_DARK, _SAME_DARK = -11.0, 0.35
_GREY = 4.0

_SMALLEST_EYES = 16.0  # px between the outer corners
_SHARE_OF_EYES, _LARGEST_REACH = 0.02, 15
_SMALLEST_SIDE = 2 * _LARGEST_REACH + 1
_SAMPLE_NS, _SETTLING_NS, _FORGET_NS = 150 * MS, 400 * MS, 2 * SECOND
_ON, _OFF = 0.65, 0.35


def covered(image: Image, points: Points) -> tuple[bool, bool]:
    """Whether mouth and eyes of a face are hidden in an RGB picture (h, w, 3), by its mesh (478, 3) px.

    Both are False where the face is too small to tell, and where light has bleached both skin and mask. In a picture
    without colours only the eyes can be told.
    """
    if not _large_enough(points) or min(image.shape[:2]) < _SMALLEST_SIDE:
        return False, False
    lips, around, lids, eyes, above, beside = _colours(image, points)
    colourful = float(np.linalg.norm(np.median(above, axis=0)[1:])) > _GREY
    return colourful and _is_masked(lips, around, above), _is_shaded(lids, eyes, beside)


class Hidden:
    """What is hidden of one person's face, as the pictures of the last moment agree."""

    def __init__(self) -> None:
        self.mouth = self.eyes = False
        self._shares = np.zeros(2)
        self._seen_ns: int | None = None

    def watch(self, image: Image, points: Points, media_ns: int) -> None:
        """Take the next picture (h, w, 3) with this face's mesh (478, 3) px."""
        elapsed = _FORGET_NS if self._seen_ns is None else media_ns - self._seen_ns
        if 0 <= elapsed < _SAMPLE_NS or not _large_enough(points):
            return
        now = np.array(covered(image, points), np.float64)
        if 0 <= elapsed < _FORGET_NS:
            keep = math.exp(-elapsed / _SETTLING_NS)
            self._shares = keep * self._shares + (1 - keep) * now
        else:
            self._shares = now
        self._seen_ns = media_ns
        self.mouth = bool(self._shares[0] > (_OFF if self.mouth else _ON))
        self.eyes = bool(self._shares[1] > (_OFF if self.eyes else _ON))


def _is_masked(lips: Points, around: Points, above: Points) -> bool:
    differ = _apart(around, above)
    contrast = _apart(lips, around)
    plain = differ > _OTHER_COLOUR and contrast < _NO_LIPS
    clear = differ > _QUITE_OTHER_COLOUR and contrast < min(_HARDLY_LIPS, _LIPS_SHARE * differ)
    patterned = differ > _PATTERNED and _spread(around) > _PATTERN
    return plain or clear or patterned


def _is_shaded(lids: Points, eyes: Points, beside: Points) -> bool:
    darker = float(np.median(lids[:, 0]) - np.median(beside[:, 0]))
    return darker < _DARK and _apart(eyes, lids) < _SAME_DARK * _apart(lids, beside)


def _apart(one: Points, other: Points) -> float:
    return float(np.linalg.norm(np.median(one, axis=0) - np.median(other, axis=0)))


def _spread(colours: Points) -> float:
    return float(np.median(np.linalg.norm(colours - np.median(colours, axis=0), axis=1)))


def _large_enough(points: Points) -> bool:
    return _eye_distance(points) >= _SMALLEST_EYES


def _eye_distance(points: Points) -> float:
    return float(np.linalg.norm(points[RIGHT_EYE[0], :2] - points[LEFT_EYE[0], :2]))


def _colours(image: Image, points: Points) -> list[Points]:
    """Lab colours (n, 3) of each part, lightness weighed, as if the skin were lit alike in all pictures."""
    reach = min(_LARGEST_REACH, max(1, int(_SHARE_OF_EYES * _eye_distance(points))))
    height, width = image.shape[:2]
    spots = np.rint(points[[index for part in _PARTS for index in part], :2]).astype(int)
    spots = np.clip(spots, reach, (width - 1 - reach, height - 1 - reach))
    steps = np.arange(-reach, reach + 1)
    patches = image[(spots[:, 1, None] + steps)[:, :, None], (spots[:, 0, None] + steps)[:, None, :]]
    colours = patches.reshape(len(spots), -1, 3).mean(axis=1)
    skin = np.concatenate([colours[_FIRST[part] : _FIRST[part + 1]] for part in (4, 5)])
    exposure = _SKIN_AT / max(_DARKEST, float(np.median(skin.max(axis=1))))
    lab = cv2.cvtColor((colours * exposure / 255).astype(np.float32)[None], cv2.COLOR_RGB2LAB)[0]
    weighed = lab * np.array([_LIGHTNESS, 1.0, 1.0])
    return [np.asarray(weighed[_FIRST[k] : _FIRST[k + 1]], np.float64) for k in range(len(_PARTS))]
