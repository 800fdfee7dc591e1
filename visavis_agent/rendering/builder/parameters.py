"""Every number that describes a character. Lengths in mm, angles in rad, colours sRGB 0–255."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class HeadShape:
    """Proportions of skull, face and nose; factors are relative to the base shape in `head.py`."""

    width: float = 1.0
    jaw_width: float = 0.86
    chin: float = 0.88
    cheekbone: float = 1.0
    face_length: float = 0.90
    brow_ridge: float = 1.0
    nose_length: float = 0.86
    nose_width: float = 0.88
    nose_size: float = 0.86
    lines: float = 0.0
    """Depth of the lines of age: folds beside the mouth, forehead, below the eyes; 0 none, 1 a life's laughter."""
    scale: float = 1.20
    """Size of the whole head about the neck pivot: a larger head on the same body."""
    drop: float = 44.0
    """How far the scaled head is lowered, which shortens the neck."""


@dataclass(frozen=True)
class EyeShape:
    """Eyeballs and the resting lids."""

    half_distance: float = 36.0
    depth: float = 42.5
    radius: float = 31.0
    upper_lid: float = 0.515
    """Elevation of the edge of the upper lid at rest, seen from the centre of the eyeball."""
    lower_lid: float = -0.435
    iris_angle: float = 0.475
    """Angular radius of the iris."""
    lash_length: float = 1.0
    """Factor on the length of the lashes."""


@dataclass(frozen=True)
class BrowShape:
    """Eyebrows: height above the eyes and half thickness."""

    height: float = 36.5
    thickness: float = 2.4


@dataclass(frozen=True)
class MouthShape:
    """The closed mouth."""

    height: float = -60.0
    half_width: float = 27.0
    upper_lip: float = 6.4
    lower_lip: float = 8.4
    relief: float = 1.0
    colour_mix: float = 0.80


@dataclass(frozen=True)
class HairShape:
    """Haircut; which of the numbers count depends on the style."""

    style: str = "bob"
    """`bob`, `short` or `curls`."""
    top: float = 12.0
    """Height of short hair, or of curls, above the scalp, mm."""
    side: float = 4.5
    """The same at the sides."""


@dataclass(frozen=True)
class Beard:
    """A trimmed full beard with a moustache."""

    length: float = 6.0
    """How far it stands off the chin, mm."""


@dataclass(frozen=True)
class Glasses:
    """Rims in front of the eyes."""

    half_width: float = 29.0
    half_height: float = 22.5
    depth: float = 86.5
    """z of the rims at the nose, mm."""
    thickness: float = 1.9
    """Radius of the rim, mm."""


@dataclass(frozen=True)
class BodyShape:
    """Trunk, neck, arms and hands."""

    shoulder_half_width: float = 132.0
    neck_radius: float = 33.5
    chest_scale: float = 1.0
    bust: float = 1.0
    belly: float = 0.0
    """How far the belly stands out, mm."""
    arm_radius: float = 0.88
    hand_scale: float = 1.0


@dataclass(frozen=True)
class Palette:
    """Base colours, sRGB."""

    skin: Colour = (243, 194, 168)
    blush: Colour = (236, 122, 112)
    lip: Colour = (200, 86, 92)
    hair: Colour = (96, 52, 34)
    hair_tip: Colour = (150, 84, 50)
    brow: Colour = (88, 50, 36)
    eye_white: Colour = (236, 233, 230)
    eye_corner: Colour = (226, 142, 132)
    iris: Colour = (70, 128, 122)
    jacket: Colour = (28, 96, 112)
    shirt: Colour = (246, 238, 224)
    accent: Colour = (238, 122, 84)
    rim: Colour = (46, 38, 36)
    """Rims of glasses."""
    palm: Colour | None = None
    """Palms and the inner sides of fingers, where they are lighter than the skin."""


@dataclass(frozen=True)
class Detail:
    """Distance between neighbouring Gaussians by region, mm, and counts of parts laid out as grids."""

    lips: float = 0.85
    mouth: float = 1.1
    eyes: float = 1.4
    face: float = 1.95
    head_side: float = 3.4
    ear: float = 2.2
    brow: float = 1.25
    hair_length: float = 9.15
    hair_around: float = 17.0
    scalp: float = 4000.0
    cloth_front: float = 5.0
    cloth: float = 7.6
    sleeve: float = 5.5
    hand: float = 2.6
    neck: float = 3.0
    trim: float = 2.9
    badge: float = 1.4
    iris: float = 950.0
    eye_white: float = 600.0
    lid_columns: float = 56.0
    lid_rows: float = 25.0
    teeth_columns: float = 52.0
    tongue: float = 500.0
    cavity: float = 500.0

    def finer(self, factor: float) -> Detail:
        """The same detail with `factor` times as many Gaussians."""
        length = factor**-0.5
        distances: tuple[str, ...] = (
            "lips",
            "mouth",
            "eyes",
            "face",
            "head_side",
            "ear",
            "brow",
            "hair_length",
            "cloth_front",
        )
        distances += ("cloth", "sleeve", "hand", "neck", "trim", "badge")
        side_counts = ("hair_around", "lid_columns", "lid_rows", "teeth_columns")
        area_counts = ("scalp", "iris", "eye_white", "tongue", "cavity")
        scaled = {name: getattr(self, name) * length for name in distances}
        scaled |= {name: getattr(self, name) / length for name in side_counts}
        scaled |= {name: getattr(self, name) * factor for name in area_counts}
        return replace(self, **scaled)


@dataclass(frozen=True)
class Character:
    """A character, complete."""

    name: str
    description: str
    kind: str = "human"
    presentation: str = "feminine"
    age: int | None = 30
    gloss: float = 1.0
    """Factor on the highlights of skin and cloth; a robot's shell shines."""
    head: HeadShape = field(default_factory=HeadShape)
    eyes: EyeShape = field(default_factory=EyeShape)
    brows: BrowShape = field(default_factory=BrowShape)
    mouth: MouthShape = field(default_factory=MouthShape)
    body: BodyShape = field(default_factory=BodyShape)
    hair: HairShape = field(default_factory=HairShape)
    beard: Beard | None = None
    glasses: Glasses | None = None
    outfit: str = "jacket"
    """`jacket` over a round-necked shirt, `cardigan` over shirt and tie, or `hoodie`."""
    palette: Palette = field(default_factory=Palette)
    detail: Detail = field(default_factory=Detail)


DEFAULT_GAUSSIANS = 60_000
"""About as many Gaussians has a character in the detail of `Detail`'s defaults."""
HERO = Character("hero", "A woman of about thirty with a chin-length bob, in a teal jacket: warm and alert.")
ROBOT = Character(
    "robot",
    "A friendly robot: a round casing with a face of light on a dark screen, an antenna and a lamp for a heart.",
    kind="robot",
    presentation="neutral",
    age=None,
    gloss=3.0,
    head=HeadShape(scale=1.16, drop=38.0),
    eyes=EyeShape(
        half_distance=35.0, depth=41.0, radius=34.0, upper_lid=0.60, lower_lid=-0.58, iris_angle=0.44, lash_length=0.0
    ),
    brows=BrowShape(height=35.0, thickness=2.4),
    mouth=MouthShape(height=-46.0, half_width=25.0, upper_lip=2.6, lower_lip=2.8),
    detail=Detail(sleeve=3.8, cloth=5.6, hand=2.4, trim=2.2, face=1.75),
    body=BodyShape(shoulder_half_width=134.0, neck_radius=26.0, bust=0.0, arm_radius=0.80, hand_scale=1.02),
    palette=Palette(
        skin=(208, 214, 219),
        blush=(96, 112, 124),
        lip=(110, 232, 250),
        brow=(120, 226, 244),
        eye_white=(214, 246, 252),
        eye_corner=(190, 236, 246),
        iris=(34, 128, 190),
        jacket=(204, 211, 216),
        shirt=(58, 72, 84),
        accent=(246, 150, 70),
    ),
)
GENTLEMAN = Character(
    "gentleman",
    "A man of about sixty with short grey hair, a trimmed beard and glasses, in a cardigan with shirt and tie.",
    presentation="masculine",
    age=62,
    head=HeadShape(
        width=1.04,
        jaw_width=1.10,
        chin=1.18,
        cheekbone=0.85,
        face_length=0.98,
        brow_ridge=1.5,
        nose_length=1.05,
        nose_width=1.15,
        nose_size=1.12,
        lines=0.75,
        scale=1.15,
        drop=36.0,
    ),
    eyes=EyeShape(
        half_distance=35.5,
        depth=42.0,
        radius=29.5,
        upper_lid=0.44,
        lower_lid=-0.37,
        iris_angle=0.45,
        lash_length=0.4,
    ),
    brows=BrowShape(height=33.0, thickness=3.9),
    mouth=MouthShape(height=-66.0, half_width=28.0, upper_lip=4.4, lower_lip=6.0, relief=0.55, colour_mix=0.42),
    hair=HairShape("short", top=15.0, side=5.0),
    beard=Beard(),
    glasses=Glasses(),
    outfit="cardigan",
    detail=Detail(cloth=8.6, cloth_front=5.4, sleeve=5.9, hand=2.8, head_side=3.8),
    body=BodyShape(
        shoulder_half_width=152.0,
        neck_radius=41.0,
        chest_scale=1.09,
        bust=0.0,
        belly=16.0,
        arm_radius=1.02,
        hand_scale=1.08,
    ),
    palette=Palette(
        skin=(236, 184, 156),
        blush=(212, 106, 88),
        lip=(184, 90, 90),
        hair=(142, 142, 146),
        hair_tip=(206, 206, 208),
        brow=(122, 120, 122),
        eye_white=(232, 228, 222),
        iris=(78, 104, 132),
        jacket=(112, 58, 52),
        shirt=(196, 214, 234),
        accent=(44, 66, 104),
    ),
)
STUDENT = Character(
    "student",
    "A young woman of about twenty-two with dark skin and a cloud of curls, in a yellow hoodie.",
    age=22,
    head=HeadShape(
        width=0.98,
        jaw_width=0.88,
        chin=0.92,
        cheekbone=1.12,
        face_length=0.92,
        brow_ridge=0.8,
        nose_length=0.90,
        nose_width=1.12,
        nose_size=0.92,
        scale=1.16,
        drop=41.0,
    ),
    eyes=EyeShape(half_distance=35.5, radius=30.5, upper_lid=0.53, lower_lid=-0.42, iris_angle=0.48, lash_length=0.9),
    brows=BrowShape(height=37.0, thickness=2.7),
    mouth=MouthShape(height=-62.0, half_width=27.5, upper_lip=7.6, lower_lip=9.2, relief=0.85, colour_mix=0.60),
    hair=HairShape("curls", top=25.0, side=36.0),
    outfit="hoodie",
    detail=Detail(cloth=8.2, sleeve=5.7, hand=2.7),
    body=BodyShape(shoulder_half_width=127.0, neck_radius=32.0, chest_scale=0.99, bust=0.75, arm_radius=0.98),
    palette=Palette(
        skin=(150, 94, 66),
        blush=(152, 66, 54),
        lip=(150, 64, 70),
        hair=(40, 28, 25),
        hair_tip=(104, 66, 46),
        brow=(34, 22, 19),
        eye_white=(236, 231, 224),
        eye_corner=(190, 116, 104),
        iris=(104, 62, 36),
        jacket=(232, 168, 52),
        shirt=(250, 244, 232),
        accent=(222, 92, 70),
        palm=(206, 148, 120),
    ),
)
CHARACTERS: dict[str, Character] = {character.name: character for character in (HERO, GENTLEMAN, STUDENT, ROBOT)}
