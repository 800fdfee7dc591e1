"""Pictures of every supported encoding are read; others are refused."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from visavis_agent.core.errors import InputError
from visavis_agent.core.records import CameraImage
from visavis_agent.messages.converters import COMPRESSED, Converter
from visavis_agent.messages.family import RosbagsFamily

FAMILY = RosbagsFamily()
CONVERTER = Converter(FAMILY)
HEADER = CONVERTER.encode(CameraImage(media_ns=5, image=np.zeros((1, 1, 3), np.uint8))).header
RED = (255, 0, 0)


def image(encoding: str, width: int, height: int, data: bytes, step: int | None = None, bigendian: int = 0) -> Any:
    return FAMILY.message_class("sensor_msgs/msg/Image")(
        header=HEADER,
        height=height,
        width=width,
        encoding=encoding,
        is_bigendian=bigendian,
        step=len(data) // max(height, 1) if step is None else step,
        data=np.frombuffer(data, np.uint8),
    )


def read(message: Any) -> Any:
    return CONVERTER.decode(CameraImage, message, where="camera/image").image


# Red in BT.601, limited range: Y 81, Cb 90, Cr 240 (ITU-R BT.601-7, table 3).
ENCODED = {
    "rgb8": bytes(RED * 4),
    "bgr8": bytes((0, 0, 255) * 4),
    "rgba8": bytes((255, 0, 0, 9) * 4),
    "bgra8": bytes((0, 0, 255, 9) * 4),
    "rgb16": bytes((7, 255, 9, 0, 9, 0) * 4),
    "bgr16": bytes((9, 0, 9, 0, 7, 255) * 4),
    "yuv422": bytes((90, 81, 240, 81) * 2),
    "uyvy": bytes((90, 81, 240, 81) * 2),
    "yuv422_yuy2": bytes((81, 90, 81, 240) * 2),
    "yuyv": bytes((81, 90, 81, 240) * 2),
}


@pytest.mark.parametrize("encoding", ENCODED)
def test_a_red_picture_is_red_in_every_encoding(encoding: str) -> None:
    picture = read(image(encoding, 2, 2, ENCODED[encoding]))
    assert picture.shape == (2, 2, 3) and picture.dtype == np.uint8
    assert np.abs(picture.astype(int) - RED).max() <= 2


def test_nv12_has_one_colour_for_four_pixels() -> None:
    picture = read(image("nv12", 4, 2, bytes((81,) * 8 + (90, 240) * 2), step=4))
    assert picture.shape == (2, 4, 3) and np.abs(picture.astype(int) - RED).max() <= 2


def test_mono_is_grey() -> None:
    assert read(image("mono8", 2, 1, b"\x07\xff")).tolist() == [[[7, 7, 7], [255, 255, 255]]]


@pytest.mark.parametrize(("bigendian", "data"), [(0, b"\x63\x07\x63\xff"), (1, b"\x07\x63\xff\x63")])
def test_of_sixteen_bits_the_upper_eight_are_seen(bigendian: int, data: bytes) -> None:
    picture = read(image("mono16", 2, 1, data, bigendian=bigendian))
    assert picture.tolist() == [[[7, 7, 7], [255, 255, 255]]]


def test_padding_at_the_end_of_rows_is_left_out() -> None:
    assert read(image("mono8", 1, 2, b"\x01\x63\x02\x63", step=2))[:, :, 0].tolist() == [[1], [2]]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (image("16UC1", 1, 1, b"00"), "supported: rgb8"),
        (image("rgb8", 2, 2, b"123"), "too few"),
        (image("mono16", 2, 1, b"123"), "too few"),
        (image("rgb8", 2, 1, b"123456", step=3), "too few"),
        (image("rgb8", 0, 0, b""), "0 x 0"),
        (image("mono8", 100_000, 1, b"1" * 100_000), "100000 x 1"),
        (image("nv12", 3, 2, b"1" * 9, step=3), "even"),
        (image("yuv422", 3, 1, b"1" * 6), "even"),
    ],
)
def test_picture_that_contradicts_itself_is_refused(message: Any, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        read(message)


@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20), st.just(3))))
def test_png_keeps_every_bit(picture: Any) -> None:
    message = CONVERTER.encode_png(CameraImage(media_ns=7, image=picture))
    again = FAMILY.deserialize(FAMILY.serialize(message), COMPRESSED)
    record = CONVERTER.decode(CameraImage, again)
    assert record.media_ns == 7 and np.array_equal(record.image, picture)


def compressed(data: Any) -> Any:
    return FAMILY.message_class(COMPRESSED)(header=HEADER, format="jpeg", data=np.frombuffer(data, np.uint8))


def piece(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it has this size."""
    header = piece(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + piece(b"IDAT", zlib.compress(b"0")) + piece(b"IEND", b"")


@pytest.mark.parametrize("data", [b"", bytes(9), claims(100_000, 100_000)], ids=["nothing", "zeros", "enormous"])
def test_compressed_rubbish_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="not a picture"):
        read(compressed(data))


PHOTO = np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)
JPEG = cv2.imencode(".jpg", PHOTO)[1].tobytes()


@given(st.lists(st.tuples(st.integers(0, len(JPEG) - 1), st.integers(0, 255)), max_size=8), st.integers(0, len(JPEG)))
def test_a_damaged_jpeg_is_a_picture_or_refused(damage: list[tuple[int, int]], kept: int) -> None:
    data = bytearray(JPEG)
    for place, value in damage:
        data[place] = value
    try:
        picture = read(compressed(bytes(data[:kept])))
    except InputError:
        return
    assert picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_a_grey_png_of_either_depth_is_seen_in_eight_bits(depth: Any) -> None:
    level = 85 * (np.iinfo(depth).max // 255)
    data = cv2.imencode(".png", np.full((2, 3), level, depth))[1].tobytes()
    assert (read(compressed(data)) == np.full((2, 3, 3), 85)).all()
