from __future__ import annotations

from pathlib import Path

import pytest

from visavis_agent.core import paths
from visavis_agent.core.errors import ConfigurationError


def make_root(path: Path) -> Path:
    (path / "config" / "personas").mkdir(parents=True)
    return path


def test_a_checkout_finds_its_own_data() -> None:
    assert (paths.data_root() / "config" / "personas" / "vera" / "profile.yaml").is_file()
    assert paths.models_directory() == paths.data_root() / "models"


def test_a_named_root_goes_before_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISAVIS_ROOT", str(make_root(tmp_path)))
    assert paths.data_root() == tmp_path


def test_a_named_root_without_personas_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISAVIS_ROOT", str(tmp_path))
    with pytest.raises(ConfigurationError, match="VISAVIS_ROOT"):
        paths.data_root()


def test_an_installed_package_finds_its_share_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    share = make_root(tmp_path / "install" / "share" / "visavis")
    monkeypatch.setenv("AMENT_PREFIX_PATH", f"{tmp_path / 'other'}:{tmp_path / 'install'}")
    monkeypatch.setattr(paths, "__file__", str(tmp_path / "site-packages" / "visavis_agent" / "core" / "paths.py"))
    assert paths.data_root() == share


def test_the_cache_follows_the_desktop_convention(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert paths.cache_directory() == tmp_path / "visavis"
