"""The interfaces other programs compile against change only on purpose."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import interface_lock


def test_the_definitions_are_those_of_the_lock() -> None:
    changed = interface_lock.difference(interface_lock.LOCK.read_text(encoding="utf-8"), interface_lock.lock_text())
    assert not changed, f"the interfaces changed:\n{changed}\n{interface_lock.REMEDY}"


def test_comments_blank_lines_and_alignment_are_no_change() -> None:
    plain = "string text\nuint8 A=1\n"
    dressed = "# What to say.\n\nstring   text     # 1 to 100 characters\nuint8 A=1 # first\n"
    assert interface_lock.definition_lines(dressed) == interface_lock.definition_lines(plain)


def test_a_hash_sign_inside_a_default_is_no_comment() -> None:
    assert interface_lock.definition_lines('string mark "#1"  # the first') == ['string mark "#1"']


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one message, and its build."""
    (tmp_path / "msg").mkdir()
    (tmp_path / "msg" / "Level.msg").write_text("uint8 LOUD=2\nuint8 level\n")
    build = tmp_path / "built" / "msg"
    build.mkdir(parents=True)
    (build / "Level.msg").write_text("uint8 LOUD=2\nuint8 level\n")
    hashes = [{"type_name": "visavis/msg/Level", "hash_string": "RIHS01_ab"}]
    (build / "Level.json").write_text(json.dumps({"type_hashes": hashes}))
    monkeypatch.setattr(interface_lock, "BUILT", tmp_path / "built")
    return tmp_path


def test_a_changed_constant_shows_although_the_type_hash_leaves_constants_out(built: Path) -> None:
    before = interface_lock.lock_text(built)
    for path in (built / "msg" / "Level.msg", built / "built" / "msg" / "Level.msg"):
        path.write_text("uint8 LOUD=3\nuint8 level\n")
    changed = interface_lock.difference(before, interface_lock.lock_text(built))
    assert "-  uint8 LOUD=2" in changed
    assert "+  uint8 LOUD=3" in changed


def test_an_added_and_a_removed_interface_show(built: Path) -> None:
    one = interface_lock.lock_text(built)
    (built / "msg" / "Level.msg").unlink()
    none = interface_lock.lock_text(built)
    assert "-msg/Level RIHS01_ab" in interface_lock.difference(one, none)
    assert "+msg/Level RIHS01_ab" in interface_lock.difference(none, one)


def test_a_build_older_than_the_definition_is_named_with_the_remedy(built: Path) -> None:
    (built / "msg" / "Level.msg").write_text("uint16 level\n")
    with pytest.raises(interface_lock.NotBuiltError, match=r"msg/Level\.msg .* `make env`"):
        interface_lock.lock_text(built)
