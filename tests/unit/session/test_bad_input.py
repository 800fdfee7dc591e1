"""Texts that nobody can say and servers that fail, through the whole agent: no turn is lost, and the reason is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from tests.unit.speech.conftest import voice_or_skip
from tests.unit.speech.voice_servers import VoiceServerStandIn
from visavis_agent.core.errors import InputError
from visavis_agent.core.records import MAXIMUM_TEXT, SpeechAudio
from visavis_agent.deployment import Deployment
from visavis_agent.evaluation.question import spoken_question
from visavis_agent.session.converse import Outcome, converse
from visavis_agent.session.visit import Script

QUESTION = "How much is a ticket?"
HOSTILE = {
    "japanese": "チケットはいくらですか",
    "arabic": "كم سعر التذكرة؟",
    "georgian": "რა ღირს ბილეთი",
    "emoji": "🙂" * 500,
    "unpronounceable": "xkcd qwrtzpsdfg hjklmnbvcx " * 20,
    "figures": "1" * 300,
    "combining": "a" + "\u0301" * 2000,
    "right to left": "\u202eevoba\u202c",
    "control": "\x00\x07\x1b[31m where",
    "surrogate": "\ud800 where are the toilets",
    "open markup": "<set expression(happy)" * 30,
    "wrong markup": "<set expression(nobody)><gesture fly><break 9999999s></set> hello",
    "long": "where " * (MAXIMUM_TEXT // 6),
}


def agent(**settings: dict[str, object]) -> Deployment:
    return Deployment.read(None, settings, seed=0)


def sound(outcome: Outcome, index: int) -> np.ndarray:
    """What is heard of the reply to a turn."""
    id = outcome.recording.turns[index].id
    entries = (entry.record for entry in outcome.recording.entries)
    pieces = [record.pcm for record in entries if isinstance(record, SpeechAudio) and record.id == id]
    return np.concatenate([np.zeros(1, np.int16), *pieces])


def test_every_text_is_answered_aloud_and_so_is_the_question_after_it() -> None:
    texts = (*HOSTILE.values(), QUESTION)
    outcome = converse(agent(), Script(texts=texts))
    turns = outcome.recording.turns
    assert len(turns) == len(texts)
    for index, name in enumerate([*HOSTILE, "question"]):
        assert turns[index].answer, name
        assert np.abs(sound(outcome, index)).max() > 1000, name
    assert "twelve" in turns[-1].answer.lower()


def test_a_megabyte_of_text_is_refused_with_its_limit() -> None:
    with pytest.raises(InputError, match=f"1000000 characters.*at most {MAXIMUM_TEXT}"):
        converse(agent(), Script(texts=("x" * 1_000_000,)))


@pytest.fixture
def voice_server() -> Iterator[VoiceServerStandIn]:
    with VoiceServerStandIn(voice_or_skip("flite")) as made:
        yield made


@pytest.mark.parametrize(
    ("mode", "problem"),
    [
        ("broken", "breaks off in the middle"),
        ("stalled", "no sound"),
        ("slow", "no sound"),
        ((500, b"out of memory"), "answers 500"),
        ((200, b"<html>no voice here</html>"), "voice server"),
        ((404, b'{"error": "no voice named nobody"}'), "no voice named nobody"),
    ],
    ids=["breaks off", "stalls", "slow", "refuses", "rubbish", "no such voice"],
)
def test_the_embedded_voice_answers_when_the_voice_server_fails(
    voice_server: VoiceServerStandIn, mode: str | tuple[int, bytes], problem: str
) -> None:
    voice_server.mode = mode
    server = {"url": voice_server.url, "voice": "nobody", "timeout_s": 0.3}
    outcome = converse(agent(speech={"engine": "server", "server": server}), Script(texts=(QUESTION,)))
    (turn,) = outcome.recording.turns
    assert "twelve" in turn.answer.lower() and not turn.interrupted
    assert np.abs(sound(outcome, 0)).max() > 1000
    told = " | ".join(outcome.recording.problems)
    assert problem in told and "the embedded voice takes over" in told, told


class EarServer(ThreadingHTTPServer):
    """Answers every request for a transcript with half of `body` before it hangs up."""

    daemon_threads = True

    def __init__(self, body: bytes) -> None:
        super().__init__(("127.0.0.1", 0), EarHandler)
        self.body = body


class EarHandler(BaseHTTPRequestHandler):
    server: EarServer

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body[: len(self.server.body) // 2])

    def log_message(self, *_: object) -> None: ...


def test_the_embedded_recogniser_hears_the_question_when_the_server_breaks_off(tmp_path: Path) -> None:
    voice_or_skip("flite")
    path = tmp_path / "question.wav"
    spoken_question("What can I see here?").save(path)
    with EarServer(json.dumps({"text": "How much is a ticket?"}).encode()) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        ears = {"url": f"http://127.0.0.1:{server.server_address[1]}"}
        deployment = agent(hearing={"recogniser": "server", "recognition": {"server": ears}})
        outcome = converse(deployment, Script(audio=path))
        server.shutdown()
        thread.join()
    (turn,) = outcome.recording.turns
    assert turn.question == "what can i see here" and "dinosaur" in turn.answer.lower()
    assert any("the embedded recogniser goes on" in problem for problem in outcome.recording.problems)
