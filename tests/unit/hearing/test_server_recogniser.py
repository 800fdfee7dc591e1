"""A recognition server on loopback: what it is sent, what becomes of its answers, and who steps in when it fails."""

from __future__ import annotations

import io
import json
import threading
import time
import wave
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from visavis_agent.core.errors import EngineError
from visavis_agent.hearing.recogniser import RECOGNISERS, RecogniserSettings
from visavis_agent.hearing.server_recogniser import ServerRecogniser
from visavis_agent.hearing.server_settings import ServerSettings

SOUND = (np.sin(np.arange(16_000) / 20) * 3000).astype(np.int16)


class Server(ThreadingHTTPServer):
    """Answers with `status` and `body` after `delay_s`; keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.body, self.delay_s = 200, json.dumps({"text": " Wo ist\nder Ausgang? "}).encode(), 0.0
        self.asked: list[tuple[str, dict[str, bytes], str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        parts = message_from_bytes(head + data, policy=HTTP).iter_parts()  # type: ignore[attr-defined]
        fields = {part.get_param("name", header="content-disposition"): part.get_payload(decode=True) for part in parts}
        self.server.asked.append((self.path, fields, self.headers.get("Authorization", "")))
        time.sleep(self.server.delay_s)
        self.send_response(self.server.status)
        self.end_headers()
        half = len(self.server.body) // 2
        self.wfile.write(self.server.body[:half])
        self.wfile.flush()
        time.sleep(0.02)
        self.wfile.write(self.server.body[half:])

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def recogniser(server: Server, locale: str = "de", **settings: object) -> ServerRecogniser:
    asked = ServerSettings(url=server.url, **settings)  # type: ignore[arg-type]
    made = RECOGNISERS.load("server")(RecogniserSettings(locale=locale, server=asked))
    assert isinstance(made, ServerRecogniser)
    return made


def hear(ears: ServerRecogniser, sound: np.ndarray = SOUND) -> None:
    ears.begin()
    ears.feed(sound, np.zeros_like(sound))  # it is sent what was recorded


def test_the_server_gets_the_sound_and_its_text_is_the_reading(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPEECH_KEY", "secret")
    ears = recogniser(server, "de-AT", model="small", key_variable="SPEECH_KEY")
    hear(ears)
    assert [h.text for h in ears.finish().hypotheses] == ["Wo ist der Ausgang?"]
    ((path, fields, key),) = server.asked
    assert path == "/v1/audio/transcriptions" and key == "Bearer secret"
    assert fields["model"] == b"small" and fields["language"] == b"de" and fields["response_format"] == b"json"
    with wave.open(io.BytesIO(fields["file"])) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        assert np.array_equal(np.frombuffer(file.readframes(20_000), "<i2"), SOUND)
    ears.close()


def test_what_was_read_at_the_pause_is_not_asked_for_again_at_the_end(server: Server) -> None:
    ears = recogniser(server)
    hear(ears)
    assert ears.settle() == ears.finish() and len(server.asked) == 1
    hear(ears)
    ears.settle()
    ears.feed(SOUND, SOUND)
    ears.finish()
    assert len(server.asked) == 3, "he went on after the pause"
    ears.close()


def test_other_languages_are_told_that_nothing_stands_beside_the_server(server: Server) -> None:
    ears = recogniser(server)
    (note,) = ears.prepare()
    assert "English" in note
    hear(ears)
    assert not ears.partial().hypotheses
    ears.close()


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (500, b"out of memory", "answers 500: out of memory"),
        (200, b"<html>", "without a text"),
        (200, b'{"text": 5}', "without a text"),
        (200, b"[]", "without a text"),
        (200, b"\xff\xfe", "without a text"),
        (302, b"", "answers 302"),
    ],
)
def test_a_server_that_answers_rubbish_costs_one_try_in_four_utterances(
    server: Server, status: int, body: bytes, problem: str
) -> None:
    server.status, server.body = status, body
    ears = recogniser(server)
    problems = []
    for _ in range(5):
        hear(ears)
        problems.append(ears.finish().problem)
    assert problem in problems[0] and "nothing is understood" in problems[0]
    assert problems[1:4] == ["", "", ""] and problem in problems[4]
    ears.close()


def test_a_server_that_is_slow_or_gone_is_not_waited_for(server: Server) -> None:
    server.delay_s = 5.0
    ears = recogniser(server, timeout_s=0.2)
    hear(ears)
    assert "no answer within 0.2 s" in ears.finish().problem
    ears.close()
    gone = RecogniserSettings(locale="de", server=ServerSettings(url="http://127.0.0.1:9"))
    ears = ServerRecogniser(gone)
    hear(ears)
    assert "the recognition server fails" in ears.finish().problem
    ears.close()


def test_the_embedded_recogniser_steps_in(server: Server) -> None:
    server.status = 503
    ears = recogniser(server, "en")
    assert ears.prepare() == ()
    hear(ears)
    assert "the embedded recogniser goes on" in ears.finish().problem
    hear(ears)
    assert ears.finish().problem == ""
    ears.close()


def test_an_embedded_recogniser_that_does_not_start_leaves_the_server(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visavis_agent.hearing.pocketsphinx_process._WORKER", "no_such_module")
    ears = recogniser(server, "en")
    (note,) = ears.prepare()
    assert "none without the lead" in note
    hear(ears)
    assert [h.text for h in ears.finish().hypotheses] == ["Wo ist der Ausgang?"]
    ears.close()


def test_it_can_be_closed_while_the_server_is_asked(server: Server) -> None:
    server.delay_s = 5.0
    ears = recogniser(server, timeout_s=10.0)
    hear(ears)
    begin = time.monotonic()
    asking = threading.Thread(target=ears.finish)
    asking.start()
    while not server.asked:
        time.sleep(0.01)
        assert time.monotonic() - begin < 5.0
    ears.close()
    asking.join(4.0)
    assert not asking.is_alive()


@pytest.mark.parametrize("url", ["", "localhost:8000", "ftp://host/", "http://", "//host"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(EngineError, match="no address of a recognition server"):
        ServerRecogniser(RecogniserSettings(server=ServerSettings(url=url)))


def test_a_key_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    settings = ServerSettings(url="http://127.0.0.1:9", key_variable="NO_SUCH_KEY")
    with pytest.raises(EngineError, match="NO_SUCH_KEY is not set"):
        ServerRecogniser(RecogniserSettings(server=settings))
