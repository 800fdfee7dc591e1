"""The conversation as a pure state machine: an event and the time in, records to send out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from visavis_agent.conversation.agent import Agent
from visavis_agent.conversation.deadlines import Deadline, Deadlines
from visavis_agent.conversation.gestures import Signs, in_words
from visavis_agent.conversation.judgement import NO_INTERRUPTION, Verdict, asks_for_silence, judge
from visavis_agent.conversation.patience import Patience
from visavis_agent.conversation.progress import Draft, Progress
from visavis_agent.conversation.settings import ConversationSettings
from visavis_agent.conversation.visitor import Visitor
from visavis_agent.conversation.wording import (
    is_backchannel,
    is_english,
    is_hesitation,
    is_silencing,
    takes_floor,
    without_hesitations,
    words_of,
)
from visavis_agent.core.clock import MS
from visavis_agent.core.records import (
    NO_REPLY,
    DevicesEnabled,
    HandGesture,
    Hypothesis,
    Lane,
    Persons,
    Phase,
    PlaybackStatus,
    Prosody,
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

# Inside short words there is hardly a longer silence: stops are closed for up to 0.12 s.
_SHORT_IS_OVER = 150 * MS
# Time that the recogniser has after the end of speech.
_TEXT_TIMEOUT = 1500 * MS
# Voice activity comes every 100 ms; without it nobody knows whether the visitor still speaks.
_DEAF_AFTER = 2000 * MS
# A mind that was started anew has not heard the turn; one that is slow knows it and goes on.
_ASK_AGAIN = 1500 * MS
# A visitor who is still heard does not let the agent rest.
_REST_AGAIN = 1000 * MS


class Conversation:
    """`on(event, now)` returns what to send, in order; call `on(None, alarm)` when the time `alarm` has come.

    Ids never fall. HOLD always ends: with a CONFIRM (the id rises, everything older is dropped) or a RELEASE.

    Args:
        epoch: above that of every earlier start.
    """

    def __init__(self, settings: ConversationSettings, epoch: int) -> None:
        self.settings = settings
        self._deadlines = Deadlines()
        self._visitor = Visitor()
        self._agent = Agent(epoch, self._visitor, self._deadlines, settings)
        self._patience = Patience(settings)
        self._draft: Draft | None = None
        self._pause: Utterance | None = None
        self._pause_ns = 0
        self._progress: Progress | None = None
        self._apologised = False
        self._greeted = self._talked_to = ""
        self._signs = Signs()
        self._by_hand = False
        self._handlers: dict[type[Record], Callable[[Any], None]] = {
            VoiceActivity: self._on_voice,
            Prosody: self._patience.melody.hear,
            Utterance: self._on_utterance,
            TextInput: self._on_text,
            DevicesEnabled: self._on_devices,
            Persons: self._on_persons,
            SpeechPlan: self._on_reply,
            SpeechAudio: self._on_reply,
            PlaybackStatus: self._on_playback,
            WordsHeard: self._on_heard,
        }
        self._meet: dict[Deadline, Callable[[], None]] = {
            Deadline.DEAF: self._deaf,
            Deadline.DECIDE: self._decide,
            Deadline.HELD: self._end_hold,
            Deadline.ACCEPT: self._accept,
            Deadline.ASK_AGAIN: self._ask_again,
            Deadline.GIVE_UP: self._give_up,
            Deadline.REST: self._rest,
        }

    # ---------------------------------------------------------------------------------------------------- interface
    @property
    def alarm(self) -> int | None:
        """When to call next if no event comes before; None: never."""
        return self._deadlines.next_ns

    def begin(self, now: int) -> list[Record]:
        """The first state."""
        self._agent.now = now
        self._agent.announce("start")
        return self._sent()

    def on(self, event: Record | None, now: int) -> list[Record]:
        """Take an event (None: only time has passed); returns records in the order in which to send them."""
        self._agent.now = max(now, self._agent.now)
        if event is not None:
            self._agent.session = event.session or self._agent.session
            handle = self._handlers.get(type(event))
            if handle is not None:
                handle(event)
        while (due := self._deadlines.take_due(self._agent.now)) is not None:
            self._meet[due]()
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
        elif self._visitor.speaking and self._agent.has_floor:
            self._overlap()
        elif self._visitor.speaking and not self._visitor.pauses:
            self._deadlines.clear(Deadline.ACCEPT)  # he has not finished after all

    def _onset(self) -> None:
        """The visitor begins: the agent falls silent at once and waits what comes of it."""
        self._deadlines.clear(Deadline.ACCEPT, Deadline.DECIDE)
        since_ns, progress = self._visitor.since_ns, self._progress
        self._patience.begin(since_ns, progress is not None and not progress.is_too_early_for(since_ns))
        if self._visitor.reopened:
            self._drop_reply()
            self._agent.become(Phase.LISTENING, "reopen")
        elif not self._agent.has_floor:
            self._agent.become(Phase.LISTENING, "onset")
        elif not self._visitor.aside:
            self._agent.hold()

    def _offset(self) -> None:
        self._agent.announce("offset")
        self._deadlines.set(Deadline.DECIDE, self._agent.now + _TEXT_TIMEOUT)
        self._weigh()

    def _on_utterance(self, heard: Utterance) -> None:
        if not self._visitor.understood(heard, self._agent.now):
            return
        if self._visitor.speaking and (self._agent.held or (self._agent.has_floor and self._silences(heard.text))):
            self._consider()
        if heard.final and not self._visitor.speaking:
            self._weigh()
        elif not heard.final and self._visitor.speaking and self._visitor.pauses_after(heard):
            self._weigh_pause(heard)

    def _weigh_pause(self, heard: Utterance) -> None:
        """What was said so far may be all: a disturbance is over at once, a question gets a draft."""
        readings = self._visitor.hypotheses(heard)
        verdict = judge(self._visitor, readings, self._agent.has_floor, self.settings)
        if self._agent.has_floor:
            if verdict is Verdict.BACKCHANNEL:
                self._release()
                return
            if verdict in NO_INTERRUPTION:
                self._resume()
                return
            self._confirm()
        self._prepare(verdict, heard)
        # Only of English is known what can be an end; elsewhere voice activity has to be sure of the silence.
        known = readings and verdict is Verdict.TURN and is_english(self._visitor.locale)
        if known and not self._agent.has_floor:
            self._pause, self._pause_ns = heard, self._agent.now
            self._expect(verdict, readings[0])
        else:
            self._deadlines.clear(Deadline.ACCEPT)

    def _prepare(self, verdict: Verdict, heard: Utterance | None) -> None:
        """Let the mind plan a reply to what may be all, or to what is final."""
        turn = replace(self._spoken_turn(heard), draft=True)
        if not self.settings.drafts or not turn.hypotheses or verdict is Verdict.UNFINISHED:
            return
        if self._draft is None or not self._draft.answers(turn):
            self._draft = Draft(replace(turn, id=self._agent.next_id()))
            self._agent.out.append(self._draft.turn)

    def _expect(self, verdict: Verdict, best: Hypothesis | None) -> None:
        """The turn is taken after a silence, unless he goes on."""
        planned = self._draft is None or self._draft.arrivals.plan_ns is not None
        self._deadlines.set(Deadline.ACCEPT, self._patience.expect(self._visitor.end_ns, verdict, best, planned))

    def _weigh(self) -> None:
        """The visitor is silent: a turn, a hesitation, a disturbance or nothing?"""
        visitor = self._visitor
        if visitor.awaits_text:
            return
        verdict = judge(visitor, visitor.hypotheses(), self._agent.has_floor, self.settings)
        if self._agent.has_floor:
            if verdict in NO_INTERRUPTION:
                self._release()
                return
            if self._agent.held or asks_for_silence(visitor, visitor.readings(), self.settings):
                self._confirm()
            else:
                self._carry_on()
        elif verdict is Verdict.NOISE:
            self._ignore("noise")
            return
        self._prepare(verdict, None)
        self._deadlines.clear(Deadline.DECIDE)
        self._expect(verdict, next(iter(visitor.hypotheses()), None))

    def _ignore(self, reason: str) -> None:
        """Nothing to answer: a disturbance, speech of which no word was understood, or "stop"."""
        self._let_go()
        self._draft = None
        self._deadlines.clear(Deadline.DECIDE, Deadline.ACCEPT)
        self._agent.become(Phase.LISTENING, reason)

    def _let_go(self) -> None:
        """What was heard does not count, nor does what is still to come of it."""
        if self._visitor.speaking:
            self._visitor.disregard(self._agent.now)
        else:
            self._visitor.forget()

    # -------------------------------------------------------------------------------------------------- interruptions
    def _overlap(self) -> None:
        """The visitor is heard while the agent has the floor."""
        visitor, now = self._visitor, self._agent.now
        if not self._agent.held:
            if not visitor.silent_ns(now) and not visitor.aside:
                self._agent.hold()
            return
        if not self._consider() and self._seems_over():
            self._resume()  # its words may still tell that it was meant

    def _seems_over(self) -> bool:
        """A short sound has ended; signs of listening are far more frequent than "stop", and are not waited for."""
        visitor = self._visitor
        short = visitor.spoken_ns < self.settings.confirm_ms * MS
        wordy = len(words_of(visitor.partial)) > 1 or takes_floor(visitor.partial, visitor.locale)
        return short and not wordy and visitor.silent_ns(self._agent.now) >= _SHORT_IS_OVER

    def _consider(self) -> bool:
        """The visitor speaks over the reply: it is meant if it has gone on long enough, or says "stop"."""
        if self._visitor.aside:
            return False
        partial = self._visitor.partial
        vague = not partial or is_backchannel(partial, self._visitor.locale)
        meant = self._visitor.spoken_ns >= (self.settings.backchannel_ms if vague else self.settings.confirm_ms) * MS
        if meant or self._silences(partial):
            self._confirm()
            return True
        return False

    def _silences(self, text: str) -> bool:
        return is_silencing(text, self._visitor.locale)

    def _confirm(self) -> None:
        """The interruption is real: the reply ends here."""
        self._carry_on()
        self._visitor.interrupts = True
        self._deadlines.clear(Deadline.DECIDE)
        if not self._visitor.speaking:
            self._deadlines.set(Deadline.DECIDE, self._agent.now + _TEXT_TIMEOUT)
        self._drop_reply()
        self._agent.become(Phase.LISTENING, "confirm")

    def _resume(self) -> None:
        """It seems to be over: the reply goes on, but what was heard may still become an interruption."""
        if self._agent.held:
            self._agent.play()
            self._agent.announce("release")

    def _release(self) -> None:
        """It was nothing: the reply goes on."""
        known = not self._agent.held and not self._visitor.speaking
        self._let_go()
        self._deadlines.clear(Deadline.DECIDE, Deadline.ACCEPT)
        self._agent.play()
        if not known:
            self._agent.announce("release")

    def _carry_on(self) -> None:
        """Who goes on before the answer can have reached him had not finished: both parts are one turn."""
        if self._progress is not None and self._progress.is_too_early_for(self._visitor.start_ns):
            self._visitor.carry_on(self._progress.question)

    def _drop_reply(self) -> None:
        """Raise the turn: everything older is dropped by everyone."""
        self._finish(interrupted=True)
        self._draft = None
        self._agent.id = self._agent.next_id(turn=True)
        self._agent.play()

    # ----------------------------------------------------------------------------------------------------------- turns
    def _on_text(self, given: TextInput) -> None:
        """Typed, touched or sent text is a turn at once; an empty one only silences the agent."""
        text = "".join(c if c.isprintable() else " " for c in given.text).strip()
        self._drop_reply()
        self._visitor.disregard(self._agent.now)
        self._deadlines.clear(Deadline.ACCEPT, Deadline.DECIDE)
        self._apologised = False
        if not text:
            self._agent.become(Phase.LISTENING, "interrupt")
            return
        asked = () if given.say else (Hypothesis(text),)
        turn = self._agent.turn(asked, self._agent.now, given.source, given.locale, given.person_id)
        said = text if given.say else ""
        turn = replace(turn, id=self._agent.id, say=said, emotion=given.emotion, request=given.request)
        self._take(Progress(turn, self._agent.now), "text")

    def _on_devices(self, devices: DevicesEnabled) -> None:
        self._agent.devices = devices
        self._agent.announce("devices")

    def _on_persons(self, persons: Persons) -> None:
        """Somebody comes up: greet once, unless a conversation is going on. Somebody goes, or gives a sign."""
        self._agent.engaged = persons.engaged_id
        gesture, person_id = self._signs.begun(persons, self._agent.now)
        parting = self._signs.parting(persons, self._agent.now)
        if self._by_hand and not self._signs.raised:
            self._hand_down()
        known = self._agent.engaged in ("", self._greeted)
        if not known and self.settings.greet and self._agent.phase is Phase.IDLE and not self._visitor.speaking:
            self._greeted = self._agent.engaged
            self._drop_reply()
            turn = self._agent.turn((), self._agent.now, TextSource.SERVICE)
            self._take(Progress(turn, self._agent.now), "greeting")
        elif parting and parting in (self._greeted, self._talked_to) and self.settings.farewell:
            self._talked_to = ""
            self._say_by_sign("goodbye", parting, "farewell")
        elif self.settings.gestures and gesture is not HandGesture.NONE:
            self._sign(gesture, person_id)

    def _sign(self, gesture: HandGesture, person_id: str) -> None:
        """A gesture has begun: it counts as the words that it stands for, but never over speech."""
        if gesture is HandGesture.RAISED_HAND and self._agent.phase is Phase.SPEAKING:
            self._hand_up()
        elif gesture is HandGesture.WAVE:
            self._greeted = person_id if person_id == self._agent.engaged else self._greeted
            self._say_by_sign("hello", person_id, "wave")
        elif gesture is HandGesture.THUMBS_UP and self._agent.phase is Phase.LISTENING:
            self._say_by_sign("yes", person_id, "thumbs up")

    def _say_by_sign(self, meaning: str, person_id: str, reason: str) -> None:
        """Let the dialogue answer a sign as if it had been said."""
        if self._agent.has_floor or self._visitor.speaking or Deadline.ACCEPT in self._deadlines:
            return
        words, locale = in_words(meaning, self._visitor.locale)
        self._drop_reply()
        turn = self._agent.turn((Hypothesis(words),), self._agent.now, TextSource.GESTURE, locale, person_id)
        self._take(Progress(turn, self._agent.now), reason)

    def _hand_up(self) -> None:
        """Who raises a hand over the agent gets silence to speak; the reply is kept for a while."""
        if not self._agent.held:
            self._by_hand = True
            self._agent.hold(decide=False, reason="raised hand")

    def _hand_down(self) -> None:
        """Nothing was said: the reply goes on."""
        self._by_hand = False
        if self._agent.held and not self._visitor.speaking:
            self._release()

    def _accept(self) -> None:
        """The visitor's turn is over; voice activity, which holds on for a while, may not have seen it yet."""
        visitor, draft = self._visitor, self._draft
        pause = self._pause if visitor.speaking else None
        readings = visitor.readings(pause)
        if is_hesitation(readings[0] if readings else "", visitor.locale) or (not readings and self._apologised):
            self._ignore("noise")
            return
        if visitor.interrupts and asks_for_silence(visitor, readings, self.settings):
            self._ignore("interrupt")
            return
        self._apologised = not readings
        progress = Progress(self._spoken_turn(pause), self._agent.now, self._late_text_ns(pause))
        if draft is not None and draft.answers(progress.turn):
            self._agent.id = draft.turn.id
            progress.arrivals = draft.arrivals
        else:
            self._agent.id = self._agent.next_id(turn=draft is None)
        self._draft = None
        visitor.note_level()
        if pause is None:
            visitor.forget()
        else:
            visitor.close(pause, self._agent.now)
        progress.turn = replace(progress.turn, id=self._agent.id, draft=False)
        self._take(progress, "endpoint")

    def _late_text_ns(self, pause: Utterance | None) -> int:
        """How long the decision had to wait for the words."""
        endpoint_ns = self.settings.endpoint_ms * MS
        if pause is None:
            return self._visitor.late_text_ns(self._agent.now, endpoint_ns)
        return max(0, self._pause_ns - self._visitor.end_ns - endpoint_ns)

    def _take(self, progress: Progress, reason: str) -> None:
        """Let the dialogue answer the turn, whose id may be heard from now on."""
        self._finish(interrupted=True)
        self._agent.play()
        self._by_hand = False
        self._progress = progress
        self._talked_to = progress.turn.person_id if progress.question else self._talked_to
        self._deadlines.clear(Deadline.ACCEPT, Deadline.DECIDE)
        self._deadlines.set(Deadline.GIVE_UP, self._agent.now + self.settings.patience_ms * MS)
        self._deadlines.set(Deadline.ASK_AGAIN, self._agent.now + _ASK_AGAIN)
        self._agent.become(Phase.THINKING, reason)
        self._agent.out.append(progress.turn)

    def _spoken_turn(self, partial: Utterance | None = None) -> UserTurn:
        """What the visitor has said; with a partial reading, a draft."""
        visitor = self._visitor
        said = tuple(replace(h, text=without_hesitations(h.text, visitor.locale)) for h in visitor.hypotheses(partial))
        turn = self._agent.turn(said, visitor.end_ns, TextSource.SPOKEN, visitor.locale)
        return replace(turn, draft=partial is not None)

    # ------------------------------------------------------------------------------------------------------- the reply
    def _on_reply(self, part: SpeechPlan | SpeechAudio) -> None:
        if part.lane is not Lane.REPLY:
            return
        if self._progress is not None and part.id == self._progress.id:
            self._progress.arrivals.note(part, self._agent.now)
        elif self._draft is not None and part.id == self._draft.turn.id:
            self._draft.arrivals.note(part, self._agent.now)
            if Deadline.ACCEPT in self._deadlines:
                self._deadlines.set(Deadline.ACCEPT, self._patience.planned())

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
            self._agent.become(Phase.SPEAKING, "sound")
            if self._visitor.speaking and not self._agent.held:
                self._agent.hold()

    def _on_heard(self, words: WordsHeard) -> None:
        if words.id != self._agent.id:
            return
        if self._progress is not None:
            self._progress.answer = words.text
        if words.complete:
            self._finish(interrupted=False)
            self._agent.play()
            if self._agent.has_floor:
                self._agent.become(Phase.LISTENING, "end")

    def _finish(self, interrupted: bool) -> None:
        """The reply is over, whole or not."""
        progress, self._progress = self._progress, None
        if progress is not None and progress.audible_ns is not None:
            self._patience.answered()
        self._deadlines.clear(Deadline.GIVE_UP, Deadline.ASK_AGAIN)
        if progress is not None and progress.question:
            self._agent.out.append(progress.report(self._agent.now, interrupted))

    # ------------------------------------------------------------------------------------------------------------ time
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
        if self._by_hand and self._signs.raised:
            self._by_hand = False
            self._confirm()  # the hand stays up: he wants to say something else
        elif not text or is_backchannel(text, self._visitor.locale):
            self._release()
        else:
            self._confirm()

    def _ask_again(self) -> None:
        progress = self._progress
        if progress is not None and progress.arrivals.plan_ns is None:
            self._agent.out.append(replace(progress.turn, media_ns=self._agent.now))
            self._deadlines.set(Deadline.ASK_AGAIN, self._agent.now + _ASK_AGAIN)

    def _give_up(self) -> None:
        """The mind is missing or too slow, and what still comes of it is heard nevertheless; or the voice has failed,
        and the mind, told by the new id, takes up what it wanted to say.
        """
        if self._agent.held:
            self._deadlines.set(Deadline.GIVE_UP, self._agent.now + self.settings.patience_ms * MS)
            return
        planned = self._progress is not None and self._progress.arrivals.plan_ns is not None
        if planned or self._agent.phase is Phase.SPEAKING:
            self._drop_reply()
        self._finish(interrupted=False)
        self._agent.become(Phase.LISTENING, NO_REPLY)

    def _rest(self) -> None:
        if self._visitor.speaking or Deadline.ACCEPT in self._deadlines or Deadline.DECIDE in self._deadlines:
            self._deadlines.set(Deadline.REST, self._agent.now + _REST_AGAIN)
        elif self._agent.phase is Phase.LISTENING:
            self._visitor.levels.clear()  # the next visitor may stand elsewhere
            self._patience.forget()
            self._agent.become(Phase.IDLE, "rest")
