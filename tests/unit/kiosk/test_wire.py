from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.clock import SECOND
from visavis_agent.core.errors import InputError
from visavis_agent.kiosk.page_microphone import PageMicrophone
from visavis_agent.kiosk.wire import Kind, flag_in, number_in, packed, parsed, unpacked

NOW = 1000 * SECOND


def block(number: int, count: int = 512, stamp: int = NOW) -> bytes:
    return packed(Kind.MIC, number, stamp, np.arange(count, dtype="<i2").tobytes())


def test_packets_come_back_as_they_were() -> None:
    packet = unpacked(packed(Kind.PCM, 2**32 - 1, -5, b"ab", 1))
    assert (packet.kind, packet.number, packet.stamp, packet.payload, packet.flags) == (1, 2**32 - 1, -5, b"ab", 1)


@given(st.text() | st.from_regex(r'[\[{"\d\]}:,e-]*'))
def test_rubbish_is_refused_in_words(text: str) -> None:
    with contextlib.suppress(InputError):
        assert isinstance(parsed(text)["type"], str)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(InputError):
        parsed("[" * 60_000)


@pytest.mark.parametrize("value", ["NaN", "Infinity", '"3"', "null", "true", "[1]", "1e400", "-1"])
def test_numbers_must_be_numbers_in_range(value: str) -> None:
    with pytest.raises(InputError):
        number_in(parsed(f'{{"type": "clock", "run": {value}}}'), "run", 0, 10)


def test_flags_must_be_flags() -> None:
    with pytest.raises(InputError):
        flag_in({"type": "page", "visible": 1}, "visible")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_packet_or_refused(data: bytes) -> None:
    with contextlib.suppress(InputError):
        sound = PageMicrophone().take(unpacked(data), NOW)
        assert sound.sample_rate > 0 and sound.pcm.dtype == np.int16


def test_microphone_blocks_keep_their_time_and_tell_what_was_lost() -> None:
    microphone = PageMicrophone()
    first = microphone.take(unpacked(block(7)), NOW)
    assert (first.media_ns, first.gap_ns, len(first.pcm), first.sample_rate) == (NOW, 0, 512, 16_000)
    assert microphone.take(unpacked(block(8)), NOW).gap_ns == 0
    assert microphone.take(unpacked(block(10)), NOW).gap_ns == 32_000_000


@pytest.mark.parametrize(
    "data",
    [
        block(0, 0),
        block(0, 5000),
        packed(Kind.MIC, 0, NOW, b"abc"),
        packed(Kind.JPEG, 0, NOW, b"ab"),
        block(0, stamp=0),
        block(0, stamp=2**62),
    ],
)
def test_unusable_microphone_blocks_are_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        PageMicrophone().take(unpacked(data), NOW)
