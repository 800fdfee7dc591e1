"""Pictures as sensor_msgs/Image and, lossless, as sensor_msgs/CompressedImage.

Encodings after sensor_msgs/image_encodings.hpp and ITU-R BT.601 (limited range) for the YUV ones:
rgb8, bgr8, rgba8, bgra8, mono8, yuv422 (the same as uyvy), yuv422_yuy2 (the same as yuyv), nv12; of the 16-bit ones
rgb16, bgr16 and mono16, of which the upper eight bits are taken.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from visavis_agent.messages.family import MessageFamily, contiguous

Picture = npt.NDArray[np.uint8]
MAXIMUM_SIDE = 16_384
_YUV = {"yuv422": 2, "uyvy": 2, "yuv422_yuy2": 2, "yuyv": 2, "nv12": 1}
_CHANNELS = {"rgb8": 3, "bgr8": 3, "rgba8": 4, "bgra8": 4, "mono8": 1, "rgb16": 3, "bgr16": 3, "mono16": 1, **_YUV}
_PAIRED = {"yuv422", "uyvy", "yuv422_yuy2", "yuyv", "nv12"}
_CONVERSIONS = {
    "bgr8": cv2.COLOR_BGR2RGB,
    "rgba8": cv2.COLOR_RGBA2RGB,
    "bgra8": cv2.COLOR_BGRA2RGB,
    "mono8": cv2.COLOR_GRAY2RGB,
    "bgr16": cv2.COLOR_BGR2RGB,
    "mono16": cv2.COLOR_GRAY2RGB,
    "yuv422": cv2.COLOR_YUV2RGB_UYVY,
    "uyvy": cv2.COLOR_YUV2RGB_UYVY,
    "yuv422_yuy2": cv2.COLOR_YUV2RGB_YUY2,
    "yuyv": cv2.COLOR_YUV2RGB_YUY2,
    "nv12": cv2.COLOR_YUV2RGB_NV12,
}


def encode_image(picture: Picture, header: Any, family: MessageFamily) -> Any:
    """A sensor_msgs/Image (rgb8) of the (h, w, 3) uint8 RGB `picture`."""
    height, width = picture.shape[:2]
    return family.message_class("sensor_msgs/msg/Image")(
        header=header,
        height=height,
        width=width,
        encoding="rgb8",
        is_bigendian=0,
        step=3 * width,
        data=family.sequence(contiguous(picture)),
    )


def decode_image(message: Any) -> Picture:
    """The (h, w, 3) uint8 RGB picture of a sensor_msgs/Image.

    Raises:
        ValueError: an encoding that is not supported, or sizes that contradict each other.
    """
    encoding, height, width, step = message.encoding, message.height, message.width, message.step
    if encoding not in _CHANNELS:
        raise ValueError(f"the encoding {encoding!r} is not supported; supported: {', '.join(_CHANNELS)}")
    if not (0 < width <= MAXIMUM_SIDE and 0 < height <= MAXIMUM_SIDE):
        raise ValueError(f"a picture of {width} x {height} px; sides are 1 to {MAXIMUM_SIDE} px")
    if (width % 2 and encoding in _PAIRED) or (height % 2 and encoding == "nv12"):
        raise ValueError(f"{encoding} needs even sides, not {width} x {height} px")
    rows = height * 3 // 2 if encoding == "nv12" else height
    deep = encoding.endswith("16")
    used = width * _CHANNELS[encoding] * (2 if deep else 1)
    data = np.asarray(message.data, np.uint8)
    if step < used or data.size < step * rows:
        raise ValueError(f"{data.size} bytes in rows of {step} are too few for {width} x {height} px {encoding}")
    lines = data[: step * rows].reshape(rows, step)[:, :used]
    if deep:
        lines = lines[:, 0 if message.is_bigendian else 1 :: 2]
    packed = lines.reshape(rows, width, _CHANNELS[encoding])
    if encoding in ("rgb8", "rgb16"):
        return np.array(packed)
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(packed), _CONVERSIONS[encoding]), np.uint8)


def encode_png(picture: Picture, header: Any, family: MessageFamily) -> Any:
    """A sensor_msgs/CompressedImage (png, lossless) of the (h, w, 3) uint8 RGB `picture`."""
    _, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 1])
    return family.message_class("sensor_msgs/msg/CompressedImage")(
        header=header, format="rgb8; png compressed bgr8", data=family.sequence(contiguous(data))
    )


def decode_compressed(message: Any) -> Picture:
    """The (h, w, 3) uint8 RGB picture of a sensor_msgs/CompressedImage (png, jpeg).

    Raises:
        ValueError: the data are not a picture.
    """
    data = np.asarray(message.data, np.uint8)
    try:
        picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    except cv2.error:  # its header asks for more pixels than OpenCV reads
        picture = None
    if picture is None:
        raise ValueError(f"{data.size} bytes in format {message.format!r} are not a picture")
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
