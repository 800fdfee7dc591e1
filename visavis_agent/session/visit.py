"""What a visitor does in an offline session: speaks from a file, shows a film, types; and when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from visavis_agent.core.clock import MS, SECOND, sample_time, seconds
from visavis_agent.core.errors import InputError
from visavis_agent.core.records import (
    MAXIMUM_TEXT,
    MICROPHONE_RATE,
    CameraImage,
    MicrophoneAudio,
    Phase,
    Record,
    TextInput,
    TextSource,
    TurnState,
)
from visavis_agent.hearing.media import BLOCK, AudioFile
from visavis_agent.perception.media import VideoFile
from visavis_agent.session.loop import Session

_BEGIN = 500 * MS
_CHECK = 100 * MS
# Longer than the silence that a hesitating speaker gets before the turn is taken.
_CALM = 1500 * MS
_LONGEST_REPLY = 300 * SECOND


@dataclass(frozen=True)
class Script:
    """The visitor's part.

    Attributes:
        audio: sound or film file with the visitor's voice.
        video: film of the visitor.
        texts: typed one after the other, each when the agent has finished; after the sound.
        limit_s: so much of sound and film is used.
    """

    audio: Path | None = None
    video: Path | None = None
    texts: tuple[str, ...] = ()
    limit_s: float = 600.0

    @property
    def inputs(self) -> tuple[type[Record], ...]:
        """The record types that it sends."""
        given = ((MicrophoneAudio, self.audio), (CameraImage, self.video), (TextInput, self.texts))
        return tuple(kind for kind, source in given if source)


class Visit:
    """Plays a script into a session.

    Attributes:
        notes: what a person should know about the input (damage, cuts), in words.
        end_ns: media time of the end; None while it goes on.

    Raises:
        InputError, FormatError: a file or a text cannot be used.
    """

    def __init__(self, script: Script) -> None:
        if not script.inputs:
            raise InputError("there is nothing to converse about", "", "Give --audio, --text or --video")
        for text in script.texts:
            if len(text) > MAXIMUM_TEXT:
                raise InputError(f"a text of {len(text)} characters", "--text", f"Give at most {MAXIMUM_TEXT}")
        self.notes: list[str] = []
        self.end_ns: int | None = None
        self._script = script
        self._texts = list(script.texts)
        self._limit_ns = round(script.limit_s * SECOND)
        self._playing = 0
        self._over_ns = 0
        self._last_ns = 0
        self._agent_calm = True
        self._typed = False
        self._audio = AudioFile(script.audio) if script.audio else None
        try:
            self._video = VideoFile(script.video) if script.video else None
        except BaseException:
            self.close()
            raise

    def begin(self, session: Session) -> None:
        """Schedule everything."""
        self._session = session
        if self._audio is not None:
            self._play(self._microphone(self._audio))
        if self._video is not None:
            self._play(self._camera(self._video))
        session.outside(_BEGIN, self._check)

    def watch(self, record: Record, at_ns: int) -> None:
        """A tap: follows the conversation."""
        if isinstance(record, TurnState):
            self._agent_calm = record.phase in (Phase.IDLE, Phase.LISTENING) and not record.user_speaking
            self._last_ns = at_ns

    def close(self) -> None:
        """Let go of the files."""
        for source in (self._audio, getattr(self, "_video", None)):
            if source is not None:
                source.close()

    # ------------------------------------------------------------------------------------------------------ sources
    def _play(self, records: Iterator[tuple[int, Record]]) -> None:
        """Send records one after the other, each at its time."""

        def send(record: Record) -> None:
            self._session.send(record)
            step()

        def step() -> None:
            with suppress(StopIteration):
                at_ns, record = next(records)
                self._session.outside(at_ns, lambda: send(record))

        step()

    def _microphone(self, file: AudioFile) -> Iterator[tuple[int, Record]]:
        """The file's blocks, each when its last sample has been heard; then silence for as long as it takes."""
        self._playing += 1
        end_ns = 0
        while (block := file.read()) is not None and end_ns < self._limit_ns:
            end_ns = block.media_ns + sample_time(len(block.pcm), block.sample_rate)
            yield end_ns, block
        self._ended(file.problem, end_ns, cut=block is not None)
        silence = np.zeros(BLOCK, np.int16)
        start_ns, number = end_ns, 0
        while True:
            media_ns = start_ns + sample_time(number * BLOCK, MICROPHONE_RATE)
            number += 1
            end_ns = start_ns + sample_time(number * BLOCK, MICROPHONE_RATE)
            yield end_ns, MicrophoneAudio(media_ns=media_ns, pcm=silence)

    def _camera(self, file: VideoFile) -> Iterator[tuple[int, Record]]:
        self._playing += 1
        at_ns = 0
        while (image := file.read()) is not None and at_ns < self._limit_ns:
            at_ns = max(at_ns, image.media_ns)
            yield at_ns, image
        self._ended(file.problem, at_ns, cut=image is not None)

    def _ended(self, problem: str, at_ns: int, cut: bool) -> None:
        self._playing -= 1
        self._over_ns = max(self._over_ns, at_ns)
        if problem:
            self.notes.append(problem)
        if cut:
            self.notes.append(f"only the first {seconds(at_ns):.0f} s of the recording were used (--limit)")

    # ---------------------------------------------------------------------------------------------------------- end
    def _check(self) -> None:
        """Type the next text or end, once the agent is calm."""
        now = self._session.now
        if self._calm(now) and self._texts:
            self._typed = True
            self._session.send(TextInput(media_ns=now, text=self._texts.pop(0), source=TextSource.TYPED))
        elif self._calm(now) and now - max(self._last_ns, self._over_ns) >= _CALM:
            self.end_ns = now
            return
        elif not self._playing and now - max(self._over_ns, self._last_ns) > _LONGEST_REPLY:
            self.notes.append("the agent did not come to an end; the session was cut")
            self.end_ns = now
            return
        self._session.outside(now + _CHECK, self._check)

    def _calm(self, now: int) -> bool:
        """Nothing is played, said or thought about; a sentence that was broken off will not be gone on with."""
        if self._playing or not self._agent_calm:
            return False
        first = not self._typed and self._script.audio is None
        return first or now - max(self._last_ns, self._over_ns) >= _CALM
