"""Microphone, camera and sound switched off and on again."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from tests.unit.devices.stand_ins import RATE, audio
from tests.unit.devices.test_loudspeaker import Bench as Loudspeaker
from tests.unit.devices.test_microphone import Bench as Microphone
from tests.unit.fake_host import FakeHost
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.records import DevicesEnabled, SinkState
from visavis_agent.devices.camera import CameraSettings, CameraStage


def eventually(condition: Callable[[], bool]) -> bool:
    """Keepers work on threads of their own."""
    end = time.monotonic() + 5.0
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def test_a_microphone_that_is_off_is_released_and_not_heard() -> None:
    bench = Microphone()
    bench.hear(SECOND)
    heard = len(bench.heard)
    bench.stage._device.keeper.start()
    bench.stage.handle(DevicesEnabled(media_ns=0, microphone=False))
    assert eventually(lambda: bench.stage._device.keeper.device is None)
    bench.host.advance(SECOND)
    assert len(bench.heard) == heard
    bench.stage.handle(DevicesEnabled(media_ns=0))
    assert eventually(lambda: bench.stage._device.keeper.device is not None)
    bench.hear(SECOND)
    assert len(bench.heard) > heard
    bench.stage.stop()


class NoCamera:
    def names(self) -> dict[int, str]:
        self.asked = True
        return {}


def test_a_camera_that_is_off_is_not_looked_for() -> None:
    host, port = FakeHost(), NoCamera()
    stage = CameraStage(CameraSettings(), host, port)  # type: ignore[arg-type]
    stage.start()
    stage.handle(DevicesEnabled(media_ns=0, camera=False))
    assert stage._keeper._thread is None
    stage.handle(DevicesEnabled(media_ns=0, camera=True))
    assert stage._keeper._thread is not None
    stage.stop()


def test_a_muted_loudspeaker_is_silent_at_once_without_a_click_while_the_reply_goes_on() -> None:
    bench = Loudspeaker()
    bench.sink.write(audio(0, 2 * RATE, last=True))
    bench.run(500 * MS)
    bench.sink.muted = True
    loud = len(bench.speaker.pcm)
    bench.run(500 * MS)
    quiet = len(bench.speaker.pcm)
    assert np.abs(bench.speaker.pcm[:loud]).max() > 1000
    assert not bench.speaker.pcm[loud + RATE // 20 : quiet].any()
    assert bench.sink.status().state is SinkState.PLAYING and bench.sink.status().sample > RATE // 2
    bench.sink.muted = False
    bench.run(300 * MS)
    assert np.abs(bench.speaker.pcm[quiet:]).max() > 1000
