"""Sound files of every kind become 16 kHz mono blocks; what cannot be read is said in words."""

from __future__ import annotations

import struct
import tracemalloc
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.unit.hearing.conftest import read_all
from tests.unit.hearing.sounds import FLOAT, PCM, Pcm, Wave, tone, write_wav
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.errors import FormatError, InputError
from visavis_agent.hearing.media import BLOCK, AudioFile

HZ = 440.0


def pitch(pcm: Pcm) -> float:
    """The strongest frequency, Hz."""
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(len(pcm))))
    return float(np.argmax(spectrum) * 16_000 / len(pcm))


def check_tone(pcm: Pcm, seconds: float, amplitude: float = 0.5) -> None:
    assert len(pcm) == pytest.approx(seconds * 16_000, abs=40)
    middle = pcm[len(pcm) // 4 : -len(pcm) // 4]
    assert pitch(middle) == pytest.approx(HZ, abs=4)
    assert np.sqrt(np.mean((middle / 32768.0) ** 2)) == pytest.approx(amplitude / 2**0.5, rel=0.03)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000, 96000])
def test_a_wav_of_any_rate_is_heard(tmp_path: Path, rate: int) -> None:
    check_tone(read_all(write_wav(tmp_path / "a.wav", tone(HZ, 0.5, rate), rate)), 0.5)


@pytest.mark.parametrize("extensible", [False, True])
@pytest.mark.parametrize(("bits", "kind"), [(8, PCM), (16, PCM), (24, PCM), (32, PCM), (32, FLOAT), (64, FLOAT)])
def test_a_wav_of_any_width_is_heard(tmp_path: Path, bits: int, kind: int, extensible: bool) -> None:
    path = write_wav(tmp_path / "a.wav", tone(HZ, 0.5, 22050), 22050, bits, kind, extensible)
    check_tone(read_all(path), 0.5)


@pytest.mark.parametrize("extensible", [False, True])
@pytest.mark.parametrize("channels", [2, 3, 5, 6, 16])
def test_every_channel_of_a_wav_is_heard(tmp_path: Path, channels: int, extensible: bool) -> None:
    for speaking in range(channels):
        wave: Wave = np.zeros((8000, channels))
        wave[:, speaking] = tone(HZ, 0.5, 16000, 0.9)
        pcm = read_all(write_wav(tmp_path / "a.wav", wave, 16000, extensible=extensible))
        check_tone(pcm, 0.5, 0.9 / channels)


def test_floats_that_are_no_numbers_are_silence(tmp_path: Path) -> None:
    wave = np.zeros(16000)
    wave[4000:4100], wave[8000:8100] = np.nan, np.inf
    assert not read_all(write_wav(tmp_path / "a.wav", wave, 16000, 32, FLOAT)).any()


def test_floats_beyond_full_scale_are_clipped(tmp_path: Path) -> None:
    pcm = read_all(write_wav(tmp_path / "a.wav", tone(HZ, 0.5, 16000, 3.0), 16000, 32, FLOAT))
    assert (pcm.max(), pcm.min()) == (32767, -32768)
    assert np.all(np.abs(np.diff(pcm.astype(int))) < 20000)


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [("mp3", "libmp3lame"), ("ogg", "libopus"), ("flac", "flac"), ("m4a", "aac"), ("mkv", "ac3")],
)
def test_other_containers_are_heard(tmp_path: Path, suffix: str, codec: str) -> None:
    path = tmp_path / f"a.{suffix}"
    encode(path, codec, tone(HZ, 1.0, 48000))
    assert pitch(read_all(path)[4000:12000]) == pytest.approx(HZ, abs=4)


def encode(path: Path, codec: str, wave: Wave, offsets: tuple[tuple[int, int], ...] = ()) -> None:
    """48 kHz mono; `offsets` are pairs (first sample, shift in samples) that tear holes."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=48000)
        stream.layout = "mono"
        size = stream.codec_context.frame_size or 960
        shift = 0
        for first in range(0, len(wave) - size + 1, size):
            shift += sum(by for at, by in offsets if first <= at < first + size)
            pcm = (wave[None, first : first + size] * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 48000, first + shift, Fraction(1, 48000)
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)


def test_blocks_follow_each_other_on_the_media_timeline(tmp_path: Path) -> None:
    file = AudioFile(write_wav(tmp_path / "a.wav", tone(HZ, 1.0, 44100), 44100), start_ns=5 * SECOND)
    blocks = list(iter(file.read, None))
    assert [block.media_ns for block in blocks] == [5 * SECOND + n * 32 * MS for n in range(len(blocks))]
    assert {len(block.pcm) for block in blocks[:-1]} == {BLOCK}
    assert all(block.gap_ns == 0 for block in blocks)


def test_a_hole_in_a_recording_is_marked(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    encode(path, "pcm_s16le", tone(HZ, 1.0, 48000), offsets=((24000, 24000),))
    blocks = list(iter(AudioFile(path).read, None))
    torn = [block for block in blocks if block.gap_ns]
    assert [block.gap_ns for block in torn] == [pytest.approx(SECOND // 2, abs=3 * MS)]
    assert torn[0].media_ns == pytest.approx(SECOND, abs=25 * MS)
    assert blocks[-1].media_ns + 32 * MS == pytest.approx(1.5 * SECOND, abs=40 * MS)


def test_silence_is_heard_as_silence(tmp_path: Path) -> None:
    pcm = read_all(write_wav(tmp_path / "a.wav", np.zeros(16000), 16000))
    assert len(pcm) == 16000
    assert not pcm.any()


def test_what_is_there_of_a_truncated_wav_is_used_and_the_rest_told(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(HZ, 1.0, 16000), 16000, declared=5 * 32000)
    file = AudioFile(path)
    assert file.problem == ""
    assert sum(len(block.pcm) for block in iter(file.read, None)) == 16000
    assert "1.00 s of 5.00 s" in file.problem
    assert "truncated" in file.problem


def test_what_is_there_of_a_truncated_flac_is_used_and_the_rest_told(tmp_path: Path) -> None:
    whole, part = tmp_path / "whole.flac", tmp_path / "part.flac"
    encode(whole, "flac", tone(HZ, 4.0, 48000))
    data = whole.read_bytes()
    part.write_bytes(data[: len(data) // 2])
    file = AudioFile(part)
    seconds = sum(len(block.pcm) for block in iter(file.read, None)) / 16000
    assert 1.0 < seconds < 3.0
    assert "truncated" in file.problem


def test_a_recorder_that_did_not_write_the_length_is_no_problem(tmp_path: Path) -> None:
    for unknown in (0xFFFFFFFF, 0):
        path = write_wav(tmp_path / "a.wav", tone(HZ, 0.5, 16000), 16000, declared=0)
        data = bytearray(path.read_bytes())
        data[40:44] = struct.pack("<I", unknown)
        path.write_bytes(data)
        file = AudioFile(path)
        assert sum(len(block.pcm) for block in iter(file.read, None)) == 8000
        assert file.problem == ""


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"", InputError, "empty"),
        (b"not sound at all\n" * 50, FormatError, "no sound or film file"),
        (bytes(range(256)) * 40, FormatError, "no sound or film file"),
        (b"#EXTM3U\n#EXTINF:10,\nfile:///etc/hostname\n", FormatError, "no sound or film file"),
        (b"RIFF\x24\x00\x00\x00WAVEfm", FormatError, "no sound or film file"),
    ],
)
def test_what_is_no_sound_is_refused(tmp_path: Path, content: bytes, error: type[Exception], words: str) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(error, match=words) as caught:
        AudioFile(path)
    assert str(path) in str(caught.value)


def test_a_file_without_samples_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="sound track is empty"):
        AudioFile(write_wav(tmp_path / "a.wav", np.zeros(0), 16000))


def test_a_missing_file_and_a_directory_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        AudioFile(tmp_path / "nowhere.wav")
    with pytest.raises(InputError, match="cannot be read"):
        AudioFile(tmp_path)


def test_a_silent_film_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 64
        for _ in range(3):
            for packet in stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    with pytest.raises(InputError, match="no sound track"):
        AudioFile(path)


def test_three_hours_are_read_piece_by_piece(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", np.zeros(0), 16000, declared=3 * 3600 * 32000)
    with path.open("r+b") as file:
        file.truncate(44 + 3 * 3600 * 32000)
    tracemalloc.start()
    source = AudioFile(path)
    for _ in range(10_000):
        assert source.read() is not None
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    source.close()
    assert peak < 2_000_000
    assert source.read() is None
