from __future__ import annotations

import pytest

from visavis_agent.core.errors import DeviceError
from visavis_agent.evaluation import page_watch
from visavis_agent.evaluation.page_watch import PageWatch


def test_without_chromium_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_watch.shutil, "which", lambda program: None)
    with pytest.raises(DeviceError, match="Install the package chromium"):
        PageWatch("http://127.0.0.1:8080/", {})
