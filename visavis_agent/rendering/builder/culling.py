"""Dropping what no camera ever sees."""

from __future__ import annotations

import numpy as np

from visavis_agent.rendering.builder.bake import visibility
from visavis_agent.rendering.builder.cloud import Cloud
from visavis_agent.rendering.builder.eyes import LID_PARTS
from visavis_agent.rendering.builder.face_field import LEFT, RIGHT, FaceField
from visavis_agent.rendering.builder.fields import Mask, unit

_EAR_SHARE = 0.2
"""Ears of which hair leaves less than this to be seen are left out: single points would look like specks."""
YAWS, PITCHES = (-45, -22, 0, 22, 45), (-20, 0, 20)
"""Views from which hair, clothes, neck and ears are looked at, degrees."""


def ever_seen(placed: Cloud) -> Mask:
    """False for what of hair, clothes, ears and skin is hidden in every view up to 45° from the front."""
    under_hair = placed.mask("skin") & ((placed.position[:, 2] < 20) | (placed.position[:, 1] > 40))
    candidate = placed.mask("hair", "scalp", "torso", "ear") | under_hair
    seen = ~candidate | (placed.mask("scalp") & (placed.position[:, 2] > -60))
    caster = candidate | placed.mask("skin")
    bias = np.where(placed.mask("hair", "torso"), 10.0, 7.0)
    for yaw in np.radians(YAWS):
        for pitch in np.radians(PITCHES):
            towards = np.array([np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)])
            seen |= visibility(placed.position, towards, caster, 4.0, bias) > 0
    ears = placed.mask("ear")
    if ears.any() and seen[ears].mean() < _EAR_SHARE:
        seen &= ~ears
    return seen


def lid_inside_skin(cloud: Cloud, face: FaceField) -> Mask:
    """True for lid Gaussians so far out that they would poke through the skin."""
    lids = cloud.mask(*LID_PARTS[LEFT], *LID_PARTS[RIGHT])
    left = cloud.position[:, :1] > 0
    direction = unit(cloud.position - np.where(left, face.eye_centre(LEFT), face.eye_centre(RIGHT)))
    elevation = np.arcsin(np.clip(direction[:, 1], -1, 1))
    beyond = (cloud.parameter[:, 0] / 1.10) ** 2 + ((elevation - 0.04) / 0.84) ** 2 > 1
    return np.asarray(lids & beyond)
