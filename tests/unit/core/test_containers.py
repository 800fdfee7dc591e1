"""The door to sound and film files: what is in them, and what is refused."""

from __future__ import annotations

import io
import struct
import wave
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.containers import MediaFile
from visavis_agent.core.errors import FormatError, InputError


def wav(seconds: float = 0.1, rate: int = 16_000) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.arange(round(seconds * rate), dtype=np.int16).tobytes())
    return buffer.getvalue()


def film() -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for level in range(3):
            picture = av.VideoFrame.from_ndarray(np.full((32, 32, 3), 80 * level, np.uint8), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return buffer.getvalue()


WAV, FILM = wav(), film()


def written(folder: Path, content: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(content)
    return path


def test_a_file_says_how_long_it_is_whatever_its_name(tmp_path: Path) -> None:
    media = MediaFile(written(tmp_path, wav(2.5)), "audio")
    assert media.declared_ns == 2_500_000_000
    assert media.start_ns == 0
    media.close()


def test_a_truncated_wav_still_declares_its_whole_length(tmp_path: Path) -> None:
    media = MediaFile(written(tmp_path, wav(2.0)[:20_000]), "audio")
    assert media.declared_ns == 2_000_000_000
    media.close()


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF])
def test_a_recorder_that_did_not_know_the_length_declares_none(tmp_path: Path, size: int) -> None:
    place = WAV.index(b"data") + 4
    media = MediaFile(written(tmp_path, WAV[:place] + struct.pack("<I", size) + WAV[place + 4 :]), "audio")
    assert media.declared_ns is None
    media.close()


def test_chunks_before_the_sound_are_passed_over(tmp_path: Path) -> None:
    odd = b"LIST" + struct.pack("<I", 5) + b"abcde\0"
    place = WAV.index(b"data")
    media = MediaFile(written(tmp_path, WAV[:place] + odd + WAV[place:]), "audio")
    assert media.declared_ns == 100_000_000
    media.close()


@pytest.mark.parametrize(
    ("content", "kind", "missing"),
    [(WAV, "video", "pictures"), (FILM, "audio", "sound track")],
    ids=["sound", "silent film"],
)
def test_a_file_without_what_is_wanted_is_refused(tmp_path: Path, content: bytes, kind: str, missing: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(InputError, match=f"has no {missing}") as caught:
        MediaFile(path, kind)  # type: ignore[arg-type]
    assert caught.value.where == str(path)


def test_what_is_missing_empty_a_folder_or_no_media_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        MediaFile(tmp_path / "absent.wav", "audio")
    with pytest.raises(InputError, match="empty"):
        MediaFile(written(tmp_path, b""), "audio")
    with pytest.raises(InputError, match="cannot be read"):
        MediaFile(tmp_path, "audio")
    with pytest.raises(FormatError, match="no sound or film file"):
        MediaFile(written(tmp_path, b"hello " * 200), "audio")


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n",
        "ffconcat version 1.0\nfile http://127.0.0.1:9/a.wav\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 0\n",
    ],
)
def test_a_list_of_addresses_is_not_followed(tmp_path: Path, playlist: str) -> None:
    with pytest.raises(InputError):
        MediaFile(written(tmp_path, playlist.encode()), "audio")


MUTATIONS = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=12)


@given(st.sampled_from([(WAV, "audio"), (FILM, "video")]), MUTATIONS, st.floats(0, 1))
def test_a_damaged_file_opens_or_is_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory,
    original: tuple[bytes, str],
    mutations: list[tuple[float, int]],
    kept: float,
) -> None:
    content = bytearray(original[0][: round(kept * len(original[0]))])
    head = min(len(content), 600)  # where the structure is
    for place, value in mutations:
        if content:
            content[int(place * head)] = value
    path = written(tmp_path_factory.getbasetemp(), bytes(content))
    try:
        media = MediaFile(path, original[1])  # type: ignore[arg-type]
    except InputError as error:
        refusal = error
    else:
        assert media.declared_ns is None or isinstance(media.declared_ns, int)
        media.close()
        return
    assert refusal.where == str(path)
    assert refusal.remedy
