"""The MP4 of a session: what is seen and heard when, and what is left behind when it fails."""

from __future__ import annotations

import itertools
import struct
from pathlib import Path

import av
import numpy as np
import pytest

from tests.unit.kiosk.films import click, frame, pictures, sound
from visavis_agent.core.errors import ConfigurationError, InputError
from visavis_agent.core.records import VideoFrame
from visavis_agent.kiosk.film import SOUND_RATE, Film

SILENCE = np.zeros(0, np.int16)


@pytest.mark.parametrize("flash_frame", [7, 100, 249])
def test_a_flash_on_the_frame_of_a_click_is_seen_and_heard_together(tmp_path: Path, flash_frame: int) -> None:
    film = Film(tmp_path / "flash.mp4", 64, 48)
    for number in range(250):
        film.show(frame(number, 235 if number == flash_frame else 20))
    film.finish(click(flash_frame * 0.02 + 0.010, 5.0))
    times, levels = pictures(film.path)
    first, samples = sound(film.path)
    seen = times[int(np.argmax(levels))] + 0.010
    loud = np.flatnonzero(np.abs(samples) > 0.25)
    heard = first + (loud[0] + loud[-1]) / 2 / SOUND_RATE - 0.0025
    assert seen == pytest.approx(flash_frame * 0.02 + 0.010, abs=1e-4)
    assert abs(seen - heard) < 0.003


def test_frame_k_is_shown_at_k_fiftieths_and_time_begins_at_zero(tmp_path: Path) -> None:
    film = Film(tmp_path / "steps.mp4", 64, 48)
    for number in range(120):
        film.show(frame(number, 2 * number))
    film.finish(SILENCE)
    times, levels = pictures(film.path)
    assert times == pytest.approx(np.arange(120) / 50, abs=1e-4)
    assert np.all(np.diff(levels) > 0.5)


def test_the_first_picture_stands_from_time_zero_and_a_missing_one_repeats_the_last(tmp_path: Path) -> None:
    film = Film(tmp_path / "holes.mp4", 64, 48)
    for number, grey in ((3, 50), (4, 100), (8, 200)):
        film.show(frame(number, grey))
    film.finish(SILENCE)
    _, levels = pictures(film.path)
    assert np.round(levels / 50) == pytest.approx([1, 1, 1, 1, 2, 2, 2, 2, 4])


def test_the_shorter_of_sound_and_pictures_is_filled_up(tmp_path: Path) -> None:
    short, long = Film(tmp_path / "short.mp4", 64, 48), Film(tmp_path / "long.mp4", 64, 48)
    for film in (short, long):
        film.show(frame(0, 120))
    short.show(frame(49, 120))
    short.finish(click(0.1, 0.2))
    long.finish(click(0.1, 1.0))
    for film in (short, long):
        times, levels = pictures(film.path)
        first, samples = sound(film.path)
        assert len(times) == 50
        assert np.ptp(levels) < 3
        assert first + len(samples) / SOUND_RATE == pytest.approx(1.0, abs=0.022)


def test_browsers_and_quicktime_find_what_they_need(tmp_path: Path) -> None:
    film = Film(tmp_path / "play.mp4", 64, 48)
    for number in range(200):
        film.show(frame(number, number))
    film.finish(click(1.0, 4.0))
    with av.open(str(film.path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (audio.codec_context.name, audio.rate, audio.layout.nb_channels) == ("aac", SOUND_RATE, 1)
        assert video.average_rate == 50
        order = [(p.stream.type, float(p.dts * p.time_base)) for p in container.demux() if p.dts is not None]
    boxes = _boxes(film.path)
    assert boxes.index("moov") < boxes.index("mdat")
    behind = max(abs(a[1] - b[1]) for a, b in itertools.pairwise(order))
    assert behind < 0.05, "one stream runs ahead of the other in the file"


def _boxes(path: Path) -> list[str]:
    """Names of the file's outermost boxes (ISO/IEC 14496-12)."""
    data, names, at = path.read_bytes(), [], 0
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        names.append(name.decode())
        at += size
    return names


def test_colours_survive(tmp_path: Path) -> None:
    colours = np.array([[200, 40, 40], [40, 180, 60], [40, 60, 200], [230, 180, 150]], np.uint8)
    image = np.repeat(np.repeat(colours[None], 64, 0), 16, 1)
    film = Film(tmp_path / "colours.mp4", 64, 64)
    film.show(VideoFrame(media_ns=0, image=image))
    film.finish(SILENCE)
    with av.open(str(film.path)) as container:
        shown = next(container.decode(video=0))
        assert (shown.colorspace, shown.color_range) == (1, 1)
        # The decoder's own tags lead the way back.
        rgb = shown.to_ndarray(format="rgb24").astype(int)
    assert np.abs(rgb[32, 8::16] - colours.astype(int)).max() <= 6


def test_the_same_frames_make_the_same_file(tmp_path: Path) -> None:
    films = [Film(tmp_path / str(k) / "same.mp4", 64, 48) for k in range(2)]
    for film in films:
        for number in range(30):
            film.show(frame(number, 5 * number))
        film.finish(click(0.3, 0.6))
    assert films[0].path.read_bytes() == films[1].path.read_bytes()


@pytest.mark.parametrize("size", [(513, 512), (512, 511), (0, 512), (-2, 2)])
def test_sizes_that_h264_cannot_have_are_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    with pytest.raises(ConfigurationError, match="even"):
        Film(tmp_path / "odd.mp4", *size)
    assert not list(tmp_path.iterdir())


def test_places_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "folder.mp4", tmp_path / "film.mkv", tmp_path / "file" / "film.mp4"):
        with pytest.raises(InputError):
            Film(path, 64, 48)


def test_frames_out_of_time_or_size_are_refused(tmp_path: Path) -> None:
    with Film(tmp_path / "film.mp4", 64, 48) as film:
        film.show(frame(5))
        for wrong in (frame(5), frame(4), frame(-1), frame(6, width=32)):
            with pytest.raises(ValueError, match="a frame of"):
                film.show(wrong)
        with pytest.raises(ValueError, match="a frame of"):
            film.show(VideoFrame(media_ns=130_000_001, image=frame(0).image))


def test_an_unfinished_film_leaves_nothing_and_an_older_one_stays(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"older")
    film = Film(path, 64, 48)
    film.show(frame(0))
    film.close()
    film.close()
    with pytest.raises(InputError, match="picture"):
        Film(path, 64, 48).finish(SILENCE)
    assert [entry.name for entry in tmp_path.iterdir()] == ["film.mp4"]
    assert path.read_bytes() == b"older"
    with pytest.raises(ValueError, match="closed"):
        film.show(frame(1))


def test_a_finished_film_replaces_the_older_one(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"older")
    with Film(path, 64, 48) as film:
        film.show(frame(0))
        film.finish(SILENCE)
    assert [entry.name for entry in tmp_path.iterdir()] == ["film.mp4"]
    assert len(pictures(path)[0]) == 1


def test_a_full_disk_is_an_error_that_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    film = Film(tmp_path / "film.mp4", 64, 48)
    film.show(frame(0))
    monkeypatch.setattr("visavis_agent.kiosk.film.os.replace", full)
    with pytest.raises(InputError, match="No space left"):
        film.finish(SILENCE)
    assert not list(tmp_path.iterdir())
