"""The definitions are found, and are those that were built."""

from __future__ import annotations

from pathlib import Path

import pytest

from visavis_agent.core.errors import EngineError
from visavis_agent.messages import definitions

REPOSITORY = Path(__file__).resolve().parents[3]


def test_bags_carry_the_type_hashes_of_the_built_interfaces() -> None:
    locked = (REPOSITORY / "interfaces.lock").read_text()
    for path in (REPOSITORY / "msg").glob("*.msg"):
        assert f"msg/{path.stem} {definitions.typestore().hash_rihs01(f'visavis/msg/{path.stem}')}\n" in locked


def test_definitions_of_an_installed_package_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = tmp_path / "share" / "visavis"
    (installed / "msg").mkdir(parents=True)
    (installed / "msg" / "ReplyId.msg").write_text("uint64 epoch\n")
    monkeypatch.setattr(definitions, "__file__", str(tmp_path / "lib" / "visavis_agent" / "messages" / "x.py"))
    monkeypatch.setenv("AMENT_PREFIX_PATH", f"/nowhere:{tmp_path}")
    assert definitions.interface_root() == installed


def test_missing_definitions_are_an_engine_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(definitions, "__file__", str(tmp_path / "lib" / "visavis_agent" / "messages" / "x.py"))
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    monkeypatch.delenv("AMENT_PREFIX_PATH", raising=False)
    with pytest.raises(EngineError, match="make env"):
        definitions.interface_root()
