"""A voice server on loopback with an embedded voice behind it, and the ways in which servers fail."""

from __future__ import annotations

import io
import json
import threading
import time
import wave
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from visavis_agent.speech.text import normalise
from visavis_agent.speech.voices import Clause, Pcm, Speech, Voice


def wav(pcm: Pcm, rate: int, streamed: bool = False) -> bytes:
    """A WAV file; streamed: with the length that is written while it is not known."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(pcm.tobytes())
    data = bytearray(file.getvalue())
    if streamed:
        data[40:44] = b"\xff\xff\xff\xff"
    return bytes(data)


class VoiceServerStandIn(ThreadingHTTPServer):
    """Speaks with `voice`. `mode` is how: well, streamed, pcm, broken, stalled, slow, drip; or (status, body)."""

    daemon_threads = True

    def __init__(self, voice: Voice) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.voice = voice
        self.mode: str | tuple[int, bytes] = "well"
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.spoken: list[Speech] = []
        self.hung_up = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> VoiceServerStandIn:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: VoiceServerStandIn
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append({"path": self.path, **asked})
        self.server.keys.append(self.headers.get("Authorization", ""))
        mode = self.server.mode
        if isinstance(mode, tuple):
            self._whole(*mode)
            return
        speech = self.server.voice.synthesise(Clause(normalise(asked["input"]).tokens))
        self.server.spoken.append(speech)
        data = speech.pcm.tobytes() if mode == "pcm" else wav(speech.pcm, speech.sample_rate, mode != "well")
        try:
            if mode in ("well", "pcm"):
                self._whole(200, data)
            else:
                self._in_pieces(data, mode)
        except OSError:
            self.server.hung_up.set()
        self.close_connection = mode != "well"

    def _whole(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _in_pieces(self, data: bytes, mode: str) -> None:
        if mode == "slow":
            self._until_hung_up()
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        size = 2048 if mode == "drip" else 8192
        for start in range(0, len(data), size):
            if start > len(data) // 2 and mode == "broken":
                return
            if start > len(data) // 2 and mode == "stalled":
                self._until_hung_up()
            piece = data[start : start + size]
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            self.wfile.flush()
            time.sleep(0.15 if mode == "drip" else 0.0)
        self.wfile.write(b"0\r\n\r\n")

    def _until_hung_up(self) -> None:
        self.connection.settimeout(10.0)
        if self.rfile.read(1) == b"":
            raise ConnectionResetError

    def log_message(self, *_: object) -> None: ...
