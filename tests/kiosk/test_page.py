"""The page in a real browser, against a rehearsed agent."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from scipy.io import wavfile

from tests.kiosk.browser import WITH_SOUND, Browser, Tab, until
from tests.kiosk.conftest import Agent

pytestmark = pytest.mark.slow
FACE = "window.visavis && visavis.picture.shown > 0"
SOUND = "visavis.sound.ready && visavis.up.sound && visavis.active"
MOVES = (
    "(async () => { const n = visavis.picture.shown; await new Promise(r => setTimeout(r, 400));"
    " return visavis.picture.shown > n })()"
)


def open_page(browser: Browser, agent: Agent, ready: str = SOUND) -> Tab:
    tab = browser.tab()
    tab.go(agent.url)
    tab.wait(f"{FACE}")
    tab.wait(ready)
    return tab


def own_address() -> str:
    """An address of this machine that is not loopback; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address but loopback")
        return str(probe.getsockname()[0])


def shown_caption(tab: Tab) -> str:
    return str(tab.evaluate("[...document.querySelectorAll('#caption .heard')].map(e => e.textContent).join('')"))


def test_a_typed_question_is_answered_aloud_with_captions(agent: Agent, browser: Browser) -> None:
    tab = open_page(browser, agent)
    tab.click("#text")
    tab.type("When are you open?")
    tab.press("Enter")
    assert agent.wait(lambda line: "text" in line) == {"text": "When are you open?", "source": "TYPED"}
    tab.wait("visavis.state.phase === 'speaking'")
    tab.wait("visavis.sound.player && visavis.captions.clock?.moving")
    assert tab.evaluate("document.querySelector('#phase').textContent") == "Speaking"
    agent.wait(lambda line: line.get("sink") == "FINISHED")
    tab.wait("visavis.state.phase === 'idle'")
    assert shown_caption(tab).startswith("We're open from ten to six, every day except Monday.")
    assert shown_caption(tab).endswith("nine!")
    assert "You" in tab.evaluate("getComputedStyle(document.querySelector('#heard'), '::before').content")
    assert tab.errors == []


def test_a_touched_question_arrives_as_touched(agent: Agent, browser: Browser) -> None:
    tab = open_page(browser, agent)
    tab.touch("#questions button")
    line = agent.wait(lambda line: "text" in line)
    assert line == {"text": "When are you open?", "source": "TOUCHED"}


def test_the_page_knows_what_is_heard_whatever_the_sound_server_says(agent: Agent, browser: Browser) -> None:
    """Its clock saws, and settles only after a while; a hole in the sound is noticed within half a second."""
    tab = open_page(browser, agent, FACE)
    anchors = tab.evaluate(
        """(async () => {
          const { OutputClock } = await import("/clock.js");
          const clock = new OutputClock(), told = {};
          const read = (name, count, audible, computed) => {
            told[name] = [...Array(count).keys()].map((i) => clock.read(audible(i), computed - 0.0025 * ((3 * i) % 4)));
          };
          const saw = (i) => 5 - 0.005 + 0.01 * ((i % 60) / 60);
          read("begin", 40, saw, 5.05);
          read("settling", 300, (i) => saw(i) - 0.2 * Math.min(i / 40, Math.exp((40 - i) / 80)), 5.05);
          read("settled", 200, saw, 5.05);
          read("hole", 40, (i) => saw(i) - 0.04, 5.01);
          clock.forget();
          read("other", 40, (i) => saw(i) - 0.19, 5.01);
          return told;
        })()"""
    )
    assert np.allclose(anchors["begin"][20:], 5.0, atol=0.01)
    assert np.allclose(anchors["settling"], 5.0, atol=0.015)
    assert np.allclose(anchors["settled"], 5.0, atol=0.01)
    assert np.allclose(anchors["hole"][10:], 4.96, atol=0.01)
    assert np.allclose(anchors["other"][20:], 4.81, atol=0.01)


def test_pictures_that_come_late_are_told_of(agent: Agent, browser: Browser) -> None:
    tab = open_page(browser, agent)
    tab.evaluate(
        "(() => { const { picture } = visavis, { push } = picture;"
        " picture.push = (bitmap, due) => push.call(picture, bitmap, due - 60); })()"
    )
    tab.wait("visavis.picture.told > 40")
    tab.touch("#questions button")
    delayed = agent.wait(lambda line: line.get("sink") == "PLAYING" and line["sample"] > 0)
    assert delayed["picture_delay_ms"] > 40


def test_the_sound_follows_the_announced_times(agent: Agent, browser: Browser) -> None:
    """The page's clock confirms the schedule: neither jumps nor starvation, 16,000 samples a second."""
    tab = open_page(browser, agent)
    tab.touch("#questions button")
    agent.wait(lambda line: line.get("sink") == "FINISHED")
    lines = [line for line in agent.said if line.get("sink") == "PLAYING" and line["sample"] > 0]
    assert len(lines) > 30 and not any(line["starved"] for line in lines)
    residual = [line["ns"] / 1e6 - line["sample"] / line["rate"] * 1e3 for line in lines]
    assert np.ptp(residual) < 60.0, residual


def test_hold_freezes_the_sound_and_resume_goes_on_at_a_word(agent: Agent, browser: Browser) -> None:
    tab = open_page(browser, agent)
    tab.touch("#questions button")
    agent.wait(lambda line: line.get("sink") == "PLAYING" and line["sample"] > 16_000)
    agent.order("hold")
    held = agent.wait(lambda line: line.get("sink") == "HELD")
    tab.wait("document.querySelector('#phase').textContent === 'Pausing for you'")
    words = tab.evaluate("visavis.captions.next")
    time.sleep(0.7)
    assert tab.evaluate("visavis.captions.next") <= words + 1
    mark = len(agent.said)
    agent.order("resume")
    resumed = agent.wait(lambda line: line.get("sink") == "PLAYING", mark)
    assert 0 <= held["sample"] - resumed["sample"] < 16_000
    agent.wait(lambda line: line.get("sink") == "FINISHED", mark)


def test_the_last_picture_stays_and_the_page_comes_back_by_itself(agent: Agent, browser: Browser) -> None:
    tab = open_page(browser, agent)
    agent.kill()
    tab.wait("!visavis.up.screen && !visavis.up.sound")
    assert tab.evaluate("document.querySelector('#link').textContent") == "Reconnecting …"
    pixels = tab.evaluate("document.querySelector('#face').getContext('2d').getImageData(256, 256, 1, 1).data[3]")
    assert pixels == 255
    agent.start()
    begin = time.monotonic()
    tab.wait(f"visavis.up.screen && visavis.up.sound && {MOVES}", 15)
    assert time.monotonic() - begin < 5
    agent.wait(lambda line: line.get("available") is True)
    tab.touch("#questions button")
    agent.wait(lambda line: line.get("sink") == "FINISHED")


def test_a_browser_that_never_unmutes_reads(agent: Agent, open_browser: Callable[..., Browser]) -> None:
    tab = open_page(open_browser(), agent, "visavis.sound.context && visavis.up.sound")
    tab.wait("!document.querySelector('#unmute').hidden")
    assert tab.evaluate("document.querySelector('#unmute').innerText.trim()") == "Tap for sound"
    tab.evaluate("document.querySelector('#questions button').click()")  # no gesture of a person
    agent.wait(lambda line: line.get("sink") == "FINISHED")
    assert shown_caption(tab).startswith("We're open")
    assert not any(line.get("available") for line in agent.said)
    tab.click("#unmute")
    agent.wait(lambda line: line.get("available") is True)
    tab.wait("document.querySelector('#unmute').hidden")


def test_another_machine_gets_text_and_is_told_why(start_agent: Callable[..., Agent], browser: Browser) -> None:
    open_agent = start_agent("--host=0.0.0.0")
    address = own_address()
    tab = browser.tab()
    tab.size(390, 844, mobile=True)
    tab.go(f"http://{address}:{open_agent.port}/")
    tab.wait(FACE)
    assert "without an encrypted connection" in tab.evaluate("document.querySelector('#plain').textContent")
    assert tab.evaluate("document.querySelector('#microphone').hidden && document.querySelector('#unmute').hidden")
    tab.touch("#questions button")
    open_agent.wait(lambda line: line.get("sink") == "FINISHED")
    assert shown_caption(tab).startswith("We're open")
    assert tab.errors == []


def test_one_page_is_active_and_the_next_follows(agent: Agent, browser: Browser) -> None:
    first = open_page(browser, agent)
    mirror = browser.tab()
    mirror.go(agent.url)
    mirror.wait("window.visavis && visavis.up.screen && visavis.sound.ready")
    first.call("Page.bringToFront")
    states = lambda: [first.evaluate("visavis.active"), mirror.evaluate("visavis.active")]  # noqa: E731
    until(lambda: sorted(states()) == [False, True], 10, "one active page")
    first.close()
    mirror.wait("visavis.active")
    assert mirror.errors == []


def test_the_microphone_is_heard_after_consent(
    agent: Agent, open_browser: Callable[..., Browser], tmp_path: Path
) -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(48_000 * 10) / 48_000)
    wavfile.write(tmp_path / "tone.wav", 48_000, (8000 * tone).astype(np.int16))
    browser = open_browser(
        *WITH_SOUND,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={tmp_path / 'tone.wav'}",
    )
    tab = open_page(browser, agent)
    line = agent.wait(lambda line: line.get("blocks", 0) >= 60)
    assert line["gap"] == 0
    assert line["level"] > 300
    assert 0 < line["age"] < 250e6
    assert tab.evaluate("document.querySelector('#microphone').getAttribute('aria-pressed')") == "true"
    tab.click("#microphone")
    agent.wait(lambda line: line.get("microphone") is False, agent.said.index(line))


def test_no_request_leaves_the_machine(agent: Agent, browser: Browser) -> None:
    tab = open_page(browser, agent)
    tab.touch("#questions button")
    agent.wait(lambda line: line.get("sink") == "FINISHED")
    assert {urlsplit(url).hostname for url in tab.requests} == {"127.0.0.1"}
    assert tab.errors == []


@pytest.mark.parametrize(("width", "height"), [(1080, 1920), (1920, 1080), (1366, 768), (390, 844)])
def test_everything_fits_on_the_screen(agent: Agent, browser: Browser, width: int, height: int) -> None:
    tab = browser.tab()
    tab.size(width, height)
    tab.go(agent.url)
    tab.wait(FACE)
    for scale in (1, 2, 3):
        tab.click("#options")
        tab.click(f"#sizes button:nth-child({scale})")
        outside = tab.evaluate(
            "[...document.querySelectorAll('button, input, #state, #sheet')].filter(e => e.checkVisibility())"
            ".filter(e => {"
            " const b = e.getBoundingClientRect();"
            " return b.left < -1 || b.top < -1 || b.right > innerWidth + 1 || b.bottom > innerHeight + 1"
            "}).map(e => e.outerHTML.slice(0, 80))"
        )
        assert outside == []
        tab.click("#done")
        smallest = 64 if min(width, height) >= 1080 else 44
        small = tab.evaluate(
            "[...document.querySelectorAll('#panel button')].filter(e => e.checkVisibility()).filter(e => {"
            f" const b = e.getBoundingClientRect(); return b.width < {smallest} || b.height < {smallest}"
            "}).map(e => e.outerHTML.slice(0, 80))"
        )
        assert small == []
        assert tab.evaluate("document.scrollingElement.scrollHeight <= innerHeight")
        assert tab.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


def test_the_keyboard_on_the_screen_types(agent: Agent, browser: Browser) -> None:
    tab = browser.tab()
    tab.size(1080, 1920)
    tab.go(agent.url)
    tab.wait(FACE)
    tab.touch("#text")
    tab.wait("!document.querySelector('#keyboard').hidden")
    for key in ("⇧", "h", "i", "x", "⌫"):
        tab.touch(f"#keyboard [data-key='{key}']")
    assert tab.evaluate("document.querySelector('#text').value") == "Hi"
    tab.touch("#send")
    assert agent.wait(lambda line: "text" in line)["text"] == "Hi"


def test_the_page_speaks_german(agent: Agent, browser: Browser) -> None:
    tab = open_page(browser, agent)
    tab.click("#options")
    tab.click("#languages [lang=de]")
    assert tab.evaluate("document.documentElement.lang") == "de"
    assert tab.evaluate("document.querySelector('#phase').textContent") == "Bereit"
    agent.order("warn the microphone was lost")
    tab.wait("document.querySelector('#trouble').getAttribute('aria-label') === '1 Hinweis'")
    assert tab.evaluate("document.querySelector('#troubles').hidden")


def test_the_page_forgets_a_visitor_who_has_left(start_agent: Callable[..., Agent], browser: Browser) -> None:
    agent = start_agent("--reset-after=5")
    tab = open_page(browser, agent)
    tab.touch("#questions button")
    agent.wait(lambda line: line.get("sink") == "FINISHED")
    tab.click("#text")
    tab.type("my name is")
    tab.click("#options")
    tab.click("#languages [lang=de]")
    tab.click("#sizes button:nth-child(3)")
    tab.wait("document.documentElement.lang === 'en'")
    left = "[document.querySelector('#text').value, document.querySelector('#heard').textContent].join('')"
    assert tab.evaluate(left) == ""
    assert shown_caption(tab) == ""
    assert tab.evaluate("document.querySelector('#sheet').hidden && visavis.up.screen")


def test_the_camera_has_a_sign_and_is_off_again_when_the_visitor_has_left(
    start_agent: Callable[..., Agent], browser: Browser
) -> None:
    agent = start_agent("--reset-after=5", "--consent")
    tab = open_page(browser, agent)
    assert tab.evaluate("document.querySelector('#seen').hidden")
    tab.touch("#camera")
    agent.wait(lambda line: line.get("device") == "camera" and line["on"])
    tab.wait("!document.querySelector('#seen').hidden")
    assert tab.evaluate("document.querySelector('#seen').textContent") == "Camera on"
    assert tab.evaluate("document.querySelector('#camera').getAttribute('aria-pressed')") == "true"
    agent.wait(lambda line: line.get("device") == "camera" and not line["on"])
    tab.wait("document.querySelector('#seen').hidden")


def test_the_agent_ends_in_order_with_a_page_open(agent: Agent, browser: Browser) -> None:
    open_page(browser, agent)
    assert agent.stop() == 0
