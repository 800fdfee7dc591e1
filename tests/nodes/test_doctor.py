"""The doctor on this machine."""

from __future__ import annotations

import pytest

from visavis_agent.core.records import Level
from visavis_agent.supervisor.doctor import AREAS, examine

pytestmark = pytest.mark.ros


def test_everything_is_examined_and_what_the_environment_brings_is_there() -> None:
    findings = examine()
    only_where_configured = {"voice"}
    expected = [area for area in AREAS if area not in only_where_configured]
    assert list(dict.fromkeys(finding.area for finding in findings)) == expected
    assert not [finding for finding in findings if finding.level is Level.ERROR and finding.area != "ports"]
    assert all(finding.remedy for finding in findings if finding.level is not Level.OK)
    names = {finding.name for finding in findings if finding.level is Level.OK}
    assert {"messages", "renderer splat", "voice flite", "recogniser pocketsphinx"} <= names
