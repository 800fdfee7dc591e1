"""Eyes that are switched off."""

from __future__ import annotations

import pytest

from tests.unit.perception.faces import camera, head_shot
from tests.unit.perception.test_stage import FACE, SMALL, Borrowed, watch
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.records import DevicesEnabled, Level, Persons


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


def test_who_is_in_view_is_gone_at_once_and_a_picture_being_looked_at_is_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    host = watch(monkeypatch, Borrowed(None, FACE), [SMALL] * 3)
    stage = host.stage  # type: ignore[attr-defined]
    assert host.of(Persons)[-1].persons
    stage.handle(camera(SMALL, host.now()))  # its answer is on the way
    stage.handle(DevicesEnabled(media_ns=host.now(), camera=False))
    told = host.of(Persons)
    assert told[-1].persons == () and told[-1].engaged_id == ""
    assert host.diagnostics[-1] == (Level.OK, "the camera is switched off: nobody is seen")
    host.advance(5 * SECOND)
    assert len(host.of(Persons)) == len(told)
