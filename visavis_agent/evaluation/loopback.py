"""A sound card without hardware: a PulseAudio server of its own, with a loudspeaker and a microphone to play into.

`speaker` is the agent's loudspeaker: what is played to it is recorded from `speaker.monitor`. `room` is the air in
front of the microphone: what is played to it comes out of the source `microphone`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import SECOND, sample_time
from visavis_agent.core.errors import DeviceError
from visavis_agent.evaluation.ending import end_with_parent

RATE = 48_000
SPEAKER = "speaker"
ROOM = "room"
MICROPHONE = "microphone"

_LIFETIME_S = 3600
_START_S = 10.0
_PATIENCE_S = 5.0
_BUFFER_MS = 500  # of what is played: a busy machine tears no hole into it; when it sounds is seen in a recording
_COMMANDS = ("pulseaudio", "pactl", "parec", "paplay")
_REMEDY = "Install the packages pulseaudio, pulseaudio-utils and libasound2-plugins"
_ALSA = "pcm.!default { type pulse }\nctl.!default { type pulse }\npcm.pulse { type pulse }\nctl.pulse { type pulse }\n"


def missing_commands() -> list[str]:
    """What of PulseAudio is not installed."""
    return [command for command in (*_COMMANDS, "timeout") if shutil.which(command) is None]


def has_pulseaudio() -> bool:
    """There can be a Loopback here."""
    return not missing_commands()


class Loopback:
    """A private PulseAudio server; use it with `with`. It ends with the block, and after an hour by itself.

    `environment` makes a process use it: give it to a child, or put it into os.environ before PortAudio is loaded.

    Raises:
        DeviceError: PulseAudio is not installed, or does not start.
    """

    def __init__(self) -> None:
        missing = missing_commands()
        if missing:
            raise DeviceError(f"{missing[0]} is not installed", "", _REMEDY)
        self._folder = Path(tempfile.mkdtemp(prefix="visavis-sound-"))
        self._socket = self._folder / "native"
        self._server: subprocess.Popen[bytes] | None = None
        self._listeners: list[subprocess.Popen[bytes]] = []
        (self._folder / ".asoundrc").write_text(_ALSA)

    @property
    def environment(self) -> dict[str, str]:
        """Variables for processes that are to hear and speak here."""
        return {
            "PULSE_SERVER": f"unix:{self._socket}",
            "PULSE_RUNTIME_PATH": str(self._folder),
            "PULSE_COOKIE": str(self._folder / "cookie"),
            "ALSA_CONFIG_PATH": f"/usr/share/alsa/alsa.conf:{self._folder / '.asoundrc'}",
        }

    @property
    def child_environment(self) -> dict[str, str]:
        """This process's environment with `environment` over it."""
        return {**os.environ, **self.environment}

    def __enter__(self) -> Loopback:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the server, again after `stop`."""
        modules = (
            f"module-native-protocol-unix auth-anonymous=1 socket={self._socket}",
            f"module-null-sink sink_name={SPEAKER} rate={RATE} channels=1",
            f"module-null-sink sink_name={ROOM} rate={RATE} channels=1",
            f"module-remap-source source_name={MICROPHONE} master={ROOM}.monitor remix=no",
        )
        options = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes"]
        options += ["--high-priority=yes", "--realtime=yes"]  # as sound servers have it, where it is allowed
        loads = [word for module in modules for word in ("-L", module)]
        self._server = subprocess.Popen(
            ["timeout", str(_LIFETIME_S), "pulseaudio", *options, *loads],
            env={**self.child_environment, "HOME": str(self._folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )
        self._await_source()
        self._control("set-default-sink", SPEAKER)
        self._control("set-default-source", MICROPHONE)
        self._keep_awake()

    def stop(self) -> None:
        """End the server, as when the sound card is unplugged."""
        server, self._server = self._server, None
        if server is None:
            return
        for listener in self._listeners:
            listener.terminate()
            listener.wait()
        self._listeners.clear()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def play(self, pcm: npt.NDArray[np.int16], rate: int = RATE, sink: str = ROOM) -> None:
        """Play (n,) int16 mono and wait for its end."""
        with tempfile.TemporaryFile() as sound:  # of a pipe at its end, paplay asks again and again without a pause
            sound.write(pcm.astype("<i2").tobytes())
            sound.seek(0)
            done = subprocess.run(
                _playing(rate, sink),
                stdin=sound,
                env=self.child_environment,
                timeout=len(pcm) / rate + 10 * _PATIENCE_S,
                capture_output=True,
            )
        if done.returncode:
            raise DeviceError(f"paplay failed ({done.stderr.decode(errors='replace').strip()})", sink)

    @contextlib.contextmanager
    def playing(self, pcm: npt.NDArray[np.int16], rate: int = RATE, sink: str = ROOM) -> Iterator[None]:
        """Play (n,) int16 mono again and again while the block runs; n is at least a tenth of a second."""
        process = subprocess.Popen(_playing(rate, sink), env=self.child_environment, stdin=subprocess.PIPE)
        feeder = threading.Thread(target=_feed, args=(process, pcm.astype("<i2").tobytes()), daemon=True)
        feeder.start()
        try:
            yield
        finally:
            process.kill()
            process.wait()
            feeder.join()

    @contextlib.contextmanager
    def recording(self, now: Callable[[], int], source: str = f"{SPEAKER}.monitor") -> Iterator[Recording]:
        """Record a source while the block runs; times are those of the clock `now`."""
        process = self._listen(source, subprocess.PIPE)
        recording = Recording(process.stdout, now)  # type: ignore[arg-type]
        try:
            recording.wait()
            yield recording
        finally:
            process.terminate()
            recording.join()
            process.wait()

    def _listen(self, source: str, output: int) -> subprocess.Popen[bytes]:
        command = ["parec", "--raw", f"--device={source}", f"--rate={RATE}", "--channels=1", "--format=s16le"]
        return subprocess.Popen(
            [*command, "--latency-msec=5"],
            env=self.child_environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.DEVNULL,
        )

    def _keep_awake(self) -> None:
        """A null sink to which nobody listens takes two seconds at a time, and loses the beginning of a sound."""
        sources = (f"{SPEAKER}.monitor", MICROPHONE)
        self._listeners = [self._listen(source, subprocess.DEVNULL) for source in sources]
        for source in sources:
            with self.recording(lambda: 0, source):
                pass

    def _await_source(self) -> None:
        waited = threading.Event()
        for _ in range(round(_START_S / 0.1)):
            if self._server is None or self._server.poll() is not None:
                break
            if self._control("get-source-volume", MICROPHONE):
                return
            waited.wait(0.1)
        raise DeviceError("PulseAudio did not start", str(self._folder), _REMEDY)

    def _control(self, *words: str) -> bool:
        done = subprocess.run(["pactl", *words], env=self.child_environment, capture_output=True, timeout=_PATIENCE_S)
        return done.returncode == 0


def _playing(rate: int, sink: str) -> list[str]:
    options = [
        "--raw",
        f"--device={sink}",
        f"--rate={rate}",
        "--channels=1",
        "--format=s16le",
        f"--latency-msec={_BUFFER_MS}",
    ]
    return ["paplay", *options]


def _feed(process: subprocess.Popen[bytes], data: bytes) -> None:
    """Write to a program until it has ended."""
    if process.stdin is None:
        return
    with contextlib.suppress(OSError), process.stdin as pipe:
        while True:
            pipe.write(data)


class Recording:
    """What a source gave, with the time of every sample.

    A piece arrives at the earliest when its last sample was heard; the least delay of all pieces is taken as none.
    """

    def __init__(self, pipe: IO[bytes], now: Callable[[], int]) -> None:
        self._pipe = pipe
        self._now = now
        self._pieces: list[bytes] = []
        self._received = 0
        self._starts: list[int] = []
        self._first = threading.Event()
        self._thread = threading.Thread(target=self._read, name="recording", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Wait for the first sound.

        Raises:
            DeviceError: none came.
        """
        if not self._first.wait(_PATIENCE_S):
            raise DeviceError("no sound comes from the source", "", _REMEDY)

    def join(self) -> None:
        self._thread.join()

    @property
    def pcm(self) -> npt.NDArray[np.int16]:
        """(n,) all samples so far, at RATE."""
        data = b"".join(self._pieces)
        return np.frombuffer(data[: len(data) // 2 * 2], "<i2")

    @property
    def start_ns(self) -> int:
        """Time of the first sample."""
        return min(self._starts)

    def time(self, sample: int) -> int:
        """Time of a sample, ns."""
        return self.start_ns + sample_time(sample, RATE)

    def sample(self, time_ns: int) -> int:
        """The sample that was heard at `time_ns`."""
        return (time_ns - self.start_ns) * RATE // SECOND

    def _read(self) -> None:
        while data := os.read(self._pipe.fileno(), 65536):
            now = self._now()
            self._pieces.append(data)
            self._received += len(data)
            self._starts.append(now - sample_time(self._received // 2, RATE))
            self._first.set()
        self._pipe.close()
