"""The splatting in plain numpy, short enough to be checked by eye: project, sort, composite.

The native core must agree with it (mean ≤ 1, maximum ≤ 8 of 255). Both share the definition of the picture:
the kernel (1 - d²/9)^4 of the Mahalanobis distance d, nearly exp(-d²/2) but nothing beyond 3 sigma; the depth
key of 22 bits over half to one and a half times the camera's distance; equal keys in the order of the file;
opacities below 0.004 left out, and cut at 0.99.
Projection of covariances by the Jacobian of the perspective: Zwicker et
al. 2001, "EWA volume splatting", eq. 27–29.
"""

from __future__ import annotations

import numpy as np

from visavis_agent.rendering.avatar import Array, Avatar
from visavis_agent.rendering.native import Camera, PosedGaussians

KEY_BITS = 22
OPACITY_LEAST, OPACITY_MOST = 0.004, 0.99
REACH = 3.0  # sigmas


def depth_keys(z: Array, camera: Camera) -> Array:
    """(n,) int64 of distances from the camera (mm), in float32 like the native core."""
    near, most = np.float32(0.5 * camera.distance), np.float32(2**KEY_BITS - 1)
    key = (z.astype(np.float32) - near) * (most / np.float32(camera.distance))
    return np.clip(key, 0, most).astype(np.int64)


def project(posed: PosedGaussians, thickness: Array, camera: Camera) -> tuple[Array, Array, Array]:
    """Centres (n, 2) in pixels, covariances (n, 2, 2) in pixels², distances (n,) in mm."""
    x = posed.position[:, 0] - np.float32(camera.centre[0])
    y = np.float32(camera.centre[1]) - posed.position[:, 1]
    z = np.float32(camera.distance) - posed.position[:, 2]
    centre = np.stack([camera.width / 2 + camera.focal * x / z, camera.height / 2 + camera.focal * y / z], 1)
    zero = np.zeros_like(z)
    jacobian = (
        camera.focal
        / z[:, None, None]
        * np.stack([np.stack([zero + 1, zero, x / z], 1), np.stack([zero, zero - 1, y / z], 1)], 1)
    )
    axes = np.stack([posed.tangent_a, posed.tangent_b, posed.normal * thickness[:, None]], 2)
    flat = jacobian @ axes
    return centre, flat @ flat.transpose(0, 2, 1) + camera.blur * np.eye(2), z


def draw(avatar: Avatar, posed: PosedGaussians, camera: Camera, background: Array) -> Array:
    """(height, width, 3) uint8, the picture of the posed Gaussians over the background."""
    centre, covariance, z = project(posed, avatar.thickness, camera)
    conic, reach = np.linalg.inv(covariance), REACH * np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    colour = np.zeros((camera.height, camera.width, 3))
    clear = np.ones((camera.height, camera.width))
    mask = posed.mask / 255.0
    pixels = np.stack(np.meshgrid(np.arange(camera.width), np.arange(camera.height)), -1)
    for i in np.argsort(depth_keys(z, camera), kind="stable"):
        if posed.opacity[i] < OPACITY_LEAST or z[i] <= 0.5 * camera.distance:
            continue
        left, top = np.maximum(np.ceil(centre[i] - reach[i]), 0).astype(int)
        right, bottom = np.floor(centre[i] + reach[i]).astype(int) + 1
        window = np.s_[top : max(bottom, 0), left : max(right, 0)]
        d = pixels[window] - centre[i]
        distance2 = np.einsum("yxi,ij,yxj->yx", d, conic[i], d)
        alpha = min(posed.opacity[i], OPACITY_MOST) * np.maximum(1 - distance2 / REACH**2, 0) ** 4
        if avatar.stencil[i]:
            alpha *= mask[window]
        colour[window] += (alpha * clear[window])[..., None] * posed.colour[i]
        clear[window] *= 1 - alpha
    return np.clip(np.floor(colour + clear[..., None] * background + 0.5), 0, 255).astype(np.uint8)
