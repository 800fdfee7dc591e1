"""The registry of engines: what is missing or wrong is said with a remedy before anything runs."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from visavis_agent.core.engines import EngineEntry, EngineRegistry
from visavis_agent.core.errors import ConfigurationError, EngineError
from visavis_agent.core.settings import setting


@dataclass(frozen=True)
class BeepSettings:
    pitch: int = setting(440, "pitch", unit="Hz", low=20, high=20_000)


class Beep:
    settings_type = BeepSettings

    def __init__(self, settings: BeepSettings) -> None:
        self.settings = settings


class NoDriver(Beep):
    def __init__(self, settings: BeepSettings) -> None:
        raise OSError("libdriver.so.1: cannot open shared object file")


class NoModel(Beep):
    def __init__(self, settings: BeepSettings) -> None:
        raise EngineError("the model is missing", "beep.onnx", "Run `make env`")


ENGINES: EngineRegistry[Beep] = EngineRegistry(
    "beep",
    {
        "beep": EngineEntry(f"{__name__}:Beep"),
        "driver": EngineEntry(f"{__name__}:NoDriver", "Install the driver"),
        "model": EngineEntry(f"{__name__}:NoModel"),
        "library": EngineEntry("a_library_that_nobody_has:Engine", "Run `pip install it`"),
    },
)


def test_an_engine_is_made_with_its_checked_settings() -> None:
    assert ENGINES.create("beep").settings == BeepSettings()
    assert ENGINES.create("beep", {"pitch": 880}).settings.pitch == 880


def test_an_unknown_engine_is_refused_with_those_there_are_and_the_place() -> None:
    with pytest.raises(ConfigurationError) as caught:
        ENGINES.create("boop", where="deployment.yaml:3")
    assert str(caught.value) == ("deployment.yaml:3: unknown beep engine 'boop'. Known: beep, driver, model, library")


def test_a_missing_library_is_named_with_what_installs_it() -> None:
    with pytest.raises(EngineError, match="a_library_that_nobody_has") as caught:
        ENGINES.load("library")
    assert caught.value.remedy == "Run `pip install it`"


def test_a_library_that_fails_when_the_engine_is_made_is_a_missing_one_too() -> None:
    with pytest.raises(EngineError, match=r"'driver' cannot be loaded \(libdriver") as caught:
        ENGINES.create("driver")
    assert caught.value.remedy == "Install the driver"


def test_an_engines_own_error_is_kept() -> None:
    with pytest.raises(EngineError) as caught:
        ENGINES.create("model")
    assert caught.value.where == "beep.onnx"


def test_a_bad_setting_is_refused_where_it_stands_without_making_the_engine() -> None:
    with pytest.raises(ConfigurationError) as caught:
        ENGINES.create("driver", {"pitch": 5})
    assert caught.value.where == "beep.driver"
    with pytest.raises(ConfigurationError) as caught:
        ENGINES.settings("beep", {"pich": 5}, "file.yaml:7")
    assert caught.value.where == "file.yaml:7"
    assert "Did you mean 'pitch'" in caught.value.remedy


def test_an_engine_is_imported_only_when_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "an_engine_of_a_test.py").write_text("class Engine: settings_type = None\n")
    monkeypatch.syspath_prepend(tmp_path)
    registry: EngineRegistry[object] = EngineRegistry("lazy", {"lazy": EngineEntry("an_engine_of_a_test:Engine")})
    assert "an_engine_of_a_test" not in sys.modules
    assert registry.load("lazy").__name__ == "Engine"
    monkeypatch.delitem(sys.modules, "an_engine_of_a_test")
