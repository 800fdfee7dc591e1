"""Eyes that are switched off."""

from __future__ import annotations

import pytest

from tests.unit.perception.faces import camera, head_shot
from tests.unit.perception.test_stage import Borrowed, watch
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.records import DevicesEnabled, Persons


def test_pictures_are_not_looked_at_while_the_camera_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Borrowed(None)
    image = head_shot()
    host = watch(monkeypatch, engine, [image])
    stage = host.stage  # type: ignore[attr-defined]
    assert len(engine.asked) == 1
    stage.handle(DevicesEnabled(media_ns=host.now(), camera=False))
    for _ in range(5):
        host.advance(100 * MS)
        stage.handle(camera(image, host.now()))
    host.advance(SECOND)
    assert len(engine.asked) == 1 and not host.of(Persons)[-1].persons
    stage.handle(DevicesEnabled(media_ns=host.now()))
    stage.handle(camera(image, host.now()))
    assert len(engine.asked) == 2
