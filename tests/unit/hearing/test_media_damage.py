"""Sound files damaged anywhere: what is there is heard, or the file is refused in words."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.errors import FormatError, InputError
from visavis_agent.hearing.media import BLOCK, AudioFile
from visavis_agent.hearing.resampling import Resampler

PCM = (8000 * np.sin(np.arange(3200) * 0.2)).astype(np.int16)
MOST_BLOCKS = 200


def wav() -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(PCM.tobytes())
    return buffer.getvalue()


def encoded(container_format: str, codec: str, sample_format: str) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container_format) as container:
        stream = container.add_stream(codec, rate=16_000, layout="mono", format=sample_format)
        frame = av.AudioFrame.from_ndarray(PCM[None], format="s16", layout="mono")
        frame.sample_rate = 16_000
        resampler = av.AudioResampler(sample_format, "mono", 16_000, stream.frame_size or None)
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return buffer.getvalue()


ORIGINALS = (wav(), encoded("flac", "flac", "s16"), encoded("matroska", "aac", "fltp"))
PLACE = st.floats(0, 1, exclude_max=True) | st.floats(0, 0.02)


@given(st.sampled_from(ORIGINALS), st.lists(st.tuples(PLACE, st.integers(0, 255)), max_size=12), st.floats(0.01, 1))
def test_a_damaged_sound_is_heard_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, original: bytes, mutations: list[tuple[float, int]], kept: float
) -> None:
    content = bytearray(original[: max(1, round(kept * len(original)))])
    for place, value in mutations:
        content[int(place * len(content))] = value
    path = tmp_path_factory.getbasetemp() / "damaged-sound"
    path.write_bytes(bytes(content))
    try:
        audio = AudioFile(path)
    except InputError as error:
        refusal = error
    else:
        end = 0
        for _ in range(MOST_BLOCKS):
            block = audio.read()
            if block is None:
                break
            assert 0 < len(block.pcm) <= BLOCK
            assert block.media_ns >= end
            end = block.media_ns
        audio.close()
        return
    assert refusal.where == str(path)
    assert refusal.remedy


@pytest.mark.parametrize("channels", ["mono", "stereo", "5.1", "7.1"])
@pytest.mark.parametrize("sample_format", ["flt", "fltp", "dbl", "dblp"])
def test_floats_of_any_number_of_channels_are_heard(channels: str, sample_format: str) -> None:
    count = av.AudioLayout(channels).nb_channels
    frame = av.AudioFrame.from_ndarray(np.repeat(PCM[:1024], count)[None], format="s16", layout=channels)
    frame.sample_rate = 16_000
    (floats,) = av.AudioResampler(sample_format, channels, 16_000).resample(frame)
    heard = np.concatenate([(resampler := Resampler()).frame(floats), resampler.flush()])
    assert len(heard) == 1024
    assert np.corrcoef(heard, PCM[:1024])[0, 1] > 0.999


def test_a_sound_in_an_unknown_codec_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "unknown.wav"
    path.write_bytes(ORIGINALS[0][:20] + b"\x01\x68" + ORIGINALS[0][22:])
    with pytest.raises(FormatError, match="unknown codec"):
        AudioFile(path)
