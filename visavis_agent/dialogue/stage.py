"""The dialogue stage: a visitor's turn in, the clauses of the reply and both emotions out."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from visavis_agent.core.clock import MS
from visavis_agent.core.emotion import Emotion
from visavis_agent.core.errors import ConfigurationError, VisavisError
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.inference import InferenceBackend, InferenceSettings
from visavis_agent.core.records import (
    NO_REPLY,
    AgentEmotion,
    AvatarWish,
    FaceAffect,
    Hypothesis,
    Lane,
    Level,
    Persons,
    Phase,
    Record,
    Selection,
    SpeechPlan,
    TextSource,
    TurnState,
    UserEmotion,
    UserTurn,
    Utterance,
    VoiceAffect,
    WordsHeard,
)
from visavis_agent.core.settings import setting
from visavis_agent.core.stage import Handle, Host, Stage
from visavis_agent.dialogue.affect import AgentAffect
from visavis_agent.dialogue.embedding import open_encoder
from visavis_agent.dialogue.emotion import open_text_emotion
from visavis_agent.dialogue.filler import Fillers
from visavis_agent.dialogue.fusion import Fusion
from visavis_agent.dialogue.markup import check_markup, clauses, defuse, plain
from visavis_agent.dialogue.memory import Exchange, Memory
from visavis_agent.dialogue.persona import Persona, load_persona
from visavis_agent.dialogue.responder import EMPATHY_AT, DialogueState, Reply, Responder
from visavis_agent.dialogue.retrieval import ANSWER_AT, SUGGEST_AT, Finding, Retriever
from visavis_agent.dialogue.talking_tree import INERTIA, Role, TalkingTree, lasting

AFFECT_TICK = 500 * MS
FACE_INTERVAL = 200 * MS
REPLIES_KEPT = 16
AGENT, VISITOR = "agent", "visitor"
_TELLING_WORDS = 3  # fewer hold no feeling
_CONNECTING = 500 * MS  # a process that has just started may not hear yet


@dataclass(frozen=True)
class DialogueSettings:
    """How the dialogue runs."""

    persona: str = setting("vera", "persona pack, by name or as the path of its directory")
    answer_at: float = setting(ANSWER_AT, "certainty from which an answer is given", low=0.0, high=1.5)
    suggest_at: float = setting(SUGGEST_AT, "certainty from which 'do you mean …?' is asked", low=0.0, high=1.5)
    filler_ms: int = setting(
        700,
        "silence after which 'let me see' is said while the answer is not there; 0: never",
        unit="ms",
        low=0,
        high=10_000,
    )
    inertia: float = setting(
        INERTIA,
        "share of the conversation's course in what the visitor seems to feel",
        low=0.0,
        high=1.0,
    )
    latency_ms: int = setting(12, "declared time to find an answer", unit="ms", low=0, high=10_000)
    inference: InferenceSettings = setting(InferenceSettings(), "how the sentence encoder is run")


@dataclass(frozen=True, slots=True)
class _Understood:
    """What the slow part of a turn gives."""

    finding: Finding
    mood: Emotion


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A reply that was planned; it counts (memory, feelings, state) once its id may be heard.

    Attributes:
        kept_back: its clauses have not been sent.
    """

    turn: UserTurn
    reply: Reply
    mood: Emotion
    kept_back: bool = False


class DialogueStage(Stage):
    """Answers turns out of a persona pack.

    A draft is planned like any turn, but touches nothing until a TurnState carries its id; only the face of who listens
    goes with it, and before it with plain feelings in the words so far. The reply to a draft that may be half of a
    question is kept back until then: that none comes tells the conversation to be patient.
    """

    settings_type = DialogueSettings
    handlers: ClassVar[dict[type[Record], str]] = {
        UserTurn: "on_user_turn",
        Utterance: "on_utterance",
        TurnState: "on_turn_state",
        FaceAffect: "on_face_affect",
        VoiceAffect: "on_voice_affect",
        Persons: "on_persons",
        WordsHeard: "on_words_heard",
        Selection: "on_selection",
    }

    def __init__(self, settings: DialogueSettings, host: Host) -> None:
        super().__init__(settings, host)
        self.persona: Persona = load_persona(settings.persona)
        self._wanted = settings.persona
        self._memory = Memory()
        self._fusion = Fusion()
        self._tree = TalkingTree()
        self._doubted: tuple[str, ...] = ()
        self._state = DialogueState()
        self._current = ReplyId()
        self._prepared: dict[ReplyId, _Prepared] = {}
        self._asked: dict[ReplyId, UserTurn] = {}
        self._jobs: dict[ReplyId, Handle] = {}
        self._session = ""
        self._engaged = ""
        self._last_face = -FACE_INTERVAL
        self._ticking = self._engrossed = self._told = False
        self._overheard = ""
        self._listening: AgentAffect | None = None  # with what is being said; it counts once the turn is taken
        self._taken_up = ReplyId()
        self._fillers = Fillers(host, settings.filler_ms, self._is_awaited, self._emit_filler)
        self._fillers.texts = self.persona.phrases.filler

    def start(self) -> None:
        """Load the encoder and show the resting mood.

        Raises:
            EngineError: the sentence encoder is missing; set-up builds it.
        """
        backend = InferenceBackend(self.settings.inference, report=self.host.diagnose)
        encoder = open_encoder(backend)
        self._encoder = encoder
        self._retriever = self._retriever_of(self.persona)
        self._text_emotion = open_text_emotion(backend)
        self._responder = Responder(self.persona)
        profile = self.persona.profile
        self._affect, self._listening = AgentAffect(profile.personality, profile.display, self.host.now()), None
        self._emit_agent_emotion()

    def _retriever_of(self, persona: Persona) -> Retriever:
        return Retriever(persona, self._encoder, self.settings.answer_at, self.settings.suggest_at)

    def on_selection(self, selection: Selection) -> None:
        """Become the wanted persona once it is loaded; what was said stays in the memory."""
        wanted = selection.persona or self.settings.persona
        if wanted != self._wanted:
            self._wanted = wanted
            self.host.work(lambda: self._load(wanted), self._become, self.settings.latency_ms * MS)

    def _load(self, name: str) -> tuple[Persona, Retriever] | VisavisError:
        """On the worker."""
        try:
            persona = load_persona(name)
            return persona, self._retriever_of(persona)
        except VisavisError as error:
            return error

    def _become(self, loaded: tuple[Persona, Retriever] | VisavisError) -> None:
        if isinstance(loaded, VisavisError):
            self.host.diagnose(Level.ERROR, f"the persona stays as it was: {loaded}")
            return
        self.persona, self._retriever = loaded
        self._fillers.texts = self.persona.phrases.filler
        self._responder = Responder(self.persona)
        self._state = DialogueState()
        profile = self.persona.profile
        self._affect, self._listening = AgentAffect(profile.personality, profile.display, self.host.now()), None
        self._emit_agent_emotion()
        self.host.diagnose(Level.OK, f"the persona is {profile.name}")

    @property
    def tree(self) -> TalkingTree:
        """Who spoke and listened with which feeling."""
        return self._tree

    @property
    def provider(self) -> str:
        """What the sentence encoder runs on."""
        return self._encoder.provider

    # ---------------------------------------------------------------------------------------------------
    # turns
    def on_user_turn(self, turn: UserTurn) -> None:
        if turn.id < self._current:
            return
        self._fillers.expect(turn)
        if self._is_repeated(turn):
            return
        self._enter_session(turn.session)
        self._asked[turn.id] = turn
        self._forget_oldest()
        if turn.say:
            self._prepare(turn, Reply(self._sayable(turn.say), "said", self._state), Emotion())
            return
        self._jobs[turn.id] = self.host.work(
            partial(self._understand, turn), partial(self._plan, turn), self.settings.latency_ms * MS
        )

    def _sayable(self, text: str) -> str:
        """A text that somebody wants said, with the markup it may have; with none if it is wrong."""
        try:
            check_markup(text, "a text to say")
        except ConfigurationError as error:
            self.host.diagnose(Level.WARN, f"said without its markup: {error}")
            text = defuse(plain(text))
        return text

    def _is_repeated(self, turn: UserTurn) -> bool:
        """The final version of a draft that was already planned: the plan stands."""
        known = self._asked.get(turn.id)
        if known is None:
            return False
        self._asked[turn.id] = turn
        if not turn.draft and turn.id in self._prepared:
            self._commit(turn.id)
        return True

    def _understand(self, turn: UserTurn) -> _Understood:
        """On the worker; touches nothing but the encoder."""
        finding = self._retriever.find(turn.hypotheses)
        mood = self._text_emotion.read(turn.hypotheses[0].text) if finding.candidates else Emotion()
        return _Understood(finding, mood)

    def _plan(self, turn: UserTurn, understood: _Understood) -> None:
        self._jobs.pop(turn.id, None)
        if turn.id < self._current or turn.id not in self._asked:
            return
        turn = self._asked[turn.id]
        self._prepare(turn, self._reply(turn, understood), understood.mood, understood.finding.whole)

    def _prepare(self, turn: UserTurn, reply: Reply, mood: Emotion, whole: bool = True) -> None:
        """Send the reply's plan; if the turn is no draft, the reply counts at once.

        Args:
            whole: the turn is no half of a question, as far as can be told.
        """
        accepted = not turn.draft or turn.id == self._current
        self._prepared[turn.id] = _Prepared(turn, reply, mood, kept_back=accepted or not whole)
        self._forget_oldest()
        if accepted:
            self._commit(turn.id)
        else:
            listening = self._listen(turn.hypotheses, mood)
            if whole:
                self._emit_clauses(turn, reply, _answering_with(listening, reply))

    def on_utterance(self, heard: Utterance) -> None:
        """What is being told, before there is a pause."""
        if heard.final or not self._told or heard.text == self._overheard or len(heard.text.split()) < _TELLING_WORDS:
            return
        self._overheard = heard.text
        self.host.work(
            partial(self._text_emotion.read, heard.text), partial(self._overhear, heard), self.settings.latency_ms * MS
        )

    def _overhear(self, heard: Utterance, mood: Emotion) -> None:
        plain_feeling = mood.label != "neutral" and mood.confidence >= EMPATHY_AT
        if self._told and heard.text == self._overheard and plain_feeling:
            self._listen(heard.hypotheses, mood)

    def _listen(self, hypotheses: Sequence[Hypothesis], mood: Emotion) -> AgentAffect:
        """Show what the words so far call for; it counts once the turn is taken."""
        self._listening = listening = self._felt_with(hypotheses, mood, copy.deepcopy(self._fusion))
        self._emit_agent_emotion()
        self._tick_later()
        return listening

    def _reply(self, turn: UserTurn, understood: _Understood) -> Reply:
        if not turn.hypotheses and turn.source is TextSource.SERVICE:
            return self._responder.greet(self._state, self.host.rng)
        return self._responder.reply(
            turn.hypotheses,
            turn.locale,
            understood.finding,
            understood.mood,
            self._state,
            self._memory,
            self.host.rng,
        )

    def _emit_clauses(self, turn: UserTurn, reply: Reply, affect: AgentAffect) -> None:
        pieces = clauses(reply.text)
        own = turn.emotion if turn.emotion.confidence > 0.0 else affect.shown()
        for number, piece in enumerate(pieces):
            self.host.emit(
                SpeechPlan(
                    media_ns=self.host.now(),
                    session=turn.session,
                    id=turn.id,
                    clause=number,
                    text=piece.text,
                    last=number == len(pieces) - 1,
                    locale=turn.locale if turn.say else self.persona.profile.locale,
                    emotion=affect.expressed(piece.emotion) if piece.emotion else own,
                    gestures=piece.gestures,
                )
            )

    def _is_awaited(self, id: ReplyId) -> bool:
        """The reply may be heard, and nothing of it has been planned."""
        return id == self._current and id in self._jobs

    def _emit_filler(self, id: ReplyId, text: str) -> None:
        self.host.emit(
            SpeechPlan(
                media_ns=self.host.now(),
                session=self._session,
                id=id,
                clause=0,
                text=text,
                last=True,
                lane=Lane.FILLER,
                locale=self.persona.profile.locale,
                emotion=self._affect.shown(),
            )
        )

    def _commit(self, id: ReplyId) -> None:
        """The reply will be heard: now it counts."""
        prepared = self._prepared.pop(id)
        turn, reply = prepared.turn, prepared.reply
        self._state = reply.state
        question = turn.hypotheses[0].text if turn.hypotheses else ""
        said = plain(reply.text)
        self._memory.add(Exchange(turn.id, question, reply.intro, said[len(reply.intro) :].strip()))
        self._visitor_listened()
        listening = self._affect.shown()
        self._affect = _answering_with(self._felt_with(turn.hypotheses, prepared.mood, self._fusion), reply)
        self._listening = None
        if reply.person:
            self.host.emit(AvatarWish(media_ns=self.host.now(), session=turn.session, description=reply.person))
        if turn.hypotheses:
            self._tree.grow(VISITOR, self._fusion.fused(self.host.now()))
            self._tree.grow(AGENT, listening)
            self._tell_doubts()
            self._emit_user_emotion(turn.person_id)
        self._tree.grow(AGENT, self._affect.shown())
        self._emit_agent_emotion()
        self._tick_later()
        if prepared.kept_back:
            self._emit_clauses(turn, reply, self._affect)

    def _felt_with(self, hypotheses: Sequence[Hypothesis], mood: Emotion, fusion: Fusion) -> AgentAffect:
        """The agent's feeling after what the visitor said; the fusion hears the words."""
        affect = copy.copy(self._affect)
        affect.advance(self.host.now())
        if hypotheses:
            fusion.update("words", mood, self.host.now(), hypotheses[0].confidence)
        visitor, tone = fusion.fused(self.host.now()), fusion.tone(self.host.now())
        if mood.valence < 0.0 and mood.confidence >= EMPATHY_AT:
            affect.give_way()
        affect.feel_with(lasting(visitor, self._tree.course, self.settings.inertia), tone)
        return affect

    def _tell_doubts(self) -> None:
        """Say so when a source of feelings begins to look broken, and when it does no more."""
        doubted = self._fusion.doubted
        if doubted != self._doubted:
            self._doubted = doubted
            named = " and ".join(doubted)
            words = f"feelings: {named} contradicts the rest and counts little" if doubted else "feelings: all agree"
            self.host.diagnose(Level.WARN if doubted else Level.OK, words)

    def _visitor_listened(self) -> None:
        """The agent's reply is over: beside it grows its listener, with what is known of him."""
        last = self._tree.last
        if last is not None and last.role is Role.SPEAK:
            self._tree.grow(VISITOR, self._fusion.fused(self.host.now()))

    def on_turn_state(self, state: TurnState) -> None:
        self._engrossed = state.phase is Phase.SPEAKING or state.user_speaking
        self._overheard = self._overheard if state.user_speaking else ""
        self._told = state.user_speaking and state.phase is not Phase.SPEAKING
        if state.id <= self._current:
            return
        broken = self._broken_by(state)
        if broken is not None:
            self.host.at(self.host.now() + _CONNECTING, lambda: self._take_up(broken, state))
        self._current = state.id
        if state.id in self._prepared:
            self._commit(state.id)
        self._prepared = {id: kept for id, kept in self._prepared.items() if id > state.id}
        self._asked = {id: kept for id, kept in self._asked.items() if id >= state.id}
        for id in [id for id in self._jobs if id < state.id]:
            self._jobs.pop(id).cancel()

    def _broken_by(self, state: TurnState) -> Exchange | None:
        """The reply that a failure has cut off: conversation and sound were started anew, or no voice came."""
        last = self._memory.last
        failed = state.id.epoch > self._current.epoch or state.reason == NO_REPLY
        if not failed or last is None or last.id != self._current or last.complete or last.id == self._taken_up:
            return None
        return last

    def _take_up(self, broken: Exchange, state: TurnState) -> None:
        """Apologise and go on, once, unless the visitor has gone on."""
        if state.id != self._current:
            return
        self._taken_up = state.id
        now, locale = self.host.now(), self.persona.profile.locale
        source = TextSource.SERVICE
        turn = UserTurn(
            media_ns=now,
            session=state.session,
            id=state.id,
            hypotheses=(),
            speech_end_ns=now,
            source=source,
            locale=locale,
        )
        self._prepare(turn, self._responder.take_up(broken, self._state, self.host.rng), Emotion())

    def on_words_heard(self, words: WordsHeard) -> None:
        self._memory.heard(words.id, words.text, words.complete)
        if words.complete and words.id == self._current:
            self._visitor_listened()

    def _forget_oldest(self) -> None:
        """Drafts that nobody chose must not pile up."""
        for table in (self._asked, self._prepared):
            while len(table) > REPLIES_KEPT:
                del table[min(table)]
        while len(self._jobs) > REPLIES_KEPT:
            self._jobs.pop(min(self._jobs)).cancel()

    # -------------------------------------------------------------------------------------------------
    # visitor
    def on_persons(self, persons: Persons) -> None:
        """Somebody new is a new conversation, unless the one before still stands there (a family)."""
        if not persons.engaged_id or persons.engaged_id == self._engaged:
            return
        if self._engaged and self._engaged not in {person.person_id for person in persons.persons}:
            self._start_afresh()
        self._engaged = persons.engaged_id

    def _enter_session(self, session: str) -> None:
        if session != self._session:
            if self._session:
                self._start_afresh()
            self._session = session

    def _start_afresh(self) -> None:
        self._memory.clear()
        self._fusion.clear()
        self._tree = TalkingTree()
        self._state = DialogueState()

    def on_face_affect(self, affect: FaceAffect) -> None:
        self._fusion.update("face", affect.emotion, self.host.now())
        if self.host.now() - self._last_face >= FACE_INTERVAL:
            self._last_face = self.host.now()
            self._emit_user_emotion(affect.person_id)

    def on_voice_affect(self, affect: VoiceAffect) -> None:
        self._fusion.update("voice", affect.emotion, self.host.now())
        self._emit_user_emotion(affect.person_id)

    def _emit_user_emotion(self, person_id: str) -> None:
        now = self.host.now()
        self.host.emit(
            UserEmotion(
                media_ns=now,
                session=self._session,
                person_id=person_id,
                emotion=self._fusion.fused(now),
                **self._fusion.weights(now),
            )
        )

    # ---------------------------------------------------------------------------------------------------
    # agent
    def _emit_agent_emotion(self) -> None:
        affect = self._listening or self._affect
        self.host.emit(AgentEmotion(media_ns=self.host.now(), session=self._session, emotion=affect.shown()))

    def _tick_later(self) -> None:
        if not self._ticking and not all(affect.calm for affect in self._affects()):
            self._ticking = True
            self.host.at(self.host.now() + AFFECT_TICK, self._tick)

    def _tick(self) -> None:
        """The mood calms down while nothing happens."""
        self._ticking = False
        for affect in self._affects():
            if self._engrossed:  # what is heard, or said in a voice that keeps its feeling, goes on
                affect.hold(self.host.now())
            else:
                affect.advance(self.host.now())
        self._emit_agent_emotion()
        self._tick_later()

    def _affects(self) -> list[AgentAffect]:
        return [affect for affect in (self._affect, self._listening) if affect is not None]


def _answering_with(affect: AgentAffect, reply: Reply) -> AgentAffect:
    """The feeling after the agent's own answer as well."""
    after = copy.copy(affect)
    after.appraise(reply.feeling)
    return after
