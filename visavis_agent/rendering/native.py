"""The one boundary to the C++ core (native/): loads the library, checks sizes and types, calls it."""

from __future__ import annotations

import ctypes
import os
import threading
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from visavis_agent.core.errors import EngineError
from visavis_agent.rendering import shadows
from visavis_agent.rendering.avatar import AVATAR_JOINT_NAMES, COEFFICIENT_COUNT, LEVELS, Array, Avatar, Eye, Lid

ABI_VERSION = 3
LIBRARY = "libvisavis_native.so"
REMEDY = "Run `make env`"
MAXIMUM_THREADS = 64
ISA = {"best": 0, "baseline": 1, "avx2": 2}
STATUS = {
    1: "it refused an argument",
    2: "there is not enough memory",
    3: "threads cannot be started",
    4: "the renderer was made in another process; make one in this process",
}
JOINT_COUNT = len(AVATAR_JOINT_NAMES)
LID_DRIVES = ("blink", "wide", "squint", "cheek_squint", "smile", "brow_down", "elevation")


class _Lid(ctypes.Structure):
    _fields_ = [(f.name, ctypes.c_float) for f in fields(Lid)]


class _Eye(ctypes.Structure):
    _fields_ = [
        ("centre", ctypes.c_float * 3),
        *((name, ctypes.c_float) for name in ("radius", "nasal", "temporal", "corner_elevation", "corner_tilt")),
        *((name, ctypes.c_float) for name in ("opening_radius", "lash_radius")),
        ("sigma_low", ctypes.c_float * 2),
        ("sigma_high", ctypes.c_float * 2),
        ("upper", _Lid),
        ("lower", _Lid),
    ]


COUNTS = ("gaussians", "deltas", "contour", "lip_points", "lids", "lashes", "joints", "coefficients")
ARRAYS = (
    "position", "tangent_a", "tangent_b", "thickness", "normal", "albedo", "opacity", "specular",
    "ambient", "key_visibility", "rim_visibility", "material", "stencil", "level", "joint", "grown", "joint_weight",
    "delta_offset", "delta_index", "delta_value", "lip_upper", "lip_lower", "lip_index",
    "lip_position", "lip_weight", "lid_index", "lid_part", "lid_param", "lid_radius", "lid_sigma",
    "lash_index", "lash_eye", "lash_param",
)  # fmt: skip


class _Capsule(ctypes.Structure):
    _fields_ = [
        ("start", ctypes.c_float * 3),
        ("end", ctypes.c_float * 3),
        ("radius", ctypes.c_float),
        *((name, ctypes.c_uint32) for name in ("joint", "shades", "relative")),
    ]


class _Avatar(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_uint32) for name in COUNTS),
        *((name, ctypes.c_void_p) for name in ARRAYS),
        ("eyes", _Eye * 2),
        ("subsurface", ctypes.c_float),
        ("gloss", ctypes.c_float),
        ("head_joint", ctypes.c_uint32),
        ("eye_joint", ctypes.c_uint32 * 2),
        ("capsules", ctypes.c_uint32),
        ("capsule", ctypes.POINTER(_Capsule)),
        ("joint_group", ctypes.c_void_p),
    ]


class _Pose(ctypes.Structure):
    _fields_ = [
        ("coefficients", ctypes.c_void_p),
        ("joints", ctypes.c_void_p),
        *((name, ctypes.c_float * 2) for name in LID_DRIVES),
        ("teeth_light", ctypes.c_float),
        ("detail", ctypes.c_float),
    ]


class _Camera(ctypes.Structure):
    _fields_ = [
        ("centre", ctypes.c_float * 2),
        ("distance", ctypes.c_float),
        ("focal", ctypes.c_float),
        ("blur", ctypes.c_float),
        ("width", ctypes.c_int32),
        ("height", ctypes.c_int32),
    ]


class _Report(ctypes.Structure):
    _fields_ = [
        ("mouth_gap_mm", ctypes.c_float),
        ("mouth_gap_px", ctypes.c_float),
        ("drawn", ctypes.c_uint32),
        ("growths", ctypes.c_uint32),
        *((f"{phase}_ms", ctypes.c_double) for phase in ("deform", "project", "sort", "bin", "composite")),
    ]


class _Posed(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_void_p) for name in ("position", "tangent_a", "tangent_b", "normal", "colour", "opacity")
    ]


@dataclass(frozen=True, slots=True)
class Pose:
    """What the core needs for one frame.

    Attributes:
        coefficients: (53,) float32, of the delta fields.
        joints: (35, 3, 4) float32, [R | t] from rest to posed, mm.
        lids: (7, 2) float32, rows as LID_DRIVES, columns left and right: 0–1, the last row in rad.
        teeth_light: 0–1.
        detail: 0 – 2, the levels of detail that are drawn; a fraction fades the next one in.
    """

    coefficients: Array
    joints: Array
    lids: Array
    teeth_light: float
    detail: float = LEVELS - 1


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera on the line through `centre` (mm, plane z = 0) along z, `distance` mm away.

    Attributes:
        focal: pixels. blur: pixels², added to every projected covariance. width, height: pixels.
    """

    centre: tuple[float, float]
    distance: float
    focal: float
    blur: float
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class FrameReport:
    """What one frame measured.

    Attributes:
        mouth_gap_mm, mouth_gap_px: inner-lip opening after all layers; 0 where lips touch.
        drawn: Gaussians on the picture.
        growths: buffers that had to grow; 0 in a steady picture.
        milliseconds: per phase: deform, project (with lighting), sort, bin, composite.
    """

    mouth_gap_mm: float
    mouth_gap_px: float
    drawn: int
    growths: int
    milliseconds: dict[str, float]


@dataclass(frozen=True, slots=True)
class PosedGaussians:
    """The Gaussians before projection: (n, 3), colour 0–255, opacity (n,), openings' mask (h, w) uint8."""

    position: Array
    tangent_a: Array
    tangent_b: Array
    normal: Array
    colour: Array
    opacity: Array
    mask: Array


def library_places() -> list[Path]:
    """Where the library may be, best first: beside the package, then in every ament prefix."""
    places = [Path(__file__).resolve().parent.parent / "_native" / LIBRARY]
    for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep):
        if prefix:
            places.append(Path(prefix) / "lib" / LIBRARY)
    return places


@lru_cache(maxsize=1)
def _library() -> Any:
    places = [place for place in library_places() if place.is_file()]
    if not places:
        raise EngineError(f"the renderer's native library {LIBRARY} is not built", "", REMEDY)
    try:
        library = ctypes.CDLL(str(places[0]))
        library.vv_abi_version.restype = ctypes.c_uint32
        version = library.vv_abi_version()
        library.vv_isa_name.restype = ctypes.c_char_p
        library.vv_isa_name.argtypes = [ctypes.c_int32]
        pointer = ctypes.c_void_p
        library.vv_scene_create.argtypes = [pointer, ctypes.c_int32, ctypes.c_int32, pointer]
        library.vv_scene_destroy.argtypes = [pointer]
        library.vv_scene_destroy.restype = None
        library.vv_draw.argtypes = [pointer, pointer, pointer, pointer, ctypes.c_int32, pointer, pointer]
        library.vv_pose_gaussians.argtypes = [pointer] * 6
    except (OSError, AttributeError) as error:
        raise EngineError(f"the native library cannot be loaded ({error})", str(places[0]), REMEDY) from None
    if version != ABI_VERSION:
        raise EngineError(
            f"the native library has interface {version}, this program needs {ABI_VERSION}",
            str(places[0]),
            REMEDY,
        )
    return library


def isa_name(isa: str = "best") -> str:
    """The instruction set behind a choice (avx2, sse2, neon); empty when this machine lacks it."""
    name: bytes = _library().vv_isa_name(ISA[isa])
    return name.decode()


def _eye(eye: Eye) -> _Eye:
    lids = {side: _Lid(*(getattr(getattr(eye, side), f.name) for f in fields(Lid))) for side in ("upper", "lower")}
    out = _Eye()
    for f in fields(Eye):
        value = lids.get(f.name, getattr(eye, f.name))
        setattr(out, f.name, getattr(out, f.name).__class__(*value) if isinstance(value, tuple) else value)
    return out


def _capsules(avatar: Avatar) -> ctypes.Array[_Capsule]:
    limbs = shadows.capsules(avatar)
    out = (_Capsule * len(limbs))()
    for to, limb in zip(out, limbs, strict=True):
        to.start[:], to.end[:], to.radius = limb.start.tolist(), limb.end.tolist(), limb.radius
        to.joint, to.shades, to.relative = limb.joint, int(limb.shades), int(limb.relative)
    return out


class Scene:
    """An avatar in the native core. Frees itself; not to be used after `close`.

    Args:
        avatar: one that keeps the format's rules (as loaded or saved ones do).
        threads: 1–64, this one included.
        isa: best, baseline or avx2.

    Raises:
        EngineError: the library is missing or unusable, or this machine lacks `isa`.
    """

    def __init__(self, avatar: Avatar, threads: int = 1, isa: str = "best") -> None:
        self._handle: int | None = None
        self._busy = threading.Lock()
        self._library = _library()
        self.count = avatar.count
        if not isa_name(isa):
            raise EngineError(f"this machine has no {isa}", "", "Take isa=best")
        if not 1 <= threads <= MAXIMUM_THREADS:
            raise EngineError(f"cannot render on {threads} threads", "", f"Allowed are 1 to {MAXIMUM_THREADS}")
        arrays = {name: np.ascontiguousarray(getattr(avatar, name)) for name in ARRAYS}
        arrays["delta_value"] = arrays["delta_value"].astype(np.float32)
        description = _Avatar(
            avatar.count,
            len(avatar.delta_index),
            len(avatar.lip_upper),
            len(avatar.lip_index),
            len(avatar.lid_index),
            len(avatar.lash_index),
            JOINT_COUNT,
            COEFFICIENT_COUNT,
            *(array.ctypes.data for array in arrays.values()),
        )
        description.eyes[0], description.eyes[1] = _eye(avatar.eyes["left"]), _eye(avatar.eyes["right"])
        description.subsurface, description.gloss = avatar.surface.subsurface, avatar.surface.gloss
        description.head_joint = AVATAR_JOINT_NAMES.index("head")
        description.eye_joint[0], description.eye_joint[1] = JOINT_COUNT - 2, JOINT_COUNT - 1
        limbs, groups = _capsules(avatar), shadows.joint_groups()
        description.capsules, description.capsule = len(limbs), limbs
        description.joint_group = groups.ctypes.data
        handle = ctypes.c_void_p()
        status = self._library.vv_scene_create(ctypes.byref(description), threads, ISA[isa], ctypes.byref(handle))
        self._raise(status)
        self._handle = handle.value

    def close(self) -> None:
        """Give memory and threads back; a frame that another thread draws is finished first."""
        with self._busy:
            if self._handle:
                self._library.vv_scene_destroy(self._handle)
                self._handle = None

    def __del__(self) -> None:
        self.close()

    def draw(
        self, pose: Pose, camera: Camera, background: Array | None, alpha: bool = False
    ) -> tuple[Array, FrameReport]:
        """Draw one frame.

        Args:
            background: (height, width, 3) uint8, or None for black.
            alpha: RGBA with straight alpha and no background instead of RGB.

        Returns:
            (height, width, 3 or 4) uint8 and what was measured.
        """
        if self._handle is None:
            raise EngineError("the native renderer is closed")
        shape = (camera.height, camera.width)
        if background is not None:
            _require(background, (*shape, 3), np.uint8, "background")
        out = np.empty((*shape, 4 if alpha else 3), np.uint8)
        report = _Report()
        with self._busy:
            status = self._library.vv_draw(
                self._handle,
                ctypes.byref(_pose(pose)),
                ctypes.byref(_camera(camera)),
                background.ctypes.data if background is not None else None,
                out.shape[2],
                out.ctypes.data,
                ctypes.byref(report),
            )
        self._raise(status)
        return out, _report(report)

    def pose(self, pose: Pose, camera: Camera) -> tuple[PosedGaussians, FrameReport]:
        """Deform and light without drawing: what the reference renderer takes."""
        threes = {
            name: np.zeros((self.count, 3), np.float32)
            for name in ("position", "tangent_a", "tangent_b", "normal", "colour")
        }
        opacity, mask = np.zeros(self.count, np.float32), np.zeros((camera.height, camera.width), np.uint8)
        posed = _Posed(*(array.ctypes.data for array in threes.values()), opacity.ctypes.data)
        report = _Report()
        status = self._library.vv_pose_gaussians(
            self._handle,
            ctypes.byref(_pose(pose)),
            ctypes.byref(_camera(camera)),
            ctypes.byref(posed),
            mask.ctypes.data,
            ctypes.byref(report),
        )
        self._raise(status)
        return PosedGaussians(**threes, opacity=opacity, mask=mask), _report(report)

    def _raise(self, status: int) -> None:
        if status:
            raise EngineError(f"the native renderer failed: {STATUS.get(status, f'code {status}')}")


def _require(array: Array, shape: tuple[int, ...], dtype: type, name: str) -> None:
    if array.shape != shape or array.dtype != dtype or not array.flags.c_contiguous:
        raise EngineError(f"{name} is {array.dtype} {array.shape}, must be {np.dtype(dtype)} {shape} in C order")


def _pose(pose: Pose) -> _Pose:
    for name, most in (("coefficients", 10.0), ("joints", 1e5), ("lids", 10.0), ("teeth_light", 10.0)):
        if not np.abs(getattr(pose, name)).max() <= most:  # nor when it is not a number
            raise EngineError(f"{name} of the pose are not within ±{most:g}")
    _require(pose.coefficients, (COEFFICIENT_COUNT,), np.float32, "coefficients")
    _require(pose.joints, (JOINT_COUNT, 3, 4), np.float32, "joints")
    _require(pose.lids, (len(LID_DRIVES), 2), np.float32, "lids")
    pairs = [(ctypes.c_float * 2)(*row) for row in pose.lids.tolist()]
    return _Pose(pose.coefficients.ctypes.data, pose.joints.ctypes.data, *pairs, pose.teeth_light, pose.detail)


def _camera(camera: Camera) -> _Camera:
    centre = (ctypes.c_float * 2)(*camera.centre)
    return _Camera(centre, camera.distance, camera.focal, camera.blur, camera.width, camera.height)


def _report(report: _Report) -> FrameReport:
    phases = ("deform", "project", "sort", "bin", "composite")
    times = {phase: float(getattr(report, f"{phase}_ms")) for phase in phases}
    return FrameReport(report.mouth_gap_mm, report.mouth_gap_px, report.drawn, report.growths, times)
