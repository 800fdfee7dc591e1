"""The conversation as a pure state machine: an event and the time in, records to send out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from visavis_agent.conversation.progress import Progress
from visavis_agent.conversation.visitor import Visitor
from visavis_agent.conversation.wording import is_backchannel, is_hesitation, is_unfinished
from visavis_agent.core.clock import MS
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    Hypothesis,
    Lane,
    Persons,
    Phase,
    Playback,
    PlaybackStatus,
    Record,
    SinkState,
    SpeechAudio,
    SpeechPlan,
    TextInput,
    TextSource,
    TurnState,
    UserTurn,
    Utterance,
    VoiceActivity,
    WordsHeard,
)
from visavis_agent.core.settings import setting

# Probability of speech below which the newest frame is a pause.
_PAUSING = 0.35
# Time that the recogniser has after the end of speech.
_TEXT_TIMEOUT = 1500 * MS
# Who goes on this soon after an answer began to be prepared had not finished.
_SAME_BREATH = 2000 * MS


@dataclass(frozen=True)
class ConversationSettings:
    """When to answer, when to wait, when to stop. Gaps between speakers: Stivers et al. 2009, PNAS 106."""

    endpoint_ms: int = setting(
        200, "silence after which a finished question is answered", unit="ms", low=0, high=3000
    )
    hesitation_ms: int = setting(
        1200, "silence that a speaker gets who stopped in mid-sentence", unit="ms", low=0, high=5000
    )
    confirm_ms: int = setting(
        550, "speech over the agent that makes an interruption real", unit="ms", low=100, high=3000
    )
    backchannel_ms: int = setting(
        1200, "the same while only 'yes', 'mm-hm' was understood", unit="ms", low=100, high=5000
    )
    noise_ms: int = setting(400, "shorter speech counts only with words that mean it", unit="ms", low=0, high=3000)
    apology_ms: int = setting(
        800, "speech of this length that was not understood gets an apology", unit="ms", low=0, high=10_000
    )
    patience_ms: int = setting(
        6000, "time the mind and the voice have for a reply", unit="ms", low=500, high=120_000
    )
    idle_ms: int = setting(
        8000, "attention after a reply before the agent rests", unit="ms", low=0, high=600_000
    )
    drafts: bool = setting(True, "prepare a reply while the visitor pauses")
    greet: bool = setting(True, "greet a person who comes up to the agent")


class Conversation:
    """`on(event, now)` returns what to send, in order; call `on(None, alarm)` when the time `alarm` has come.

    Ids never fall. HOLD always ends: with a CONFIRM (the id rises, everything older is dropped) or a RELEASE.

    Args:
        epoch: above that of every earlier start.
    """

    def __init__(self, settings: ConversationSettings, epoch: int) -> None:
        self.settings = settings
        self.id = ReplyId(epoch)
        self.phase = Phase.IDLE
        self.playback = Playback.PLAY
        self._issued = self.id
        self._visitor = Visitor()
        self._draft: UserTurn | None = None
        self._early: dict[type[Record], int] = {}
        self._progress: Progress | None = None
        self._apologised = False
        self._engaged = ""
        self._session = ""
        self._now = 0
        self._out: list[Record] = []
        # Deadlines, ns of media time.
        self._accept_at: int | None = None
        self._decide_at: int | None = None
        self._give_up_at: int | None = None
        self._rest_at: int | None = None

    # ---------------------------------------------------------------------------------------------------- interface
    @property
    def alarm(self) -> int | None:
        """When to call next if no event comes before; None: never."""
        pending = (self._accept_at, self._decide_at, self._give_up_at, self._rest_at)
        return min((at for at in pending if at is not None), default=None)

    def begin(self, now: int) -> list[Record]:
        """The first state."""
        self._now, self._out = now, []
        self._announce("start")
        return self._out

    def on(self, event: Record | None, now: int) -> list[Record]:
        """Take an event (None: only time has passed); returns records in the order in which to send them."""
        self._now, self._out = max(now, self._now), []
        if event is not None:
            self._session = event.session or self._session
        match event:
            case VoiceActivity():
                self._on_voice(event)
            case Utterance():
                self._on_utterance(event)
            case TextInput():
                self._on_text(event)
            case Persons():
                self._on_persons(event)
            case SpeechPlan() | SpeechAudio():
                self._on_reply(event)
            case PlaybackStatus():
                self._on_playback(event)
            case WordsHeard():
                self._on_heard(event)
        self._on_time()
        return self._out

    # ------------------------------------------------------------------------------------------------------ hearing
    def _on_voice(self, voice: VoiceActivity) -> None:
        began = voice.speaking and not self._visitor.speaking
        ended = self._visitor.speaking and not voice.speaking
        self._visitor.voice(voice, self._now)
        if began:
            self._onset()
        elif ended:
            self._offset()

    def _onset(self) -> None:
        """The visitor begins: the agent falls silent at once and waits what comes of it."""
        self._accept_at = None
        if self.phase in (Phase.SPEAKING, Phase.THINKING):
            self.playback = Playback.HOLD
            self._decide_at = self._visitor.since_ns + self.settings.confirm_ms * MS
            self._announce("onset")
            return
        self._become(Phase.LISTENING, "onset")

    def _offset(self) -> None:
        self._announce("offset")
        self._decide_at = self._now + _TEXT_TIMEOUT
        self._weigh()

    def _on_utterance(self, heard: Utterance) -> None:
        self._visitor.understood(heard, self._now)
        if not heard.final:
            self._weigh_partial(heard)
            return
        if not self._visitor.speaking:
            self._weigh()

    def _weigh_partial(self, heard: Utterance) -> None:
        """Words on the way: they may confirm an interruption, and a pause may be the end."""
        if self.playback is Playback.HOLD:
            return
        pausing = self._visitor.probability < _PAUSING
        if self.settings.drafts and pausing and not is_unfinished(heard.text, heard.locale):
            self._prepare(heard)

    def _prepare(self, heard: Utterance) -> None:
        turn = self._turn_of(self._visitor.hypotheses(heard), self._visitor.end_ns, TextSource.SPOKEN, draft=True)
        if self._draft is None or _texts(self._draft) != _texts(turn):
            self._draft = replace(turn, id=self._next())
            self._early.clear()
            self._out.append(self._draft)

    def _weigh(self) -> None:
        """The visitor is silent: a turn, a hesitation, a disturbance or nothing?"""
        visitor = self._visitor
        if visitor.awaits_text:
            return
        if self.playback is Playback.HOLD:
            if is_backchannel(visitor.text) or not self._is_speech():
                self._release()
                return
            self._confirm()
        elif not self._is_speech() and visitor.duration_ns < self.settings.apology_ms * MS:
            self._ignore()
            return
        patient = is_unfinished(visitor.text, visitor.locale)
        wait_ms = self.settings.hesitation_ms if patient else self.settings.endpoint_ms
        self._decide_at = None
        self._accept_at = visitor.end_ns + wait_ms * MS

    def _is_speech(self) -> bool:
        """Somebody spoke, understood or not; a cough or a click is short and gives no words or one."""
        visitor = self._visitor
        credible = not visitor.by_voice or visitor.duration_ns >= self.settings.noise_ms * MS
        return bool(visitor.text) if credible else visitor.means_it

    # -------------------------------------------------------------------------------------------------- interruptions
    def _confirm(self) -> None:
        """The interruption is real: the reply ends here."""
        self._drop_reply()
        self._become(Phase.LISTENING, "confirm")

    def _release(self) -> None:
        """It was nothing: the reply goes on."""
        self._visitor.forget()
        self._decide_at = None
        self.playback = Playback.PLAY
        self._announce("release")

    def _ignore(self) -> None:
        """A disturbance, or speech of which no word was understood, while nothing was being said."""
        self._visitor.forget()
        self._forget_draft()
        self._decide_at = None
        self._become(Phase.LISTENING, "noise")

    def _drop_reply(self) -> None:
        """Raise the turn: everything older is dropped by everyone. Words that were cut off are carried on."""
        progress = self._progress
        if progress is not None:
            if progress.audible_ns is None and self._visitor.start_ns - progress.accepted_ns < _SAME_BREATH:
                self._visitor.carry_on(progress.question)
            self._finish(interrupted=True)
        self._forget_draft()
        self.id = self._next(turn=True)
        self.playback = Playback.PLAY

    # ----------------------------------------------------------------------------------------------------------- turns
    def _on_text(self, given: TextInput) -> None:
        """Typed, touched or sent text is a turn at once; an empty one only silences the agent."""
        text = "".join(c if c.isprintable() else " " for c in given.text).strip()
        self._drop_reply()
        self._visitor.forget()
        self._accept_at = self._decide_at = None
        if not text:
            self._become(Phase.LISTENING, "interrupt")
            return
        turn = self._turn_of((Hypothesis(text),), self._now, given.source, given.locale, given.person_id)
        self._take(replace(turn, id=self.id), "text")

    def _on_persons(self, persons: Persons) -> None:
        """Somebody comes up: greet, unless a conversation is going on."""
        arrived = persons.engaged_id and persons.engaged_id != self._engaged
        self._engaged = persons.engaged_id
        if not (arrived and self.settings.greet and self.phase is Phase.IDLE) or self._visitor.speaking:
            return
        self.id = self._next(turn=True)
        turn = self._turn_of((), self._now, TextSource.SERVICE)
        self._take(replace(turn, id=self.id), "greeting")

    def _accept(self) -> None:
        """The visitor's turn is over."""
        visitor, draft = self._visitor, self._draft
        turn = self._turn_of(visitor.hypotheses(), visitor.end_ns, TextSource.SPOKEN, locale=visitor.locale)
        if is_hesitation(visitor.text) or (not visitor.text and self._apologised):
            self._ignore()
            return
        self._apologised = not visitor.text
        late_ns = max(0, visitor.text_ns - max(visitor.offset_ns, visitor.end_ns + self.settings.endpoint_ms * MS))
        if draft is not None and draft.id > self.id and _texts(draft) == _texts(turn):
            self.id = draft.id
        else:
            self._early.clear()
            self.id = self._next(turn=draft is None)
        self._draft = None
        visitor.forget()
        self._take(replace(turn, id=self.id), "endpoint", late_ns)

    def _take(self, turn: UserTurn, reason: str, late_text_ns: int = 0) -> None:
        """Let the dialogue answer `turn`, whose id may be heard from now on."""
        self._finish(interrupted=True)
        self.playback = Playback.PLAY
        self._progress = Progress(
            turn.id,
            turn.hypotheses[0].text if turn.hypotheses else "",
            turn.speech_end_ns,
            self._now,
            late_text_ns=min(late_text_ns, self._now - turn.speech_end_ns),
            plan_ns=self._early.get(SpeechPlan),
            sound_ns=self._early.get(SpeechAudio),
        )
        self._early.clear()
        self._accept_at = self._decide_at = None
        self._give_up_at = self._now + self.settings.patience_ms * MS
        self._become(Phase.THINKING, reason)
        self._out.append(turn)

    def _turn_of(
        self,
        hypotheses: tuple[Hypothesis, ...],
        end_ns: int,
        source: TextSource,
        locale: str = "en",
        person_id: str = "",
        draft: bool = False,
    ) -> UserTurn:
        return UserTurn(
            media_ns=self._now,
            session=self._session,
            id=self.id,
            hypotheses=hypotheses,
            speech_end_ns=end_ns,
            draft=draft,
            source=source,
            locale=locale,
            person_id=person_id or self._engaged,
        )

    # ------------------------------------------------------------------------------------------------------- the reply
    def _on_reply(self, part: SpeechPlan | SpeechAudio) -> None:
        if part.lane is not Lane.REPLY:
            return
        progress = self._progress
        if progress is not None and part.id == progress.id:
            if isinstance(part, SpeechPlan) and progress.plan_ns is None:
                progress.plan_ns = self._now
            if isinstance(part, SpeechAudio) and progress.sound_ns is None:
                progress.sound_ns = self._now
        elif self._draft is not None and part.id == self._draft.id:
            self._early.setdefault(type(part), self._now)

    def _on_playback(self, status: PlaybackStatus) -> None:
        if status.id != self.id or status.lane is not Lane.REPLY:
            return
        if status.state is not SinkState.PLAYING:
            return
        if status.starved:
            self._give_up_at = self._give_up_at or self._now + self.settings.patience_ms * MS
            return
        self._give_up_at = None
        if self._progress is not None and self._progress.audible_ns is None:
            self._progress.audible_ns = max(status.media_ns, self._progress.accepted_ns)
        if self.phase is Phase.THINKING or (self.phase is Phase.LISTENING and not self._visitor.speaking):
            self._become(Phase.SPEAKING, "sound")

    def _on_heard(self, words: WordsHeard) -> None:
        if words.id != self.id:
            return
        if self._progress is not None:
            self._progress.answer = words.text
        if words.complete:
            self._finish(interrupted=False)
            if self.phase in (Phase.THINKING, Phase.SPEAKING):
                self._become(Phase.LISTENING, "end")

    def _finish(self, interrupted: bool) -> None:
        """The reply is over, whole or not."""
        progress, self._progress = self._progress, None
        self._give_up_at = None
        if progress is not None and progress.question:
            progress.interrupted = interrupted
            self._out.append(progress.report(self._now, self._session))

    # ------------------------------------------------------------------------------------------------------------ time
    def _on_time(self) -> None:
        if self._due(self._decide_at):
            self._decide_at = None
            self._decide()
        if self._due(self._accept_at):
            self._accept_at = None
            if not self._visitor.speaking:
                self._accept()
        if self._due(self._give_up_at):
            self._give_up_at = None
            if self.phase is Phase.SPEAKING:
                self._drop_reply()
            self._finish(interrupted=False)
            self._become(Phase.LISTENING, "no reply")
        if self._due(self._rest_at):
            self._rest_at = None
            if self.phase is Phase.LISTENING and not self._visitor.speaking and self._accept_at is None:
                self._become(Phase.IDLE, "rest")

    def _due(self, at_ns: int | None) -> bool:
        return at_ns is not None and at_ns <= self._now

    def _decide(self) -> None:
        """Speech over the agent has gone on for long, or no words came after speech."""
        if not self._visitor.speaking:
            self._visitor.give_up_text()
            self._weigh()
        elif self.playback is Playback.HOLD:
            late = self._visitor.since_ns + self.settings.backchannel_ms * MS
            if is_backchannel(self._visitor.partial) and self._now < late:
                self._decide_at = late
            else:
                self._confirm()

    # ------------------------------------------------------------------------------------------------------------- ids
    def _next(self, turn: bool = False) -> ReplyId:
        """An id above every one issued: of the next turn, or another draft of the turn being prepared."""
        fresh = turn or self._issued.turn == self.id.turn
        self._issued = self._issued.next_turn() if fresh else self._issued.next_reply()
        return self._issued

    def _forget_draft(self) -> None:
        self._draft = None
        self._early.clear()

    def _become(self, phase: Phase, reason: str) -> None:
        self.phase = phase
        resting = phase is Phase.LISTENING
        self._rest_at = self._now + self.settings.idle_ms * MS if resting else None
        self._announce(reason)

    def _announce(self, reason: str) -> None:
        self._out.append(
            TurnState(
                media_ns=self._now,
                session=self._session,
                id=self.id,
                phase=self.phase,
                playback=self.playback,
                user_speaking=self._visitor.speaking,
                reason=reason,
            )
        )


def _texts(turn: UserTurn) -> tuple[str, ...]:
    return tuple(h.text for h in turn.hypotheses)
