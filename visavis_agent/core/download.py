"""One file from an HTTP server: resumed where it broke off, checked, and in place only when it is whole.

While it comes it lies beside its place as NAME.part, with NAME.part.json saying what it is a part of, so that a later
call goes on (RFC 9110, range requests with If-Range). Proxies are those of the environment (http_proxy, https_proxy,
no_proxy).
"""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import re
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from visavis_agent.core.errors import ConfigurationError, EngineError, FormatError
from visavis_agent.core.inference import file_sha256

Progress = Callable[[int, int | None], None]
"""Takes bytes that are there, and bytes in all where that is known."""

_BLOCK = 1 << 16
_SILENCE_S = 30.0
_TRIES = 4
_PAUSE_S = 0.5
_SPARE = 16_000_000
"""Bytes that a disk keeps free."""


class _BrokenOffError(Exception):
    """The transfer ended early; it may go on in another try."""


def download(url: str, target: Path, sha256: str = "", progress: Progress = lambda done, total: None) -> str:
    """Fetch `url` to `target`, whose folder is made, and return its SHA-256.

    Args:
        sha256: what it must be, hexadecimal; empty: not known.

    Raises:
        ConfigurationError: the address is none of http or https.
        EngineError: the server cannot be reached, refuses or keeps breaking off; or the disk takes no more.
        FormatError: the file is another than `sha256` says; nothing is kept.
    """
    if not url.lower().startswith(("http://", "https://")):
        raise ConfigurationError("is no address that can be fetched", url, "Give one of http or https")
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("ab") as file:
            _alone(file, part)
            _receive_whole(url, file, part, progress)
        digest = file_sha256(part)
        if sha256 and digest != sha256.lower():
            _forget(part)
            problem = f"is not the file that was expected: its SHA-256 is {digest} instead of {sha256}"
            raise FormatError(problem, url, "Do not use it; see whether the manifest is of today")
        part.replace(target)
        _forget(part)
    except OSError as error:
        remedy = "Make room or choose another folder; what is there is kept and goes on"
        raise EngineError(f"cannot be written ({error.strerror or error})", str(part), remedy) from None
    return digest


def _alone(file: BinaryIO, part: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise EngineError("is being fetched by somebody else", str(part), "Wait for that one") from None


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


def _note(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _receive_whole(url: str, file: BinaryIO, part: Path, progress: Progress) -> None:
    """Try until the file is whole; a try that brought something does not count."""
    left = _TRIES
    while True:
        before = file.tell()
        try:
            _receive(url, file, part, progress)
            file.flush()
            os.fsync(file.fileno())
            return
        except _BrokenOffError as error:
            left = left - 1 if file.tell() <= before else _TRIES - 1
            if not left:
                file.flush()
                remedy = "Look at the network and the proxy; the next call goes on where this one ended"
                raise EngineError(f"cannot be fetched: {error}", url, remedy) from None
            time.sleep(_PAUSE_S * (_TRIES - left))


def _receive(url: str, file: BinaryIO, part: Path, progress: Progress) -> None:
    mark = _mark_of(part, url) if file.tell() else ""
    headers = {"Accept-Encoding": "identity", "User-Agent": "visavis"}
    if mark:
        headers |= {"Range": f"bytes={file.tell()}-", "If-Range": mark}
    try:
        with _opener().open(urllib.request.Request(url, headers=headers), timeout=_SILENCE_S) as answer:  # noqa: S310
            total = _begin(answer, url, file, part)
            progress(file.tell(), total)
            while block := _read(answer):
                file.write(block)
                progress(file.tell(), total)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # what is there is no part of what the server has
            _restart(file, part)
            raise _BrokenOffError("the server's file has changed") from None
        if error.code >= 500 or error.code == 429:
            raise _BrokenOffError(f"the server answers {error.code}") from None
        problem = f"the server answers {error.code} {error.reason}".strip()
        raise EngineError(problem, url, "See whether the address is right, and whether it wants an account") from None
    except ValueError as error:
        raise ConfigurationError(f"is no address that can be fetched ({error})", url, "Mend it") from None
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError) as error:
        raise _BrokenOffError(str(getattr(error, "reason", error)) or type(error).__name__) from None
    if total is not None and file.tell() != total:
        raise _BrokenOffError(f"it breaks off after {file.tell()} of {total} bytes")


def _read(answer: Any) -> bytes:
    try:
        block: bytes = answer.read(_BLOCK)
    except (http.client.HTTPException, OSError) as error:
        raise _BrokenOffError(str(error) or type(error).__name__) from None
    return block


def _begin(answer: Any, url: str, file: BinaryIO, part: Path) -> int | None:
    """Go on or start over, as the server answers; the bytes in all, if it says."""
    length = answer.headers.get("Content-Length", "")
    coming = int(length) if length.isascii() and length.isdigit() else None
    if answer.status == 206:
        span = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
        if span is None or int(span[1]) != file.tell():
            _restart(file, part)
            raise _BrokenOffError("the server goes on at another place")
    else:
        _restart(file, part)
        _note(part).write_text(json.dumps({"url": url, "mark": _mark(answer.headers)}), encoding="utf-8")
    if coming is None:
        return None
    free = shutil.disk_usage(part.parent).free
    if free < coming + _SPARE:
        problem = f"{coming / 1e6:.0f} MB more are needed and {free / 1e6:.0f} MB are free"
        raise EngineError(problem, str(part.parent), "Make room")
    return file.tell() + coming


def _restart(file: BinaryIO, part: Path) -> None:
    _note(part).unlink(missing_ok=True)
    file.seek(0)
    file.truncate()


def _mark(headers: Any) -> str:
    """What tells this version of the file from another: a strong entity tag, or its date."""
    tag = headers.get("ETag", "")
    return str(tag if tag.startswith('"') else headers.get("Last-Modified", ""))


def _mark_of(part: Path, url: str) -> str:
    """The mark of what `part` is a part of; empty: not known, so that it cannot go on."""
    try:
        noted = json.loads(_note(part).read_text(encoding="utf-8"))
        return str(noted["mark"]) if noted["url"] == url else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirections, but never from https to http."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if req.full_url.startswith("https:") and not newurl.startswith("https:"):
            raise EngineError("the server leads to an address without encryption", newurl, "Tell who runs it")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_SafeRedirects)
