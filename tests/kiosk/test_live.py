"""The whole agent, as `visavis run` starts it, in front of a browser with a microphone."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy.io import wavfile
from scipy.signal import resample_poly

from tests.kiosk.browser import WITH_SOUND, Browser, Tab, until
from tests.kiosk.conftest import REPOSITORY, free_port
from visavis_agent.evaluation.question import spoken_question

pytestmark = [pytest.mark.slow, pytest.mark.ros]
RATE = 48_000


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """The address of a running agent's page."""
    page, sound = free_port(), free_port()
    deployment = {
        "persona": "vera",
        "playback": {"sink": "live"},
        "page": {"port": page},
        "microphone": {"sound_server": {"port": sound}},
    }
    (tmp_path / "kiosk.yaml").write_text(yaml.safe_dump(deployment))
    said = (tmp_path / "said.txt").open("w")
    environment = {**os.environ, "ROS_DOMAIN_ID": str(random.SystemRandom().randint(1, 100))}
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "visavis"), "run", "--config", str(tmp_path / "kiosk.yaml")],
        cwd=REPOSITORY,
        env=environment,
        stdout=said,
        stderr=subprocess.STDOUT,
    )
    try:
        until(lambda: "runs microphone" in (tmp_path / "said.txt").read_text(), 60.0, "the audio process")
        yield f"http://127.0.0.1:{page}/"
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        finally:
            process.kill()  # its children end with it
            said.close()


def room(seconds: float) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 10, round(seconds * RATE))


@pytest.fixture
def spoken(tmp_path: Path, open_browser: Callable[..., Browser]) -> Browser:
    """A Chromium whose microphone hears silence, a question, and silence."""
    question = spoken_question()
    pcm = np.concatenate([room(5), resample_poly(question.pcm.astype(float), RATE, question.sample_rate), room(60)])
    wavfile.write(tmp_path / "question.wav", RATE, np.clip(pcm, -32768, 32767).astype(np.int16))
    return open_browser(
        *WITH_SOUND,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={tmp_path / 'question.wav'}",
    )


def page(browser: Browser, url: str) -> Tab:
    tab = browser.tab()
    tab.size(1080, 1920)
    tab.go(url)
    tab.wait("window.visavis && visavis.picture.shown > 0", 30)
    tab.wait("visavis.sound.ready && visavis.up.sound && visavis.active", 30)
    return tab


def test_a_touched_question_is_answered(url: str, browser: Browser) -> None:
    tab = page(browser, url)
    tab.touch("#questions button:nth-child(3)")
    tab.wait("visavis.captions.clock?.state === 'finished' && visavis.captions.next > 3", 45)
    answer = tab.evaluate("document.querySelector('#caption').innerText")
    assert "dinosaur" in answer.lower()
    assert tab.errors == []


def test_a_spoken_question_is_answered(url: str, spoken: Browser) -> None:
    tab = page(spoken, url)
    tab.wait("visavis.sound.hearing")
    tab.wait("visavis.state.phase === 'listening'", 30)
    tab.wait("document.querySelector('#heard').textContent.length > 3", 30)
    tab.wait("visavis.captions.clock?.moving && visavis.captions.next > 3", 45)
    assert tab.evaluate("visavis.sound.hearing") is True
    assert tab.errors == []
