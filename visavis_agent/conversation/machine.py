"""The conversation as a pure state machine: an event and the time in, records to send out."""

from __future__ import annotations

from dataclasses import replace

from visavis_agent.conversation.agent import Agent
from visavis_agent.conversation.deadlines import Deadline, Deadlines
from visavis_agent.conversation.judgement import NO_INTERRUPTION, Verdict, judge
from visavis_agent.conversation.progress import Draft, Progress
from visavis_agent.conversation.settings import ConversationSettings
from visavis_agent.conversation.visitor import Visitor
from visavis_agent.conversation.wording import is_backchannel, is_hesitation
from visavis_agent.core.clock import MS
from visavis_agent.core.records import (
    DevicesEnabled,
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
    UserTurn,
    Utterance,
    VoiceActivity,
    WordsHeard,
)

# Time that the recogniser has after the end of speech.
_TEXT_TIMEOUT = 1500 * MS
# Voice activity comes every 100 ms; without it nobody knows whether the visitor still speaks.
_DEAF_AFTER = 2000 * MS
# A reply is not held longer than this, whatever is heard.
_LONGEST_HOLD = 4000 * MS
# A visitor who is still heard does not let the agent rest.
_REST_AGAIN = 1000 * MS
# Who goes on this soon after an answer began to be prepared, or sounded, had not finished.
_SAME_BREATH = 2000 * MS
_UNHEARD = 400 * MS


class Conversation:
    """`on(event, now)` returns what to send, in order; call `on(None, alarm)` when the time `alarm` has come.

    Ids never fall. HOLD always ends: with a CONFIRM (the id rises, everything older is dropped) or a RELEASE.

    Args:
        epoch: above that of every earlier start.
    """

    def __init__(self, settings: ConversationSettings, epoch: int) -> None:
        self.settings = settings
        self._agent = Agent(epoch)
        self._visitor = Visitor()
        self._draft: Draft | None = None
        self._progress: Progress | None = None
        self._deadlines = Deadlines()
        self._apologised = False
        self._engaged = ""
        self._greeted = ""

    # ---------------------------------------------------------------------------------------------------- interface
    @property
    def alarm(self) -> int | None:
        """When to call next if no event comes before; None: never."""
        return self._deadlines.next_ns

    def begin(self, now: int) -> list[Record]:
        """The first state."""
        self._agent.now = now
        self._announce("start")
        return self._sent()

    def on(self, event: Record | None, now: int) -> list[Record]:
        """Take an event (None: only time has passed); returns records in the order in which to send them."""
        self._agent.now = max(now, self._agent.now)
        if event is not None:
            self._agent.session = event.session or self._agent.session
        match event:
            case VoiceActivity():
                self._on_voice(event)
            case Utterance():
                self._on_utterance(event)
            case TextInput():
                self._on_text(event)
            case DevicesEnabled():
                self._agent.devices = event
                self._announce("devices")
            case Persons():
                self._on_persons(event)
            case SpeechPlan() | SpeechAudio():
                self._on_reply(event)
            case PlaybackStatus():
                self._on_playback(event)
            case WordsHeard():
                self._on_heard(event)
        while (due := self._deadlines.take_due(self._agent.now)) is not None:
            self._on_deadline(due)
        return self._sent()

    def _sent(self) -> list[Record]:
        out, self._agent.out = self._agent.out, []
        return out

    # ------------------------------------------------------------------------------------------------------ hearing
    def _on_voice(self, voice: VoiceActivity) -> None:
        before = self._visitor.speaking
        self._visitor.voice(voice, self._agent.now)
        if voice.speaking:
            self._deadlines.set(Deadline.DEAF, self._agent.now + _DEAF_AFTER)
        else:
            self._deadlines.clear(Deadline.DEAF)
        if self._visitor.speaking and not before:
            self._onset()
        elif before and not self._visitor.speaking:
            self._offset()
        elif self._visitor.speaking and self._agent.held:
            self._consider()

    def _onset(self) -> None:
        """The visitor begins: the agent falls silent at once and waits what comes of it."""
        self._deadlines.clear(Deadline.ACCEPT, Deadline.DECIDE)
        if self._agent.has_floor:
            self._hold()
        else:
            self._become(Phase.LISTENING, "onset")

    def _offset(self) -> None:
        self._announce("offset")
        self._deadlines.set(Deadline.DECIDE, self._agent.now + _TEXT_TIMEOUT)
        self._weigh()

    def _on_utterance(self, heard: Utterance) -> None:
        if not self._visitor.understood(heard, self._agent.now):
            return
        if self._visitor.speaking and self._agent.held:
            self._consider()
        if heard.final and not self._visitor.speaking:
            self._weigh()
        elif not heard.final and self._visitor.speaking and self._visitor.pauses_after(heard):
            self._weigh_pause(heard)

    def _weigh_pause(self, heard: Utterance) -> None:
        """What was said so far may be all: a disturbance is over at once, a question gets a draft."""
        text = self._visitor.text_with(heard)
        verdict = judge(self._visitor, text, self.settings)
        if self._agent.held:
            if verdict in NO_INTERRUPTION:
                self._release()
                return
            self._confirm()
        if self.settings.drafts and text and verdict is not Verdict.UNFINISHED:
            self._prepare(heard)

    def _prepare(self, heard: Utterance) -> None:
        turn = self._spoken_turn(heard)
        if self._draft is None or not self._draft.answers(turn):
            self._draft = Draft(replace(turn, id=self._agent.next_id()))
            self._agent.out.append(self._draft.turn)

    def _weigh(self) -> None:
        """The visitor is silent: a turn, a hesitation, a disturbance or nothing?"""
        visitor = self._visitor
        if visitor.awaits_text:
            return
        verdict = judge(visitor, visitor.text, self.settings)
        if self._agent.has_floor:
            if verdict in NO_INTERRUPTION:
                self._release()
                return
            if self._agent.held:
                self._confirm()
            else:
                self._carry_on()
        elif verdict is Verdict.NOISE:
            self._ignore()
            return
        patient = verdict is Verdict.UNFINISHED
        wait_ms = self.settings.hesitation_ms if patient else self.settings.endpoint_ms
        self._deadlines.clear(Deadline.DECIDE)
        self._deadlines.set(Deadline.ACCEPT, visitor.end_ns + wait_ms * MS)

    def _ignore(self) -> None:
        """A disturbance, or speech of which no word was understood, while nothing was being said."""
        self._visitor.forget()
        self._draft = None
        self._deadlines.clear(Deadline.DECIDE, Deadline.ACCEPT)
        self._become(Phase.LISTENING, "noise")

    # -------------------------------------------------------------------------------------------------- interruptions
    def _hold(self) -> None:
        """Silent at once, everything kept."""
        if not self._agent.held:
            self._deadlines.set(Deadline.HELD, self._agent.now + _LONGEST_HOLD)
        self._agent.playback = Playback.HOLD
        self._deadlines.set(Deadline.DECIDE, self._visitor.since_ns + self.settings.confirm_ms * MS)
        self._announce("onset")

    def _play(self) -> None:
        self._agent.playback = Playback.PLAY
        self._deadlines.clear(Deadline.HELD)

    def _consider(self) -> None:
        """The visitor speaks over the held reply: has it gone on long enough to be meant?"""
        partial, spoken_ns = self._visitor.partial, self._visitor.spoken_ns(self._agent.now)
        vague = not partial or is_backchannel(partial, self._visitor.locale)
        if spoken_ns >= (self.settings.backchannel_ms if vague else self.settings.confirm_ms) * MS:
            self._confirm()

    def _confirm(self) -> None:
        """The interruption is real: the reply ends here."""
        self._carry_on()
        self._deadlines.clear(Deadline.DECIDE)
        if not self._visitor.speaking:
            self._deadlines.set(Deadline.DECIDE, self._agent.now + _TEXT_TIMEOUT)
        self._drop_reply()
        self._become(Phase.LISTENING, "confirm")

    def _release(self) -> None:
        """It was nothing: the reply goes on."""
        held = self._agent.held
        if self._visitor.speaking:
            self._visitor.disregard(self._agent.now)
        else:
            self._visitor.forget()
        self._deadlines.clear(Deadline.DECIDE, Deadline.ACCEPT)
        self._play()
        if held:
            self._announce("release")

    def _carry_on(self) -> None:
        """Who goes on before the answer can have reached him had not finished: both parts are one turn."""
        progress = self._progress
        if progress is None or progress.turn.source is not TextSource.SPOKEN:
            return
        soon = abs(self._visitor.start_ns - progress.accepted_ns) < _SAME_BREATH
        unheard = progress.audible_ns is None or self._visitor.start_ns < progress.audible_ns + _UNHEARD
        if soon and unheard:
            self._visitor.carry_on(progress.question)

    def _drop_reply(self) -> None:
        """Raise the turn: everything older is dropped by everyone."""
        self._finish(interrupted=True)
        self._draft = None
        self._agent.id = self._agent.next_id(turn=True)
        self._play()

    # ----------------------------------------------------------------------------------------------------------- turns
    def _on_text(self, given: TextInput) -> None:
        """Typed, touched or sent text is a turn at once; an empty one only silences the agent."""
        text = "".join(c if c.isprintable() else " " for c in given.text).strip()
        self._drop_reply()
        self._visitor.disregard(self._agent.now)
        self._deadlines.clear(Deadline.ACCEPT, Deadline.DECIDE)
        self._apologised = False
        if not text:
            self._become(Phase.LISTENING, "interrupt")
            return
        asked = () if given.say else (Hypothesis(text),)
        turn = self._turn_of(asked, self._agent.now, given.source, given.locale, given.person_id)
        said = text if given.say else ""
        turn = replace(turn, id=self._agent.id, say=said, emotion=given.emotion, request=given.request)
        self._take(Progress(turn, self._agent.now), "text")

    def _on_persons(self, persons: Persons) -> None:
        """Somebody comes up: greet once, unless a conversation is going on."""
        self._engaged = persons.engaged_id
        known = self._engaged in ("", self._greeted)
        if known or not self.settings.greet or self._agent.phase is not Phase.IDLE or self._visitor.speaking:
            return
        self._greeted = self._engaged
        self._drop_reply()
        turn = self._turn_of((), self._agent.now, TextSource.SERVICE)
        self._take(Progress(turn, self._agent.now), "greeting")

    def _accept(self) -> None:
        """The visitor's turn is over."""
        visitor, draft = self._visitor, self._draft
        if is_hesitation(visitor.text, visitor.locale) or (not visitor.text and self._apologised):
            self._ignore()
            return
        self._apologised = not visitor.text
        progress = Progress(self._spoken_turn(), self._agent.now, self._late_text_ns())
        if draft is not None and draft.answers(progress.turn):
            self._agent.id = draft.turn.id
            progress.arrivals = draft.arrivals
        else:
            self._agent.id = self._agent.next_id(turn=draft is None)
        self._draft = None
        visitor.forget()
        progress.turn = replace(progress.turn, id=self._agent.id)
        self._take(progress, "endpoint")

    def _late_text_ns(self) -> int:
        """How long the decision had to wait for the words."""
        visitor = self._visitor
        silent_ns = max(visitor.offset_ns, visitor.end_ns + self.settings.endpoint_ms * MS)
        return min(max(0, visitor.text_ns - silent_ns), max(0, self._agent.now - visitor.end_ns))

    def _take(self, progress: Progress, reason: str) -> None:
        """Let the dialogue answer the turn, whose id may be heard from now on."""
        self._finish(interrupted=True)
        self._play()
        self._progress = progress
        self._deadlines.clear(Deadline.ACCEPT, Deadline.DECIDE)
        self._deadlines.set(Deadline.GIVE_UP, self._agent.now + self.settings.patience_ms * MS)
        self._become(Phase.THINKING, reason)
        self._agent.out.append(progress.turn)

    def _spoken_turn(self, partial: Utterance | None = None) -> UserTurn:
        """What the visitor has said; with a partial reading, a draft."""
        visitor = self._visitor
        turn = self._turn_of(visitor.hypotheses(partial), visitor.end_ns, TextSource.SPOKEN, visitor.locale)
        return replace(turn, draft=partial is not None)

    def _turn_of(
        self,
        hypotheses: tuple[Hypothesis, ...],
        end_ns: int,
        source: TextSource,
        locale: str = "en",
        person_id: str = "",
    ) -> UserTurn:
        return UserTurn(
            media_ns=self._agent.now,
            session=self._agent.session,
            id=self._agent.id,
            hypotheses=hypotheses,
            speech_end_ns=end_ns,
            source=source,
            locale=locale,
            person_id=person_id or self._engaged,
        )

    # ------------------------------------------------------------------------------------------------------- the reply
    def _on_reply(self, part: SpeechPlan | SpeechAudio) -> None:
        if part.lane is not Lane.REPLY:
            return
        if self._progress is not None and part.id == self._progress.id:
            self._progress.arrivals.note(part, self._agent.now)
        elif self._draft is not None and part.id == self._draft.turn.id:
            self._draft.arrivals.note(part, self._agent.now)

    def _on_playback(self, status: PlaybackStatus) -> None:
        if status.id != self._agent.id or status.lane is not Lane.REPLY or status.state is not SinkState.PLAYING:
            return
        if status.starved and Deadline.GIVE_UP in self._deadlines:
            return
        # A loudspeaker that says nothing more has died.
        self._deadlines.set(Deadline.GIVE_UP, self._agent.now + self.settings.patience_ms * MS)
        if status.starved:
            return
        if self._progress is not None and self._progress.audible_ns is None:
            self._progress.audible_ns = max(status.media_ns, self._progress.accepted_ns)
        if self._agent.phase is not Phase.SPEAKING:
            self._become(Phase.SPEAKING, "sound")
            if self._visitor.speaking and not self._agent.held:
                self._hold()

    def _on_heard(self, words: WordsHeard) -> None:
        if words.id != self._agent.id:
            return
        if self._progress is not None:
            self._progress.answer = words.text
        if words.complete:
            self._finish(interrupted=False)
            if self._agent.has_floor:
                self._become(Phase.LISTENING, "end")

    def _finish(self, interrupted: bool) -> None:
        """The reply is over, whole or not."""
        progress, self._progress = self._progress, None
        self._deadlines.clear(Deadline.GIVE_UP)
        if progress is not None and progress.question:
            self._agent.out.append(progress.report(self._agent.now, interrupted))

    # ------------------------------------------------------------------------------------------------------------ time
    def _on_deadline(self, deadline: Deadline) -> None:
        match deadline:
            case Deadline.DEAF:
                self._deaf()
            case Deadline.DECIDE:
                self._decide()
            case Deadline.ACCEPT:
                self._accept()
            case Deadline.HELD:
                self._end_hold()
            case Deadline.GIVE_UP:
                self._give_up()
            case Deadline.REST:
                self._rest()

    def _deaf(self) -> None:
        speaking = self._visitor.speaking
        self._visitor.lost(self._agent.now)
        if speaking:
            self._offset()

    def _decide(self) -> None:
        """Speech over the agent has gone on for a while, or no words came after speech."""
        if not self._visitor.speaking:
            self._visitor.give_up_text()
            self._weigh()
            return
        if self._agent.held:
            self._consider()

    def _end_hold(self) -> None:
        """It stutters on without a decision: words are an interruption, sounds are not."""
        text = self._visitor.text or self._visitor.partial
        if not text or is_backchannel(text, self._visitor.locale):
            self._release()
        else:
            self._confirm()

    def _give_up(self) -> None:
        """The mind or the voice is missing or too slow; what still comes of it is heard nevertheless."""
        if self._agent.held:
            self._deadlines.set(Deadline.GIVE_UP, self._agent.now + self.settings.patience_ms * MS)
            return
        if self._agent.phase is Phase.SPEAKING:
            self._drop_reply()
        self._finish(interrupted=False)
        self._become(Phase.LISTENING, "no reply")

    def _rest(self) -> None:
        if self._visitor.speaking or Deadline.ACCEPT in self._deadlines or Deadline.DECIDE in self._deadlines:
            self._deadlines.set(Deadline.REST, self._agent.now + _REST_AGAIN)
        elif self._agent.phase is Phase.LISTENING:
            self._become(Phase.IDLE, "rest")

    def _become(self, phase: Phase, reason: str) -> None:
        self._agent.phase = phase
        if phase is Phase.LISTENING:
            self._deadlines.set(Deadline.REST, self._agent.now + self.settings.idle_ms * MS)
        else:
            self._deadlines.clear(Deadline.REST)
        self._announce(reason)

    def _announce(self, reason: str) -> None:
        self._agent.announce(reason, self._visitor.speaking)
