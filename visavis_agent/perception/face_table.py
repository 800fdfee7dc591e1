"""Our table of an average face: points of the face mesh in mm, and which of them serve what.

The numbers were measured by us: FaceMesh on public-domain portraits, rotated, scaled and mirrored (60
readings), averaged by generalised Procrustes analysis (Gower 1975), made symmetrical, with 93 mm between the
outer eye corners.
Head axes: x the person's own left, y up, z forward; a level head looking straight ahead.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]

_MILLIMETRES: dict[int, tuple[float, float, float]] = {
    0: (0.0, -37.1, 60.3),
    1: (0.0, -14.0, 76.7),
    2: (0.0, -20.9, 60.3),
    4: (0.0, -7.1, 78.5),
    5: (0.0, 1.9, 75.5),
    6: (0.0, 23.1, 58.0),
    8: (0.0, 38.6, 53.2),
    9: (0.0, 47.2, 54.3),
    10: (0.0, 79.8, 46.2),
    13: (0.0, -42.8, 54.1),
    14: (0.0, -42.6, 54.6),
    17: (0.0, -50.9, 56.3),
    21: (-69.8, 47.7, 1.0),
    33: (-46.5, 26.7, 29.5),
    54: (-63.4, 59.7, 13.5),
    55: (-12.8, 39.2, 51.2),
    61: (-26.2, -42.7, 40.1),
    70: (-59.6, 38.9, 28.6),
    93: (-72.4, -11.2, -26.5),
    98: (-18.4, -18.1, 51.6),
    127: (-74.1, 18.5, -22.2),
    132: (-70.3, -26.9, -23.2),
    133: (-17.6, 24.9, 35.5),
    145: (-32.3, 23.8, 37.0),
    151: (0.0, 63.8, 50.9),
    152: (0.0, -86.9, 41.0),
    153: (-27.0, 24.2, 37.4),
    158: (-28.9, 32.4, 37.9),
    159: (-34.6, 32.8, 37.5),
    168: (0.0, 31.1, 53.0),
    195: (0.0, 9.2, 69.3),
    197: (0.0, 15.9, 63.6),
    234: (-73.4, 3.6, -26.5),
    251: (69.8, 47.7, 1.0),
    263: (46.5, 26.7, 29.5),
    284: (63.4, 59.7, 13.5),
    285: (12.8, 39.2, 51.2),
    291: (26.2, -42.7, 40.1),
    300: (59.6, 38.9, 28.6),
    323: (72.4, -11.2, -26.5),
    327: (18.4, -18.1, 51.6),
    356: (74.1, 18.5, -22.2),
    361: (70.3, -26.9, -23.2),
    362: (17.6, 24.9, 35.5),
    374: (32.3, 23.8, 37.0),
    380: (27.0, 24.2, 37.4),
    385: (28.9, 32.4, 37.9),
    386: (34.6, 32.8, 37.5),
    454: (73.4, 3.6, -26.5),
}

MESH_POINTS = 478


def _table() -> Points:
    table = np.full((MESH_POINTS, 3), np.nan)
    for index, point in _MILLIMETRES.items():
        table[index] = point
    return table


TABLE = _table()

# Points that expressions hardly move: bridge and root of the nose, forehead, temples, sides, eye corners.
RIGID = np.array(
    [
        33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 1, 2, 98, 327, 10, 151, 9, 8,
        127, 356, 234, 454, 93, 323, 132, 361, 21, 251, 54, 284,
    ]
)  # fmt: skip

# Eye corners (outer, inner of the right eye; inner, outer of the left one, both the person's own).
RIGHT_EYE, LEFT_EYE = (33, 133), (263, 362)
UPPER_LIDS, LOWER_LIDS = (159, 158, 386, 385), (145, 153, 374, 380)
RIGHT_IRIS, LEFT_IRIS = range(468, 473), range(473, 478)
INNER_BROWS, OUTER_BROWS = (55, 285), (70, 300)
MOUTH_CORNERS = (61, 291)
UPPER_LIP, LOWER_LIP = 13, 14
UPPER_LIP_EDGE, LOWER_LIP_EDGE = 0, 17
CHIN = 152
MOUTH = (61, 291, 0, 17)
