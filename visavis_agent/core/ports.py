"""Ports: where sound and pictures enter and leave. Device, page, file, topic and null implement them."""

from __future__ import annotations

from typing import Protocol

from visavis_agent.core.records import CameraImage, MicrophoneAudio, PlaybackStatus, SpeechAudio, VideoFrame


class AudioSource(Protocol):
    """A microphone, a file, a topic."""

    def read(self) -> MicrophoneAudio | None:
        """The next block, or None when there is none yet (live) or no more (file)."""
        ...

    def close(self) -> None: ...


class AudioSink(Protocol):
    """The one loudspeaker (real or virtual) of an agent."""

    def write(self, audio: SpeechAudio) -> bool:
        """Queue a piece; False when the sink is full or plays another reply: offer the piece again later."""
        ...

    def hold(self) -> None:
        """Fade out within 20 ms and freeze."""
        ...

    def resume(self) -> None:
        """Go on at the last word boundary before the hold."""
        ...

    def flush(self) -> None:
        """Drop everything queued, fading out within 20 ms if it is audible."""
        ...

    def status(self) -> PlaybackStatus:
        """Which sample leaves the loudspeaker when; before the first one, `media_ns` lies in the future."""
        ...


class FrameSource(Protocol):
    """A camera, a film, a topic."""

    def read(self) -> CameraImage | None:
        """The newest picture not read yet, or None."""
        ...

    def close(self) -> None: ...


class FrameSink(Protocol):
    """A window, a page, a film."""

    def show(self, frame: VideoFrame) -> None:
        """Take a frame that is due at its media time."""
        ...

    def close(self) -> None: ...
