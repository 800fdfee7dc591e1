"""Films damaged anywhere: the pictures that are there are seen, or the film is refused in words."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.errors import InputError
from visavis_agent.perception.media import LARGEST_SIDE, VideoFile

MOST_PICTURES = 50


def film(container_format: str, codec: str, pixels: str) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container_format) as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 48, 32, pixels
        rng = np.random.default_rng(0)
        for _ in range(5):
            picture = rng.integers(0, 256, (32, 48, 3), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return buffer.getvalue()


ORIGINALS = (
    film("matroska", "mpeg4", "yuv420p"),
    film("mp4", "libx264", "yuv420p"),
    film("avi", "mjpeg", "yuvj420p"),
)
PLACE = st.floats(0, 1, exclude_max=True) | st.floats(0, 0.05)


@given(st.sampled_from(ORIGINALS), st.lists(st.tuples(PLACE, st.integers(0, 255)), max_size=12), st.floats(0.01, 1))
def test_a_damaged_film_is_seen_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, original: bytes, mutations: list[tuple[float, int]], kept: float
) -> None:
    content = bytearray(original[: max(1, round(kept * len(original)))])
    for place, value in mutations:
        content[int(place * len(content))] = value
    path = tmp_path_factory.getbasetemp() / "damaged-film"
    path.write_bytes(bytes(content))
    try:
        video = VideoFile(path)
    except InputError as error:
        refusal = error
    else:
        last = -1
        for _ in range(MOST_PICTURES):
            picture = video.read()
            if picture is None:
                break
            assert picture.media_ns > last
            assert max(picture.image.shape[:2]) <= LARGEST_SIDE
            last = picture.media_ns
        video.close()
        return
    assert refusal.where == str(path)
    assert refusal.remedy
