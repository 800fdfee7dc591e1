"""What libraries say about themselves is held back; everything else is printed."""

from __future__ import annotations

import os
import sys

import pytest

from visavis_agent.perception.quiet import without_lines


def test_known_lines_are_dropped_and_others_kept(capfd: pytest.CaptureFixture[str]) -> None:
    with without_lines(("delegate for CPU",)):
        os.write(2, b"INFO: Created delegate for CPU.\nthe disk is full\n")
    print("from Python", file=sys.stderr)
    assert capfd.readouterr().err == "the disk is full\nfrom Python\n"


def test_lines_before_a_failure_are_kept(capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        with without_lines(()):
            os.write(2, b"why it failed\n")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    print("afterwards", file=sys.stderr)
    assert capfd.readouterr().err == "why it failed\nafterwards\n"
