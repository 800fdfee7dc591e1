"""Films of every kind become upright RGB pictures at their times; what cannot be read is said in words."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from tests.unit.perception.faces import Image
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.errors import FormatError, InputError
from visavis_agent.core.records import CameraImage
from visavis_agent.perception.media import VideoFile


def write_film(
    path: Path, images: list[Image], codec: str = "mpeg4", rate: int = 25, times: list[int] | None = None
) -> Path:
    """A film without sound; `times` are the pictures' times in ms."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.bit_rate = 4_000_000
        stream.codec_context.time_base = Fraction(1, 1000)
        for n, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts = times[n] if times else n * 1000 // rate
            frame.time_base = Fraction(1, 1000)
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return path


def plain(level: int, width: int = 160, height: int = 120) -> Image:
    return np.full((height, width, 3), level, np.uint8)


def read_all(path: Path, start_ns: int = 0) -> list[CameraImage]:
    film = VideoFile(path, start_ns)
    return list(iter(film.read, None))


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [("mp4", "libx264"), ("mkv", "mpeg4"), ("avi", "mpeg4"), ("webm", "libvpx"), ("mov", "mpeg4")],
)
def test_films_of_many_kinds_are_seen(tmp_path: Path, suffix: str, codec: str) -> None:
    levels = [40, 80, 120, 160, 200]
    path = write_film(tmp_path / f"a.{suffix}", [plain(level) for level in levels], codec)
    pictures = read_all(path, start_ns=SECOND)
    assert [p.media_ns - SECOND for p in pictures] == [pytest.approx(n * 40 * MS, abs=MS) for n in range(5)]
    assert [float(p.image.mean()) for p in pictures] == pytest.approx(levels, abs=6)


def test_colours_are_rgb(tmp_path: Path) -> None:
    red = np.zeros((120, 160, 3), np.uint8)
    red[:, :, 0] = 220
    (picture,) = read_all(write_film(tmp_path / "a.mp4", [red]))
    assert picture.image[60, 80, 0] > 180
    assert picture.image[60, 80, 1:].max() < 50


def test_pictures_keep_their_own_times(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mkv", [plain(n * 20) for n in range(4)], times=[0, 100, 130, 900])
    assert [p.media_ns // MS for p in read_all(path)] == [0, 100, 130, 900]


def test_a_film_taken_upright_is_turned_upright(tmp_path: Path) -> None:
    image = plain(20)
    image[:, :40] = 220
    path = write_film(tmp_path / "a.mp4", [image] * 3)
    data = bytearray(path.read_bytes())
    one, minus, last = "00010000", "ffff0000", "00000000" * 3 + "40000000"
    identity = bytes.fromhex(one + "00000000" * 3 + one + last)
    turned = bytes.fromhex("00000000" + one + "00000000" + minus + "00000000" + last)
    header = data.index(b"tkhd")
    at = data.index(identity, header)
    data[at : at + len(identity)] = turned
    path.write_bytes(data)
    picture = read_all(path)[0].image
    assert picture.shape == (160, 120, 3)
    assert picture[:40].mean() > 180
    assert picture[60:].mean() < 60


def test_large_pictures_are_made_smaller(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", [plain(90, 3840, 2160)])
    assert read_all(path)[0].image.shape == (540, 960, 3)


def test_a_photograph_is_a_film_of_one_picture(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    cv2.imwrite(str(path), plain(77))
    (picture,) = read_all(path)
    assert picture.media_ns == 0
    assert picture.image.mean() == pytest.approx(77, abs=1)


def test_what_is_there_of_a_broken_film_is_used_and_the_rest_told(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (60, 120, 160, 3)).astype(np.uint8)
    path = write_film(tmp_path / "a.mkv", list(noise), rate=10)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    film = VideoFile(path)
    pictures = list(iter(film.read, None))
    assert 10 < len(pictures) < 50
    assert "what is there is used" in film.problem


def test_damage_in_the_middle_is_skipped(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (20, 120, 160, 3)).astype(np.uint8)
    path = write_film(tmp_path / "a.avi", list(noise))
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 20_000] = bytes(20_000)
    path.write_bytes(data)
    pictures = read_all(path)
    assert len(pictures) > 8
    assert pictures[-1].media_ns > 600 * MS


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"", InputError, "empty"),
        (b"not a film\n" * 50, FormatError, "no sound or film file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), FormatError, ""),
    ],
)
def test_what_is_no_film_is_refused(tmp_path: Path, content: bytes, error: type[Exception], words: str) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    with pytest.raises(error, match=words) as caught:
        VideoFile(path)
    assert str(path) in str(caught.value)


def test_sound_without_pictures_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=16000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1600), np.int16), format="s16", layout="mono")
        frame.sample_rate = 16000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    with pytest.raises(InputError, match="has no pictures"):
        VideoFile(path)


def test_a_missing_film_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        VideoFile(tmp_path / "nowhere.mp4")
