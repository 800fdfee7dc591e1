"""A comparison of two runs finds every difference and says where it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.unit.bags.session import changed, small_session, write
from visavis_agent.bags import BagReader, compare
from visavis_agent.core import records as r


def first(kind: type[r.Record]) -> int:
    return next(i for i, entry in enumerate(small_session()) if isinstance(entry.record, kind))


def test_two_equal_runs_do_not_differ(tmp_path: Path) -> None:
    """One from a bag, with digests for pictures, one live."""
    with BagReader(write(tmp_path / "demo.mcap", small_session())) as bag:
        assert compare(bag.entries(), small_session()) == []


def test_one_changed_sample_is_found() -> None:
    index = first(r.SpeechAudio) + 1
    pcm = small_session()[index].record.pcm.copy()
    old = int(pcm[531])
    pcm[531] += 1
    (difference,) = compare(small_session(), changed(small_session(), index, pcm=pcm))
    assert (difference.topic, difference.index, difference.field) == ("speech/audio", 1, "pcm[531]")
    assert str(difference) == (
        f"speech/audio[1].pcm[531] at 0.013 s: recorded {old}, replayed {old + 1} (1 of 1600 differ)"
    )


def test_the_last_bit_of_a_float_counts() -> None:
    index = first(r.FaceMotion)
    coefficients = small_session()[index].record.coefficients.copy()
    coefficients[7] = np.nextafter(coefficients[7], np.float32(2))
    (difference,) = compare(small_session(), changed(small_session(), index, coefficients=coefficients))
    assert difference.field == "coefficients[7]"


def test_numbers_are_the_same_whatever_type_holds_them() -> None:
    entries = small_session()
    index = first(r.VideoFrame)
    changed_type = changed(entries, index, mouth_gap_m=np.float64(entries[index].record.mouth_gap_m), tier=np.int32(7))
    assert compare(entries, changed_type) == []
    assert len(compare(entries, changed(entries, index, mouth_gap_m=-0.0))) == 1


def test_a_nested_field_is_named_by_its_path() -> None:
    index = first(r.SpeechAudio)
    phones = small_session()[index].record.phones
    phones = (phones[0], r.PhoneMark("b", phones[1].start, phones[1].end))
    (difference,) = compare(small_session(), changed(small_session(), index, phones=phones))
    assert str(difference) == "speech/audio[0].phones[1].phone at 0.013 s: recorded 'm', replayed 'b'"


def test_a_changed_pixel_is_found_by_the_digest() -> None:
    index = first(r.VideoFrame)
    image = small_session()[index].record.image.copy()
    image[3, 3, 1] ^= 1
    (difference,) = compare(small_session(), changed(small_session(), index, image=image))
    assert difference.field == "sha256"


def test_missing_and_surplus_records_are_named() -> None:
    (difference,) = compare(small_session(), small_session()[:-1])
    assert str(difference) == "image[4] at 0.080 s: recorded a record, replayed none"
    (difference,) = compare(small_session()[:-1], small_session())
    assert str(difference) == "image[4] at 0.080 s: recorded none, replayed a record"


def test_a_record_sent_at_another_time_is_found() -> None:
    entries = small_session()
    entries[-1] = entries[-1]._replace(at_ns=entries[-1].at_ns + 1)
    (difference,) = compare(small_session(), entries)
    assert "recorded sent at 100000000 ns, replayed at 100000001 ns" in str(difference)


def test_fewer_items_are_counted() -> None:
    index = first(r.SpeechAudio)
    (difference,) = compare(small_session(), changed(small_session(), index, phones=()))
    assert str(difference) == "speech/audio[0].phones at 0.013 s: recorded 2 items, replayed 0 items"


def test_inputs_are_not_compared() -> None:
    outputs = [entry for entry in small_session() if not isinstance(entry.record, (r.MicrophoneAudio, r.CameraImage))]
    assert compare(small_session(), outputs) == []
