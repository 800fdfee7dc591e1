"""PocketSphinx in its own process: understands, repeats itself, and survives the loss of the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from tests.unit.hearing.conftest import Say
from tests.unit.hearing.sounds import Pcm, noise
from visavis_agent.core.errors import EngineError
from visavis_agent.core.records import MICROPHONE_RATE
from visavis_agent.evaluation.hesitation import Halt
from visavis_agent.evaluation.question import halting_question
from visavis_agent.evaluation.questions import asked
from visavis_agent.hearing import pocketsphinx_process
from visavis_agent.hearing.dictation import Dictation
from visavis_agent.hearing.pocketsphinx_process import PocketsphinxRecogniser
from visavis_agent.hearing.recogniser import RecogniserSettings, Recognition

PREROLL = 4800
"""Samples of silence before the voice in `question`."""
PHRASES = (
    "Where is the dinosaur exhibition?",
    "Show me the zorbly",
    "Where is the nautilus",
    "Take me to xyqjzzo",
    "?!",
)


@pytest.fixture(scope="module")
def recogniser() -> Iterator[PocketsphinxRecogniser]:
    settings = RecogniserSettings(
        grammar_phrases=PHRASES,
        pronunciations={"Zorbly": "z ao r b l iy", "nautilus": "n aa t ih l ah s", "Vera": "v ii"},
        n_best=5,
    )
    recogniser = PocketsphinxRecogniser(settings)
    yield recogniser
    recogniser.close()


@pytest.fixture(scope="module")
def question(say: Say) -> Pcm:
    return np.concatenate(
        [noise(PREROLL / 16_000, 0.0005), say("where is the dinosaur exhibition"), noise(0.2, 0.0005)]
    )


def understand(recogniser: PocketsphinxRecogniser, pcm: Pcm, size: int = 1536, preroll: int = PREROLL) -> Recognition:
    recogniser.begin(preroll)
    for first in range(0, len(pcm), size):
        piece = pcm[first : first + size]
        recogniser.feed(np.zeros_like(piece), piece)  # what was recorded is not what it reads
    return recogniser.finish()


def test_a_phrase_is_understood(recogniser: PocketsphinxRecogniser, question: Pcm) -> None:
    recognition = understand(recogniser, question)
    assert recognition.hypotheses[0].text == "where is the dinosaur exhibition"
    assert recognition.hypotheses[0].confidence > 0.6
    assert len({h.text for h in recognition.hypotheses}) == len(recognition.hypotheses) <= 5
    assert recognition.problem == ""


def test_free_speech_is_understood_and_no_phrase_forced_on_it(recogniser: PocketsphinxRecogniser, say: Say) -> None:
    recognition = understand(recogniser, say("the weather is nice today"))
    assert "weather" in recognition.hypotheses[0].text
    assert all(h.text != "where is the dinosaur exhibition" for h in recognition.hypotheses)


def test_a_word_with_given_phones_is_understood(recogniser: PocketsphinxRecogniser, say: Say) -> None:
    assert understand(recogniser, say("show me the zorbly")).hypotheses[0].text == "show me the zorbly"


def test_what_cannot_be_pronounced_is_named_in_one_sentence_each(recogniser: PocketsphinxRecogniser) -> None:
    assert recogniser.prepare() == (
        "these pronunciations are no ARPAbet phones: vera: V II",
        "1 phrase is hardly recognised: the setting pronunciations lacks xyqjzzo",
    )


def test_the_same_sound_is_understood_the_same_however_it_comes(
    recogniser: PocketsphinxRecogniser, question: Pcm, say: Say
) -> None:
    first = understand(recogniser, question)
    understand(recogniser, say("something else that is a little longer than three seconds of speech"))
    recogniser.begin(PREROLL)
    recogniser.feed(question[:20000], question[:20000])
    recogniser.partial()
    recogniser.feed(question[20000:], question[20000:])
    assert recogniser.finish() == first
    assert understand(recogniser, question, size=160) == first


def test_silence_before_the_voice_changes_nothing(recogniser: PocketsphinxRecogniser, question: Pcm) -> None:
    longer = np.concatenate([noise(1.0, 0.0005), question])
    expected = understand(recogniser, question)
    assert understand(recogniser, longer, preroll=PREROLL + 16_000) == expected
    assert understand(recogniser, longer, size=160, preroll=PREROLL + 16_000) == expected


def test_a_voice_without_silence_before_it_is_understood(recogniser: PocketsphinxRecogniser, question: Pcm) -> None:
    assert "dinosaur" in understand(recogniser, question[PREROLL:], preroll=0).hypotheses[0].text


def test_a_sound_is_decoded_once_however_early_and_often_one_asks(
    question: Pcm, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Dictation] = []
    start = Dictation._start
    monkeypatch.setattr(Dictation, "_start", lambda self: (begun.append(self), start(self)))
    dictation = Dictation(5, list(PHRASES[:1]), {})
    dictation.begin(PREROLL)
    for first in range(0, len(question), 1536):
        dictation.feed(question[first : first + 1536].astype("<i2").tobytes())
        dictation.partial()
    assert "dinosaur" in dictation.finish()["dictation"][0][0]
    assert len(begun) == 1


def test_early_words_come_after_less_sound_and_the_end_is_understood_nevertheless(
    recogniser: PocketsphinxRecogniser, question: Pcm
) -> None:
    for early in (False, True):
        recogniser.begin(PREROLL, early)
        recogniser.feed(question[:12000], question[:12000])
        assert bool(recogniser.partial().hypotheses) is early
        recogniser.feed(question[12000:], question[12000:])
        assert "dinosaur" in recogniser.finish().hypotheses[0].text


def test_a_settled_reading_is_the_final_one(recogniser: PocketsphinxRecogniser, question: Pcm) -> None:
    recogniser.begin(PREROLL)
    recogniser.feed(question, question)
    settled = recogniser.settle()
    assert recogniser.finish() == settled == understand(recogniser, question)


def test_who_goes_on_after_a_pause_is_understood_whole(recogniser: PocketsphinxRecogniser, question: Pcm) -> None:
    recogniser.begin(PREROLL)
    recogniser.feed(question[:12800], question[:12800])
    recogniser.settle()
    recogniser.feed(question[12800:], question[12800:])
    assert recogniser.finish() == understand(recogniser, question)


def test_silence_and_nothing_have_no_readings_worth_much(recogniser: PocketsphinxRecogniser) -> None:
    assert understand(recogniser, noise(0.0, 0.0)).hypotheses == ()
    understand(recogniser, noise(1.0, 0.0))


def test_a_killed_process_is_replaced_and_the_utterance_not_lost(
    recogniser: PocketsphinxRecogniser, question: Pcm
) -> None:
    expected = understand(recogniser, question)
    recogniser.begin(PREROLL)
    recogniser.feed(question[:16000], question[:16000])
    killed = recogniser.pid
    os.kill(killed, signal.SIGKILL)
    time.sleep(0.05)
    recogniser.feed(question[16000:], question[16000:])
    recognition = recogniser.finish()
    assert recognition.hypotheses == expected.hypotheses
    assert "started again" in recognition.problem
    assert recogniser.pid != killed
    assert understand(recogniser, question) == expected


def test_closing_ends_the_process() -> None:
    recogniser = PocketsphinxRecogniser(RecogniserSettings())
    pid = recogniser.pid
    recogniser.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_who_waits_while_it_is_closed_gets_nothing_and_starts_nothing(question: Pcm) -> None:
    recogniser = PocketsphinxRecogniser(RecogniserSettings())
    recogniser.begin(PREROLL)
    recogniser.feed(question, question)
    answers: list[Recognition] = []
    waiting = threading.Thread(target=lambda: answers.append(recogniser.finish()))
    waiting.start()
    pid = recogniser.pid
    recogniser.close()
    waiting.join(10)
    assert answers == [Recognition()]
    assert recogniser.pid == pid


def test_the_process_dies_with_its_parent() -> None:
    script = (
        "import os, signal\n"
        "from visavis_agent.hearing.pocketsphinx_process import PocketsphinxRecogniser\n"
        "from visavis_agent.hearing.recogniser import RecogniserSettings\n"
        "print(PocketsphinxRecogniser(RecogniserSettings()).pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    pid = int(done.stdout)
    for _ in range(400):  # it sees that its input has ended once its models are loaded
        if not _alive(pid):
            return
        time.sleep(0.05)
    pytest.fail("the recogniser's process outlived its parent")


def _alive(pid: int) -> bool:
    """Whether the process runs; an orphan that nobody has waited for yet does not."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_what_is_said_while_it_loads_is_understood(question: Pcm) -> None:
    recogniser = PocketsphinxRecogniser(RecogniserSettings(grammar_phrases=PHRASES[:1]))
    try:
        assert understand(recogniser, question).hypotheses[0].text == "where is the dinosaur exhibition"
    finally:
        recogniser.close()


def test_a_process_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pocketsphinx_process, "_WORKER", "visavis_agent.hearing.no_such_worker")
    recogniser = PocketsphinxRecogniser(RecogniserSettings())
    try:
        with pytest.raises(EngineError, match="does not start: it has ended"):
            recogniser.prepare()
    finally:
        recogniser.close()


def test_other_languages_are_refused() -> None:
    with pytest.raises(EngineError, match="understands English, not 'de'"):
        PocketsphinxRecogniser(RecogniserSettings(locale="de"))
    PocketsphinxRecogniser(RecogniserSettings(locale="en-GB")).close()


def test_a_question_that_breaks_off_with_um_is_read_with_it() -> None:
    question = halting_question("Is there any temporary show at the moment?", Halt(1.0, 2.0, um=True), seed=1)
    windows = np.abs(question.pcm[: len(question.pcm) // 1600 * 1600].reshape(-1, 1600)).max(axis=1)
    begin = round(question.start_ns * MICROPHONE_RATE / 1e9) // 1600
    silent = next(k for k in range(begin + 6, len(windows)) if windows[k : k + 3].max() < 100)
    dictation = Dictation(8, [], {})
    dictation.feed(question.pcm[(begin - 2) * 1600 : (silent + 1) * 1600].astype("<i2").tobytes())
    assert dictation.finish()["dictation"][0][0].endswith(" um")


@pytest.mark.parametrize("voice", ["kal", "rms", "slt"])
def test_stop_is_known_from_a_quick_reading_over_the_agent(recogniser: PocketsphinxRecogniser, voice: str) -> None:
    said = asked("Stop.", 0, voice)
    pcm = np.concatenate([noise(PREROLL / 16_000, 0.0005), said.pcm[said.first : said.end], noise(0.1, 0.0005)])
    recogniser.begin(PREROLL, early=True)
    recogniser.feed(pcm, pcm)
    assert [reading.text for reading in recogniser.partial().hypotheses] == ["stop"]
    assert "stop" in [reading.text for reading in recogniser.finish().hypotheses[:2]]
