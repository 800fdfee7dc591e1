from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from visavis_agent.core.clock import SECOND, sample_time
from visavis_agent.core.errors import EngineError
from visavis_agent.core.records import MicrophoneAudio
from visavis_agent.devices.echo import Cancelled, Canceller, EchoGuard
from visavis_agent.devices.played_sound import PlayedSound
from visavis_agent.devices.webrtc_canceller import WebRtcCanceller

RATE, BLOCK = 16_000, 512
Pcm = npt.NDArray[np.int16]


class Perfect:
    """Leaves so much of what is as loud as the reference."""

    def __init__(self, leaves: float) -> None:
        self.leaves = leaves

    def cancel(self, recorded: Pcm, played: Pcm) -> Cancelled:
        return twice((recorded * (self.leaves if played.any() else 1.0)).astype(np.int16))


def twice(clean: Pcm) -> Cancelled:
    return Cancelled(rest=clean, clean=clean)


def speech(seconds: float, seed: int, rms: float = 2000.0) -> Pcm:
    """Noise with the rhythm of syllables."""
    rng = np.random.default_rng(seed)
    count = round(seconds * RATE)
    rhythm = 0.55 + 0.45 * np.sin(2 * np.pi * 4 * np.arange(count) / RATE)
    return np.clip(rms * rhythm * rng.standard_normal(count), -32768, 32767).astype(np.int16)


def heard(canceller: Canceller, agent: Pcm, microphone: Pcm, audible: slice) -> tuple[EchoGuard, Pcm]:
    """All that comes out, on the timeline of what went in; the agent is audible in some of the samples."""
    played = PlayedSound()
    guard = EchoGuard(canceller, played)
    out = np.full(len(microphone), -1, np.int32)
    for first in range(0, len(microphone) - BLOCK + 1, BLOCK):
        ahead = agent[first : first + 2 * BLOCK] if not first else agent[first + BLOCK : first + 2 * BLOCK]
        if len(ahead):
            at = 0 if not first else first + BLOCK
            played.write(ahead, RATE, SECOND + sample_time(at, RATE))
        block = MicrophoneAudio(media_ns=SECOND + sample_time(first, RATE), pcm=microphone[first : first + BLOCK])
        given = guard.hear(block, audible.start <= first < audible.stop)
        place = round((given.media_ns - SECOND) * RATE / SECOND)
        out[place : place + len(given.pcm)] = given.pcm
    return guard, out


def test_the_timeline_has_neither_hole_nor_overlap_and_what_is_heard_without_the_agent_passes() -> None:
    sound = speech(2.0, 1)
    _, out = heard(Perfect(1.0), np.zeros_like(sound), sound, slice(0, 0))
    end = np.flatnonzero(out != -1)[-1] + 1
    assert end >= len(sound) - BLOCK - 160
    assert np.array_equal(out[:end], sound[:end])


def test_the_canceller_rests_a_second_after_the_agent_and_works_again_with_it() -> None:
    agent, visitor = np.zeros(6 * RATE, np.int16), speech(6.0, 2)
    agent[RATE : 2 * RATE] = speech(1.0, 3)
    agent[5 * RATE :] = speech(1.0, 4)
    asked = np.zeros(0, np.int16)

    class Asked(Perfect):
        def cancel(self, recorded: Pcm, played: Pcm) -> Cancelled:
            nonlocal asked
            asked = np.concatenate([asked, recorded])
            return twice(recorded)

    _, out = heard(Asked(1.0), agent, visitor, slice(0, 0))
    assert 2.9 < len(asked) / RATE < 3.2
    end = np.flatnonzero(out != -1)[-1] + 1
    assert np.array_equal(out[:end], visitor[:end])


def test_a_canceller_that_wakes_lets_nothing_be_heard_again_from_before_its_rest() -> None:
    """The visitor's last word must not come back just as the agent begins to answer it."""
    try:
        canceller = WebRtcCanceller()
    except EngineError as error:
        pytest.skip(str(error))
    agent, visitor = np.zeros(6 * RATE, np.int16), np.zeros(6 * RATE, np.int16)
    agent[: RATE // 2] = speech(0.5, 3)
    visitor[RATE : 3 * RATE] = speech(2.0, 2)  # the canceller falls asleep in the middle of it
    agent[5 * RATE :] = speech(1.0, 4)
    _, out = heard(canceller, agent, visitor, slice(0, 0))
    assert np.abs(out[2 * RATE : 3 * RATE - BLOCK]).max() > 1000
    assert np.abs(out[4 * RATE : 5 * RATE + RATE // 2]).max() < 50


def test_a_canceller_that_does_not_work_leaves_the_agent_deaf_while_it_speaks() -> None:
    agent = speech(4.0, 2)
    guard, out = heard(Perfect(0.9), agent, agent // 2, slice(0, len(agent)))
    assert not guard.converged
    assert not out[out != -1].any()


def test_once_converged_its_rest_is_kept_out_and_a_visitor_is_heard() -> None:
    agent, visitor = speech(6.0, 3), speech(6.0, 4)
    microphone = (agent * 0.5).astype(np.int16)
    quiet, out = heard(Perfect(0.1), agent, microphone, slice(0, len(agent)))
    assert quiet.converged
    assert not out[out != -1][RATE:].any()

    class Double(Perfect):
        def cancel(self, recorded: Pcm, played: Pcm) -> Cancelled:
            both = recorded.astype(float) - 0.45 * played if played.any() else recorded
            return twice(np.clip(both, -32768, 32767).astype(np.int16))

    talks = slice(4 * RATE, 5 * RATE)
    microphone[talks] = np.clip(microphone[talks].astype(int) + visitor[talks] // 2, -32768, 32767)
    # The reference lies 10 ms ahead; a canceller knows that.
    _, out = heard(Double(0.1), np.roll(agent, 160), microphone, slice(0, len(agent)))
    assert (out[4 * RATE + 3200 : 5 * RATE] != 0).mean() > 0.9


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_what_was_played_is_found_by_its_time_at_any_rate(rate: int) -> None:
    played = PlayedSound()
    at = np.arange(rate)
    tone = (8000 * np.sin(2 * np.pi * 440 * at / rate)).astype(np.int16)
    for first in range(0, rate, rate // 50):
        played.write(tone[first : first + rate // 50], rate, SECOND + sample_time(first, rate))
    read = np.concatenate([played.read(SECOND + SECOND // 2 + sample_time(k * 480, RATE), 480) for k in range(5)])
    expected = 8000 * np.sin(2 * np.pi * 440 * (8000 + np.arange(len(read))) / RATE)
    assert np.abs(read - expected).max() < 400
    assert not played.read(3 * SECOND, 480).any()


def test_nothing_played_is_silence() -> None:
    assert not PlayedSound().read(SECOND, 160).any()


def test_an_echo_that_is_suppressed_but_not_understood_leaves_the_agent_deaf() -> None:
    """It would suppress a visitor as well."""
    agent = speech(4.0, 2)

    class Suppressed(Perfect):
        def cancel(self, recorded: Pcm, played: Pcm) -> Cancelled:
            return Cancelled(rest=recorded, clean=np.zeros_like(recorded))

    guard, _ = heard(Suppressed(0.0), agent, agent // 2, slice(0, len(agent)))
    assert not guard.converged


def test_webrtc_takes_a_delayed_echo_out_and_leaves_a_visitor() -> None:
    try:
        canceller = WebRtcCanceller()
    except EngineError as error:
        pytest.skip(str(error))
    agent, visitor = speech(4.0, 5), speech(1.0, 6, 1000.0)
    echo = np.concatenate([np.zeros(1000, np.int16), agent[:-1000] // 2])
    pairs = zip(echo.reshape(-1, 160), agent.reshape(-1, 160), strict=True)
    out = np.concatenate([canceller.cancel(near, far).clean for near, far in pairs]).astype(float)
    assert np.square(out[-RATE:]).mean() < 0.02 * np.square(echo[-RATE:].astype(float)).mean()
    alone = visitor.reshape(-1, 160)
    out = np.concatenate([canceller.cancel(near, np.zeros(160, np.int16)).clean for near in alone]).astype(float)
    assert np.square(out[RATE // 2 :]).mean() > 0.3 * np.square(visitor[RATE // 2 :].astype(float)).mean()
