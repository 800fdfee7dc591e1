"""Downloads from a server on loopback that breaks off, changes its mind, lies and refuses."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from visavis_agent.core import download as module
from visavis_agent.core.download import download
from visavis_agent.core.errors import ConfigurationError, EngineError, FormatError

DATA = bytes(range(256)) * 2000
SHA256 = hashlib.sha256(DATA).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves `data`; breaks off after `breaks` bytes of each answer."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.data, self.tag, self.breaks = DATA, '"1"', 0
        self.status, self.ranges, self.length, self.place = 200, True, True, ""
        self.asked: list[tuple[str, str]] = []
        self.broken = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/model.onnx"


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server, wanted = self.server, self.headers.get("Range", "")
        server.asked.append((self.path, wanted))
        if server.status != 200:
            self.send_response(server.status)
            self.send_header("Location", server.place)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = int(wanted[6:-1]) if wanted and server.ranges and self.headers.get("If-Range") == server.tag else 0
        if start >= len(server.data):
            self.send_response(416)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        data = server.data[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(server.data) - 1}/{len(server.data)}")
        if server.tag:
            self.send_header("ETag", server.tag)
        if server.length:
            self.send_header("Content-Length", str(len(data)))
        else:
            self.send_header("Connection", "close")
        self.end_headers()
        if server.breaks and start + server.breaks < len(server.data):
            data, server.broken = data[: server.breaks], server.broken + 1
            self.close_connection = True
        self.wfile.write(data)
        self.close_connection |= not server.length

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(module, "_PAUSE_S", 0.0)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_comes_whole_with_its_progress(server: Server, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    target = tmp_path / "deep" / "model.onnx"
    assert download(server.url, target, SHA256.upper(), lambda done, total: seen.append((done, total))) == SHA256
    assert target.read_bytes() == DATA and left(target.parent) == ["model.onnx"]
    assert seen[0] == (0, len(DATA)) and seen[-1] == (len(DATA), len(DATA))


def test_it_goes_on_where_the_server_broke_off(server: Server, tmp_path: Path) -> None:
    server.breaks = 100_000
    assert download(server.url, tmp_path / "model.onnx") == SHA256
    assert server.broken == 5
    assert [wanted for _, wanted in server.asked] == ["", *(f"bytes={n * 100_000}-" for n in range(1, 6))]


def test_a_later_call_goes_on_where_the_one_before_gave_up(server: Server, tmp_path: Path) -> None:
    part, note = tmp_path / "model.onnx.part", tmp_path / "model.onnx.part.json"
    part.write_bytes(DATA[:70_000])
    note.write_text(json.dumps({"url": server.url, "mark": '"1"'}))
    assert download(server.url, tmp_path / "model.onnx") == SHA256
    assert server.asked == [("/model.onnx", "bytes=70000-")] and left(tmp_path) == ["model.onnx"]


@pytest.mark.parametrize(
    "noted", [{"mark": '"old"'}, {"mark": ""}, {"url": "http://elsewhere/"}, {"mark": 5}, {}], ids=str
)
def test_a_part_of_something_else_is_thrown_away(server: Server, tmp_path: Path, noted: dict[str, object]) -> None:
    (tmp_path / "model.onnx.part").write_bytes(b"other" * 1000)
    note = json.dumps({"url": server.url, "mark": '"1"'} | noted) if noted else "["
    (tmp_path / "model.onnx.part.json").write_text(note)
    server.tag = '"2"'
    assert download(server.url, tmp_path / "model.onnx") == SHA256


def test_a_part_longer_than_the_file_starts_over(server: Server, tmp_path: Path) -> None:
    (tmp_path / "model.onnx.part").write_bytes(DATA + b"more")
    (tmp_path / "model.onnx.part.json").write_text(json.dumps({"url": server.url, "mark": '"1"'}))
    assert download(server.url, tmp_path / "model.onnx") == SHA256


def test_servers_without_ranges_tags_or_lengths_serve_as_well(server: Server, tmp_path: Path) -> None:
    server.ranges, server.tag, server.length = False, "", False
    assert download(server.url, tmp_path / "model.onnx") == SHA256


def test_a_server_that_never_gets_further_is_given_up_and_the_part_kept(server: Server, tmp_path: Path) -> None:
    server.ranges, server.breaks = False, 50_000
    with pytest.raises(EngineError, match=r"breaks off after 50000 of 512000 bytes.*goes on where this one ended"):
        download(server.url, tmp_path / "model.onnx")
    assert server.broken <= 8 and left(tmp_path) == ["model.onnx.part", "model.onnx.part.json"]


def test_another_file_than_expected_is_not_kept(server: Server, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=f"{SHA256} instead of {'0' * 64}"):
        download(server.url, tmp_path / "model.onnx", "0" * 64)
    assert left(tmp_path) == []


@pytest.mark.parametrize(("status", "asked"), [(404, 1), (401, 1), (410, 1), (503, 4), (429, 4)])
def test_a_refusal_is_told_and_only_what_may_pass_is_tried_again(
    server: Server, tmp_path: Path, status: int, asked: int
) -> None:
    server.status = status
    with pytest.raises(EngineError, match=f"answers {status}"):
        download(server.url, tmp_path / "model.onnx")
    assert len(server.asked) == asked


def test_nobody_there_is_told(server: Server, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"cannot be fetched: .*refused"):
        download("http://127.0.0.1:9/model.onnx", tmp_path / "model.onnx")


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://host/a", "model.onnx", "", "http://[::1/x", "http://h:x/"]
)
def test_only_http_is_fetched(server: Server, url: str, tmp_path: Path) -> None:
    with pytest.raises((ConfigurationError, EngineError)):
        download(url, tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()


def test_redirections_are_followed_to_http_only(server: Server, tmp_path: Path) -> None:
    server.status, server.place = 302, "file:///etc/hostname"
    with pytest.raises(EngineError):
        download(server.url, tmp_path / "model.onnx")
    redirects = module._SafeRedirects()
    request = module.urllib.request.Request("https://host/a")
    with pytest.raises(EngineError, match="without encryption"):
        redirects.redirect_request(request, None, 302, "", "", "http://host/a")


def test_a_proxy_of_the_environment_is_used(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", server.url.rsplit("/", 1)[0])
    assert download("http://models.invalid/model.onnx", tmp_path / "model.onnx") == SHA256
    assert server.asked == [("http://models.invalid/model.onnx", "")]


def test_too_small_a_disk_is_told_before_it_is_full(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = module.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: usage._replace(free=100))
    with pytest.raises(EngineError, match="MB more are needed and 0 MB are free"):
        download(server.url, tmp_path / "model.onnx")


def test_a_disk_that_takes_no_more_is_told(server: Server, tmp_path: Path) -> None:
    (tmp_path / "model.onnx.part").symlink_to("/dev/full")
    with pytest.raises(EngineError, match="cannot be written"):
        download(server.url, tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()


def test_a_folder_that_cannot_be_made_is_told(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineError, match="cannot be written"):
        download(server.url, tmp_path / "file" / "model.onnx")


def test_two_do_not_fetch_the_same_at_once(server: Server, tmp_path: Path) -> None:
    with (tmp_path / "model.onnx.part").open("ab") as other:
        module.fcntl.flock(other, module.fcntl.LOCK_EX)
        with pytest.raises(EngineError, match="by somebody else"):
            download(server.url, tmp_path / "model.onnx")
