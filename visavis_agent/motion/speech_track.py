"""What is audible of which reply at a moment of media time, from the sink's reports."""

from __future__ import annotations

from dataclasses import dataclass, replace

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import Lane, Playback, PlaybackStatus, SinkState, SpeechAudio, TurnState
from visavis_agent.motion.reply import PitchJob, Reply

Key = tuple[ReplyId, Lane]
_STALE_NS = 500 * MS
_JUMP_NS = 50 * MS
_SLEW_NS_PER_S = 100 * MS
_KEPT_REPLIES = 16
_TAIL_NS = 1 * SECOND
_RESUME_AHEAD_NS = 20 * MS


@dataclass(frozen=True, slots=True)
class Moment:
    """Where speech is at one frame.

    Attributes:
        reply: what is (or was last) heard; None when nothing is.
        time: reply time, s.
        audible: the sound runs; False when it was cut (held, flushed, starved, or the sink is silent).
        jumped: another sound or another place in it than one frame before.
        cut: the sound stopped with this frame before its end.
    """

    reply: Reply | None = None
    time: float = 0.0
    audible: bool = False
    jumped: bool = False
    cut: bool = False


class SpeechTrack:
    """Keeps the replies that may still be heard and maps media time to reply time."""

    def __init__(self) -> None:
        self._replies: dict[Key, Reply] = {}
        self._turn = ReplyId()
        self._held = False
        self._status: PlaybackStatus | None = None
        self._origin = 0
        self._shown: tuple[Key | None, bool] = (None, False)
        self._shown_origin = 0
        self._shown_ns = 0
        self._ended = False

    def on_audio(self, audio: SpeechAudio) -> PitchJob | None:
        """Take a piece; the pitch of what is new is still to be found by the job."""
        key = (audio.id, audio.lane)
        if audio.id < self._turn:
            return None
        reply = self._replies.get(key)
        if reply is None:
            reply = self._replies[key] = Reply(audio.sample_rate)
            if len(self._replies) > _KEPT_REPLIES:
                del self._replies[min(k for k in self._replies if k != key)]
        return reply.add(audio) if reply.sample_rate == audio.sample_rate else None

    def reply(self, key: Key) -> Reply | None:
        return self._replies.get(key)

    def on_turn(self, turn: TurnState) -> None:
        """Hold, resume, and forget what is too old to be heard."""
        if turn.id < self._turn:
            return
        self._turn = turn.id
        self._held = turn.playback is Playback.HOLD
        self._replies = {key: reply for key, reply in self._replies.items() if key[0] >= turn.id}

    def on_status(self, status: PlaybackStatus) -> None:
        """The sink's newest word; a report about an older reply than the turn's is dropped."""
        if status.id < self._turn:
            return
        # By media time pictures are due. Where they are seen later, the sound that is heard then belongs to them.
        self._status = status = replace(status, media_ns=status.media_ns - status.picture_delay_ns)
        self._origin = status.media_ns - status.sample * SECOND // max(1, status.sample_rate)

    def at(self, media_ns: int) -> Moment:
        """What is audible at media time `media_ns`; called once per frame, in order."""
        status = self._status
        if status is None:
            return Moment()
        ended, self._ended = self._ended, status.state is SinkState.FINISHED
        key = (status.id, status.lane)
        reply = self._replies.get(key)
        audible = reply is not None and self._audible(status, media_ns)
        if reply is not None and status.state is SinkState.FINISHED and not audible:
            del self._replies[key]  # it has run out; nobody will hear it again
        shown = (key if audible else None, audible)
        error = self._origin - self._shown_origin
        jumped = shown != self._shown or (audible and abs(error) > _JUMP_NS)
        if jumped:
            self._shown_origin = self._origin
        else:
            step = _SLEW_NS_PER_S * max(0, media_ns - self._shown_ns) // SECOND
            self._shown_origin += min(step, max(-step, error))
        self._shown, self._shown_ns = shown, media_ns
        cut = jumped and not audible and not ended
        return Moment(reply, (media_ns - self._shown_origin) / SECOND, audible, jumped, cut)

    def _audible(self, status: PlaybackStatus, media_ns: int) -> bool:
        """A finished reply runs out into silence, so its mouth closes as after any last phone."""
        if status.state is SinkState.FINISHED:
            return media_ns - status.media_ns < _TAIL_NS
        if status.state is not SinkState.PLAYING or status.starved or self._held:
            return False
        # A resume is announced ahead; until then the mouth must not finish the word before it.
        announced = status.sample > 0 and media_ns < status.media_ns - _RESUME_AHEAD_NS
        return media_ns - status.media_ns < _STALE_NS and (self._shown[1] or not announced)
