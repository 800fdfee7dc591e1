"""A clapperboard for the whole agent: it speaks clicks, and the picture of each click's instant carries a white band.

Both go the way of every voice and every picture: clauses of the dialogue are voiced as clicks by the speech stage,
played by the sink; motion times each picture, rendering draws it, and where a click falls into it, by the clock of the
mouth, a band is painted white. `CLAPPERBOARD` is the table of such an agent; `visavis bench sync` runs it.
"""

from __future__ import annotations

import threading
import zlib
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from visavis_agent.core.cancellation import Cancellation
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.emotion import Emotion
from visavis_agent.core.graph import Graph, StageSpec
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.phones import SILENCE
from visavis_agent.core.records import (
    BodyMotion,
    FaceMotion,
    Lane,
    Phase,
    PhoneMark,
    PlaybackStatus,
    Record,
    SpeechAudio,
    TextInput,
    TurnState,
    WordMark,
)
from visavis_agent.core.settings import setting
from visavis_agent.core.stage import Handle, Host, Stage
from visavis_agent.graph import GRAPH
from visavis_agent.motion.speech_track import SpeechTrack
from visavis_agent.rendering.engines import Picture, RenderingEngine
from visavis_agent.rendering.renderer import FULL
from visavis_agent.rendering.settings import RenderingSettings
from visavis_agent.rendering.stage import RenderingStage
from visavis_agent.speech.bank import SILENT_RATE, Said, VoiceBank
from visavis_agent.speech.stage import SpeechSettings, SpeechStage
from visavis_agent.speech.voices import Speech

CLAPPERBOARD_PATH = "visavis_agent.evaluation.clapper:CLAPPERBOARD"
LEAST_SPACING_NS = 600 * MS
"""Between clicks of a clause: further than any offset that is looked for."""
BAND = (0.4, 0.6)
"""The band's upper and lower edge, as shares of the picture's height."""

_CLICK = "click"
_CLICK_S, _TONE_HZ, _AMPLITUDE = 0.006, 2000.0, 20_000
_FIRST_S, _CLAUSE_S = (0.2, 0.5), 2.1
_SPREAD_S = 0.3
_KNOWN_REPLIES = 4
_LATE_PERIODS = 2


def clicks(text: str) -> Speech:
    """A clause as clicks at irregular times, which its text decides; each is marked as a word."""
    rng = np.random.default_rng(zlib.crc32(text.encode()))
    pcm = np.zeros(round(_CLAUSE_S * SILENT_RATE), np.int16)
    count = round(_CLICK_S * SILENT_RATE)
    tone = np.sin(2 * np.pi * _TONE_HZ * np.arange(count) / SILENT_RATE) * np.hanning(count)
    words = []
    at_s = rng.uniform(*_FIRST_S)
    while at_s + _CLICK_S < _CLAUSE_S - 0.1:
        start = round(at_s * SILENT_RATE)
        pcm[start : start + count] = np.round(_AMPLITUDE * tone)
        words.append(WordMark(_CLICK, start, start + count))
        at_s += LEAST_SPACING_NS / SECOND + rng.uniform(0.0, _SPREAD_S)
    return Speech(pcm, SILENT_RATE, (PhoneMark(SILENCE, 0, len(pcm)),), tuple(words))


class ClickBank(VoiceBank):
    """Says everything in clicks."""

    def __init__(self) -> None:
        super().__init__("auto", {})

    def open(self, locale: str) -> tuple[str, ...]:
        return ()

    def say(
        self,
        text: str,
        locale: str,
        emotion: Emotion,
        reply: ReplyId | None = None,
        cancellation: Cancellation | None = None,
    ) -> Said:
        return Said(clicks(text), "")


class ClappingSpeech(SpeechStage):
    """The speech stage with clicks for a voice."""

    def __init__(self, settings: SpeechSettings, host: Host) -> None:
        super().__init__(settings, host)
        self._bank.close()
        self._bank = ClickBank()


class Clapper:
    """Knows when clicks are heard, by the clock that the mouth has, too; asked from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._track = SpeechTrack()
        self._clicks: OrderedDict[tuple[ReplyId, Lane], list[float]] = OrderedDict()
        self._key = (ReplyId(), Lane.REPLY)

    def sound(self, piece: SpeechAudio) -> None:
        """A piece of a reply: its clicks are still to be shown."""
        middles = [(word.start + word.end) / 2 / piece.sample_rate for word in piece.words if word.text == _CLICK]
        with self._lock:
            self._track.on_audio(piece)
            self._clicks.setdefault((piece.id, piece.lane), []).extend(middles)
            while len(self._clicks) > _KNOWN_REPLIES:
                self._clicks.popitem(last=False)

    def turn(self, state: TurnState) -> None:
        """What may be heard, or is held."""
        with self._lock:
            self._track.on_turn(state)

    def status(self, status: PlaybackStatus) -> None:
        """The sink's word on what is audible."""
        with self._lock:
            self._track.on_status(status)
            self._key = (status.id, status.lane)

    def claps(self, media_ns: int, period_ns: int) -> bool:
        """Whether a click falls into the picture that is shown from `media_ns` on; each click has one picture.

        A picture that was left out leaves its click to the next one, up to two periods late.
        """
        period = period_ns / SECOND
        with self._lock:
            moment = self._track.at(media_ns)
            waiting = self._clicks.get(self._key, []) if moment.audible else []
            found = False
            while waiting and waiting[0] < moment.time + period:
                found |= waiting.pop(0) >= moment.time - _LATE_PERIODS * period
            return found


class ClappingEngine:
    """A rendering engine (rendering.engines.RenderingEngine) that paints the band over another one's pictures."""

    def __init__(self, inner: RenderingEngine, clapper: Clapper, period_ns: int) -> None:
        self._inner, self._clapper, self._period_ns = inner, clapper, period_ns

    def draw(self, face: FaceMotion, body: BodyMotion | None, detail: float = FULL) -> Picture:
        picture = self._inner.draw(face, body, detail)
        image = picture.image.copy()
        upper, lower = (round(share * image.shape[0]) for share in BAND)
        image[upper:lower] = 255 if self._clapper.claps(face.media_ns, self._period_ns) else 0
        return replace(picture, image=image)

    def close(self) -> None:
        self._inner.close()


class ClappingRendering(RenderingStage):
    """The rendering stage with the band in its pictures."""

    handlers: ClassVar[dict[type[Record], str]] = {
        **RenderingStage.handlers,
        SpeechAudio: "on_sound",
        PlaybackStatus: "on_status",
        TurnState: "on_turn",
    }

    def __init__(self, settings: RenderingSettings, host: Host) -> None:
        super().__init__(settings, host)
        self._clapper = Clapper()

    def on_sound(self, piece: SpeechAudio) -> None:
        self._clapper.sound(piece)

    def on_turn(self, state: TurnState) -> None:
        self._clapper.turn(state)

    def on_status(self, status: PlaybackStatus) -> None:
        self._clapper.status(status)

    def _make(self, avatar: str) -> RenderingEngine:
        return ClappingEngine(super()._make(avatar), self._clapper, self._period_ns)


@dataclass(frozen=True)
class AskerSettings:
    """Settings of the asker."""

    text: str = setting("What can I see here?", "what is asked")
    pause: float = setting(0.5, "stillness before the next question", unit="s", low=0.1, high=60.0)


class Asker(Stage):
    """A visitor who types the same question whenever the agent has nothing to say."""

    settings_type: ClassVar[type[Any]] = AskerSettings
    handlers: ClassVar[dict[type[Record], str]] = {TurnState: "turn_state"}

    def __init__(self, settings: AskerSettings, host: Host) -> None:
        super().__init__(settings, host)
        self._next: Handle | None = None

    def start(self) -> None:
        self._wait()

    def stop(self) -> None:
        if self._next is not None:
            self._next.cancel()
        self._next = None

    def turn_state(self, state: TurnState) -> None:
        self.stop()
        if state.phase in (Phase.IDLE, Phase.LISTENING):
            self._wait()

    def _wait(self) -> None:
        self._next = self.host.at(self.host.now() + round(self.settings.pause * SECOND), self._ask)

    def _ask(self) -> None:
        self.host.emit(TextInput(media_ns=self.host.now(), text=self.settings.text))
        self._next = self.host.at(self.host.now() + 5 * SECOND, self._ask)  # it may be lost while others start


_HEARD = (TurnState, SpeechAudio, PlaybackStatus)


def _clapping(spec: StageSpec) -> StageSpec:
    here = "visavis_agent.evaluation.clapper"
    if spec.name == "speech":
        return replace(spec, path=f"{here}:ClappingSpeech")
    if spec.name == "rendering":
        return replace(spec, path=f"{here}:ClappingRendering", inputs=(*spec.inputs, *_HEARD))
    return spec


_ASKER = StageSpec(
    "asker",
    "visavis_agent.evaluation.clapper:Asker",
    inputs=(TurnState,),
    outputs=(TextInput,),
    process="dialogue",
    live=True,
)
CLAPPERBOARD = Graph(GRAPH.topics, (*(_clapping(spec) for spec in GRAPH.stages), _ASKER))
