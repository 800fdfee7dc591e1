"""The render bench: how fast and how right the hero is drawn, animated, with everything included."""

from __future__ import annotations

import math
import os
import statistics
import sys
import time
from typing import Any

import numpy as np

from visavis_agent.core.arkit import ARKIT_COUNT, ARKIT_INDEX
from visavis_agent.core.records import BodyMotion, FaceMotion
from visavis_agent.evaluation.machine import describe_machine, package_version
from visavis_agent.rendering import reference
from visavis_agent.rendering.arm_poses import arm_rotations
from visavis_agent.rendering.avatar import Avatar
from visavis_agent.rendering.avatars import open_avatar
from visavis_agent.rendering.native import isa_name
from visavis_agent.rendering.renderer import Renderer

CHARACTER = "hero"
SIZES = ((512, 512), (720, 720), (1080, 1080), (1080, 1920))
THREADS = (1, 2)
FRAMES, REPEATS = 40, 5
QUICK_FRAMES, QUICK_REPEATS = 30, 3
MOTION_FRAME_NS = 20_000_000
MOVING = (
    "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthSmileLeft", "mouthSmileRight",
    "mouthUpperUpLeft", "mouthUpperUpRight", "mouthLowerDownLeft", "mouthLowerDownRight",
    "mouthStretchLeft", "mouthStretchRight", "browInnerUp", "browDownLeft", "browDownRight",
    "eyeSquintLeft", "eyeSquintRight", "cheekSquintLeft",
)  # fmt: skip


def animation(frames: int, seed: int) -> list[tuple[FaceMotion, BodyMotion]]:
    """Lively motion in which no two frames are alike: talking, blinking, turning, looking about."""
    rng = np.random.default_rng(seed)
    speed, phase = rng.uniform(1.0, 5.0, len(MOVING)), rng.uniform(0, 2 * math.pi, len(MOVING))
    out = []
    for k in range(frames):
        t = k * MOTION_FRAME_NS / 1e9
        values = np.zeros(ARKIT_COUNT, np.float32)
        values[[ARKIT_INDEX[name] for name in MOVING]] = 0.3 + 0.3 * np.sin(2 * math.pi * speed * t + phase)
        blink = max(0.0, math.sin(9 * t)) ** 8
        values[[ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]] = blink
        gaze = (0.2 * math.sin(3 * t), 0.1 * math.sin(2 * t + 1))
        head = (0.05 * math.sin(t), 0.08 * math.sin(1.7 * t), 0.2 * math.sin(1.1 * t))
        face = FaceMotion(media_ns=k * MOTION_FRAME_NS, coefficients=values, head=head, left_eye=gaze, right_eye=gaze)
        body = BodyMotion(media_ns=face.media_ns, rotations=arm_rotations("rest", "wave"), root=(0, 0, 0.002 * head[1]))
        out.append((face, body))
    return out


def percentile(values: list[float], share: float) -> float:
    """Of a list, linear between neighbours."""
    return float(np.percentile(values, 100 * share))


def measure(
    renderer: Renderer, motion: list[tuple[FaceMotion, BodyMotion]], repeats: int, detail: float
) -> dict[str, Any]:
    """One row of `runs`: frames a second (median and worst of the repeats), tails, median of each phase."""
    for face, body in motion:  # warm caches and buffers
        renderer.draw(face, body, detail)
    rounds: list[list[float]] = []
    cpu: list[float] = []
    phases: dict[str, list[float]] = {}
    growths = 0
    for _ in range(repeats):
        times = []
        cpu_begin = time.process_time()
        for face, body in motion:
            begin = time.perf_counter()
            _, report = renderer.draw(face, body, detail)
            times.append((time.perf_counter() - begin) * 1e3)
            growths += report.growths
            for phase, ms in report.milliseconds.items():
                phases.setdefault(phase, []).append(ms)
        rounds.append(times)
        cpu.append((time.process_time() - cpu_begin) * 1e3 / len(motion))
    everything = [ms for times in rounds for ms in times]
    rates = [1e3 / statistics.fmean(times) for times in rounds]
    median = statistics.median(everything)
    return {
        "fps": round(statistics.median(rates), 1),
        "fps_worst": round(min(rates), 1),
        "fps_repeats": [round(rate, 1) for rate in rates],
        "cpu_ms": round(min(cpu), 2),
        "load": round(os.getloadavg()[0], 2),
        "p95_ms": round(percentile(everything, 0.95), 2),
        "p99_over_median": round(percentile(everything, 0.99) / median, 2),
        "ms": {phase: round(statistics.median(ms), 2) for phase, ms in phases.items()},
        "growths_per_frame": growths / len(everything),
    }


def parity(avatar: Avatar, size: int, seed: int) -> dict[str, float]:
    """Deviation of the native picture from the numpy reference, of 255."""
    renderer = Renderer(avatar, (size, size), 1, "bust")
    face, body = animation(20, seed)[-1]
    image, _ = renderer.draw(face, body)
    posed, _ = renderer.posed(face, body)
    expected = reference.draw(avatar, posed, renderer.camera, renderer.background)
    difference = np.abs(image.astype(int) - expected)
    return {"mean_abs": round(float(difference.mean()), 4), "max_abs": int(difference.max())}


def run(quick: bool, seed: int) -> dict[str, Any]:
    """The report of `visavis bench render`.

    Args:
        quick: two sizes, and everything drawn only, instead of all tiers and sizes.
        seed: of the motion.

    Raises:
        ConfigurationError: the hero has not been made.
        EngineError: the native library is missing.
    """
    begin, machine = time.perf_counter(), describe_machine()
    motion = animation(QUICK_FRAMES if quick else FRAMES, seed)
    runs = []
    avatar = open_avatar(CHARACTER)
    tiers = list(enumerate(avatar.level_counts()))
    for level, count in tiers[-1:] if quick else tiers:
        for size in SIZES[::2] if quick else SIZES:
            for threads in THREADS:
                renderer = Renderer(avatar, size, threads, "bust")
                row = measure(renderer, motion, QUICK_REPEATS if quick else REPEATS, float(level))
                renderer.close()
                runs.append({"size": list(size), "gaussians": count, "threads": threads, **row})
                print(f"{count} Gaussians, {size}, {threads} threads: {row['fps']} fps", file=sys.stderr)
    return {
        "bench": "render",
        "version": package_version(),
        "machine": machine,
        "engines": {"rendering": f"splat ({isa_name()})"},
        "path": "unit",
        "data": f"{CHARACTER}, {len(motion)} frames of seeded motion, bust framing",
        "runs": runs,
        "parity": parity(avatar, 128 if quick else 512, seed),
        "allocations_per_frame": max(row["growths_per_frame"] for row in runs),
        "avatar": CHARACTER,
        "seconds": round(time.perf_counter() - begin, 1),
        "notes": [
            "milliseconds are wall time of Renderer.draw, from records to the picture in memory",
            "project includes normals, skinning and lighting; ms are medians, fps the median of the repeats",
            "gaussians: of the avatar's levels of detail; cpu_ms: of all threads, a frame of the best repeat; "
            "load: average of the last minute when the row was done",
            "allocations count native buffers that had to grow; the returned picture itself is a new array",
        ],
    }
