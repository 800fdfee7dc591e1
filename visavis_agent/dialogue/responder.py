"""From what the visitor means to what is said: answers, follow-up questions, honest ignorance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from visavis_agent.core.emotion import Emotion
from visavis_agent.core.identity import LONGEST_DESCRIPTION, read_request, read_wish
from visavis_agent.core.records import Hypothesis
from visavis_agent.dialogue.markup import defuse, plain
from visavis_agent.dialogue.memory import Exchange, Memory
from visavis_agent.dialogue.persona import Intent, Persona, fill
from visavis_agent.dialogue.retrieval import Finding, Outcome
from visavis_agent.dialogue.wholeness import is_story
from visavis_agent.dialogue.words import is_latin, normalise

TOPICS_NAMED = 3
EMPATHY_AT = 0.5
# What the visitor feels, and what the agent feels about it.
_ANSWERED_WITH = {"joy": "joy", "sadness": "sadness", "anger": "sadness"}
SURE = 0.85
LONG_TEXT = 1_000
LONGEST_QUOTE = 200


@dataclass(frozen=True, slots=True)
class DialogueState:
    """What a reply depends on besides the question; new for every reply, so that drafts can be forgotten.

    Attributes:
        pending: the intent that the agent asked about ("Do you mean …?").
        intent: the intent answered last, for "tell me more".
        told_more: its `more` was told.
        drawn: which variant of each text was used last.
    """

    pending: str = ""
    intent: str = ""
    told_more: bool = False
    drawn: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What to say.

    Attributes:
        text: with markup.
        kind: "answer", "suggest", "unknown", or the phrase or action used.
        state: after this reply.
        intent: name of the intent answered or suggested, else empty.
        feeling: label of the emotion that the answer carries for the agent, else empty.
        intro: the part of the plain text that a repetition leaves out.
        person: words in which the visitor described somebody else to talk to, else empty.
    """

    text: str
    kind: str
    state: DialogueState
    intent: str = ""
    feeling: str = ""
    intro: str = ""
    person: str = ""


class Responder:
    """Chooses and words the reply; same question, state, memory and random numbers: same words."""

    def __init__(self, persona: Persona) -> None:
        self._persona = persona
        self._intents = {intent.name: intent for intent in persona.intents}
        self._somebody_else = next((intent for intent in persona.intents if intent.text.action == "person"), None)
        self._offered = tuple(intent.text.topic for intent in _offers(persona))

    def greet(self, state: DialogueState, rng: np.random.Generator) -> Reply:
        """The words for somebody new."""
        text, state = self._draw("greeting", self._persona.profile.greeting, state, rng)
        return Reply(text, "greeting", replace(state, pending=""), feeling="joy")

    def reply(
        self,
        hypotheses: Sequence[Hypothesis],
        locale: str,
        finding: Finding,
        mood: Emotion,
        state: DialogueState,
        memory: Memory,
        rng: np.random.Generator,
    ) -> Reply:
        """The reply to a turn.

        Args:
            mood: of the words, as far as it can be told.
        """
        text = hypotheses[0].text if hypotheses else ""
        if not finding.candidates:
            kind = "other_language" if text.strip() and not is_latin(text) else "not_caught"
            return self._phrase(kind, state, rng)
        if not is_latin(text) or locale.split("-")[0] != self._persona.profile.locale.split("-")[0]:
            return self._phrase("other_language", state, rng)
        wished = self._wished(hypotheses, state, rng)
        if wished is not None:
            return wished
        best = finding.candidates[0].intent
        decided = self._follow_up(finding, state, memory, rng)
        if decided is not None:
            return decided
        if finding.outcome is Outcome.ANSWER or (finding.outcome is Outcome.SUGGEST and _answers(best, mood)):
            return self._with_sympathy(best, mood, self._act(best, state, memory, rng))
        if self._persona.phrases.story and len(text) <= LONG_TEXT and is_story(text):
            return self._feeling_with(mood, self._phrase("story", replace(state, pending=""), rng))
        if finding.outcome is Outcome.SUGGEST and best.text.action in ("", "repeat", "more"):
            return self._suggest(best, state, memory, rng)
        kind = "too_long" if len(text) > LONG_TEXT else "unknown"
        return self._feeling_with(mood, self._phrase(kind, replace(state, pending=""), rng))

    def _wished(self, hypotheses: Sequence[Hypothesis], state: DialogueState, rng: np.random.Generator) -> Reply | None:
        """Somebody else, if the visitor asks for him in so many words, or was asked whom he would like.

        Unasked only the best reading counts: among the others of "Are you a robot?" is often "have a robot".
        """
        intent = self._somebody_else
        if intent is None:
            return None
        asked = state.pending == intent.name
        for text in (hypothesis.text for hypothesis in (hypotheses if asked else hypotheses[:1])):
            wish = read_wish(text) if asked else read_request(text)
            if wish is None:
                continue
            if wish.anybody and not asked:
                return self._which_person(intent, state, rng)
            reply = self._phrase("another_person", replace(state, pending=""), rng)
            return replace(reply, kind="person", intent=intent.name, person=text[:LONGEST_DESCRIPTION])
        return None

    def _which_person(self, intent: Intent, state: DialogueState, rng: np.random.Generator) -> Reply:
        reply = self._phrase("which_person", state, rng)
        return replace(reply, intent=intent.name, state=replace(reply.state, pending=intent.name))

    def _with_sympathy(self, intent: Intent, mood: Emotion, reply: Reply) -> Reply:
        """Who is plainly sad hears first that it was noticed, unless the answer itself is about feelings."""
        sympathy = (self._persona.phrases.empathy or {}).get("sadness", "")
        sad = mood.label == "sadness" and mood.confidence >= SURE
        if not (sad and sympathy) or reply.kind != "answer" or reply.feeling or intent.small_talk:
            return reply
        return replace(reply, text=f"{sympathy} {reply.text}", intro=plain(sympathy))

    def _follow_up(
        self, finding: Finding, state: DialogueState, memory: Memory, rng: np.random.Generator
    ) -> Reply | None:
        """After "Do you mean …?": a half-heard yes or no is enough, and so is asking the same again."""
        if not state.pending or finding.outcome is Outcome.UNKNOWN:
            return None
        best = finding.candidates[0].intent
        if best.text.action in ("agree", "decline"):
            return self._act(best, state, memory, rng)
        if best.name == state.pending:
            return self._act(best, replace(state, pending=""), memory, rng)
        return None

    def _act(self, intent: Intent, state: DialogueState, memory: Memory, rng: np.random.Generator) -> Reply:
        pending, cleared = state.pending, replace(state, pending="")
        match intent.text.action:
            case "":
                return self._answer(intent, cleared, rng)
            case "agree":
                if pending:
                    return self._act(self._intents[pending], cleared, memory, rng)
                return self._phrase("agreed", cleared, rng)
            case "decline":
                return self._phrase("declined" if pending else "dismissed", cleared, rng)
            case "more":
                return self._more(cleared, rng)
            case "person":
                return self._which_person(intent, cleared, rng)
            case "repeat":
                return self._repeat(cleared, memory, rng)
            case "question":
                return self._question(cleared, memory, rng)
            case "topics":
                return self._phrase("topics", cleared, rng)
            case _:
                return self._phrase("unknown", cleared, rng)

    def _answer(self, intent: Intent, state: DialogueState, rng: np.random.Generator) -> Reply:
        text, state = self._draw(intent.name, intent.text.answer, state, rng)
        state = replace(state, intent=intent.name, told_more=False)
        return Reply(text, "answer", state, intent.name, intent.text.emotion)

    def _suggest(self, intent: Intent, state: DialogueState, memory: Memory, rng: np.random.Generator) -> Reply:
        reply = self._phrase("did_you_mean", state, rng, topic=intent.text.topic)
        return replace(reply, kind="suggest", intent=intent.name, state=replace(reply.state, pending=intent.name))

    def _feeling_with(self, mood: Emotion, reply: Reply) -> Reply:
        """What is said where no answer fits, after a word on how the visitor feels if that is clear."""
        sympathy = (self._persona.phrases.empathy or {}).get(mood.label)
        if sympathy is None or mood.label == "neutral" or mood.confidence < EMPATHY_AT:
            return reply
        return replace(reply, text=f"{sympathy} {reply.text}")

    def _more(self, state: DialogueState, rng: np.random.Generator) -> Reply:
        intent = self._intents.get(state.intent)
        if intent is None or not intent.text.more or state.told_more:
            return self._phrase("no_more", state, rng)
        return Reply(intent.text.more, "more", replace(state, told_more=True), intent.name)

    def _repeat(self, state: DialogueState, memory: Memory, rng: np.random.Generator) -> Reply:
        last = memory.last
        if last is None:
            return self._phrase("nothing_said", state, rng)
        if last.complete or not last.heard_content:
            return self._quoted("repeat", "text", last.content, state, rng)
        said = last.heard_content.rstrip(" .,;:!?") + " …"
        return self._quoted("resume", "rest", last.content, state, rng, text=said)

    def take_up(self, broken: Exchange, state: DialogueState, rng: np.random.Generator) -> Reply:
        """Go on with what was cut off by a failure."""
        return self._quoted("take_up", "rest", broken.unheard_content, state, rng)

    def _question(self, state: DialogueState, memory: Memory, rng: np.random.Generator) -> Reply:
        asked = defuse(memory.last_question)[:LONGEST_QUOTE].strip()
        if not asked:
            return self._phrase("nothing_asked", state, rng)
        return self._phrase("question", state, rng, question=asked)

    def _quoted(
        self,
        kind: str,
        place: str,
        content: str,
        state: DialogueState,
        rng: np.random.Generator,
        **values: str,
    ) -> Reply:
        """A phrase that ends in what was said before; the words in front of it are the intro."""
        variant, state = self._draw(kind, getattr(self._persona.phrases, kind), state, rng)
        text = fill(variant, {**values, place: content})
        whole = plain(text)
        intro = whole[: -len(content)].strip() if content and whole.endswith(content) else ""
        return Reply(text, kind, state, intro=intro)

    def _phrase(self, kind: str, state: DialogueState, rng: np.random.Generator, **values: str) -> Reply:
        variant, state = self._draw(kind, getattr(self._persona.phrases, kind), state, rng)
        if "{topics}" in variant:
            values["topics"] = self._topics(rng)
        return Reply(fill(variant, values), kind, state)

    def _topics(self, rng: np.random.Generator) -> str:
        count = min(TOPICS_NAMED, len(self._offered))
        chosen = [self._offered[int(k)] for k in sorted(rng.choice(len(self._offered), count, replace=False))]
        if len(chosen) < 2:
            return "".join(chosen) or self._persona.profile.name
        return f"{', '.join(chosen[:-1])} {self._persona.phrases.conjunction[0]} {chosen[-1]}"

    def _draw(
        self, key: str, variants: Sequence[str], state: DialogueState, rng: np.random.Generator
    ) -> tuple[str, DialogueState]:
        """A variant other than the last one, as far as there are several."""
        last = state.drawn.get(key, -1)
        allowed = [k for k in range(len(variants)) if k != last] or [0]
        chosen = allowed[int(rng.integers(len(allowed)))]
        return variants[chosen], replace(state, drawn={**state.drawn, key: chosen})


def _answers(intent: Intent, mood: Emotion) -> bool:
    """It answers the very feeling that the words show: nobody asks back whether a joy or an insult was meant."""
    felt = mood.confidence >= EMPATHY_AT and mood.label in _ANSWERED_WITH
    return felt and intent.small_talk and intent.text.emotion == _ANSWERED_WITH[mood.label]


def _offers(persona: Persona) -> list[Intent]:
    if persona.profile.offers:
        return [persona.intent(name) for name in persona.profile.offers]
    asked = {normalise(way): intent for intent in persona.intents for way in intent.text.ask}
    suggested = [asked[normalise(question)] for question in persona.profile.suggested_questions]
    return list(dict.fromkeys(intent for intent in suggested if not intent.text.action))
