"""Persona packs: who the agent is, how it speaks and feels, what it knows. One directory of YAML files each.

profile.yaml (who), phrases.yaml (what is said when no answer fits), knowledge.yaml (questions and answers,
facts) and optionally small_talk.yaml (the same form). Everything is checked at load, with file and line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from visavis_agent.core.emotion import EMOTIONS
from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.paths import personas_directory
from visavis_agent.core.settings import Located, read_settings, read_yaml, setting
from visavis_agent.dialogue.markup import check_markup
from visavis_agent.dialogue.words import normalise

ACTIONS = ("agree", "decline", "more", "person", "question", "repeat", "topics", "unknown")
LONGEST_PHRASING = 200
LONGEST_ANSWER = 600
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_KNOWLEDGE_KEYS = ("facts", "intents")


@dataclass(frozen=True)
class Voice:
    """Which voice the persona has."""

    engine: str = setting("flite", "speech engine")
    name: str = setting("", "the engine's name of the voice; empty for its default")


@dataclass(frozen=True)
class Personality:
    """Big Five (Costa and McCrae 1992), each from -1 (very low) to 1 (very high); 0 is average."""

    openness: float = setting(0.0, "openness to experience", low=-1.0, high=1.0)
    conscientiousness: float = setting(0.0, "conscientiousness", low=-1.0, high=1.0)
    extraversion: float = setting(0.0, "extraversion", low=-1.0, high=1.0)
    agreeableness: float = setting(0.0, "agreeableness", low=-1.0, high=1.0)
    neuroticism: float = setting(0.0, "neuroticism", low=-1.0, high=1.0)


@dataclass(frozen=True)
class DisplayRules:
    """The most of each emotion that is shown (Ekman and Friesen 1969); the rest is shown as neutral."""

    joy: float = setting(1.0, "limit of joy", low=0.0, high=1.0)
    sadness: float = setting(1.0, "limit of sadness", low=0.0, high=1.0)
    anger: float = setting(1.0, "limit of anger", low=0.0, high=1.0)
    fear: float = setting(1.0, "limit of fear", low=0.0, high=1.0)
    surprise: float = setting(1.0, "limit of surprise", low=0.0, high=1.0)
    disgust: float = setting(1.0, "limit of disgust", low=0.0, high=1.0)


@dataclass(frozen=True)
class Profile:
    """Who the persona is (profile.yaml)."""

    name: str = setting("", "what it is called")
    role: str = setting("", "what it does here")
    greeting: tuple[str, ...] = setting((), "said to somebody new")
    suggested_questions: tuple[str, ...] = setting((), "shown for a visitor to touch")
    offers: tuple[str, ...] = setting((), "intents named when it says what it knows; empty for the suggested ones")
    age: int = setting(30, "age it appears to have", unit="years", low=1, high=150)
    locale: str = setting("en", "BCP-47 language that it speaks")
    avatar: str = setting("hero", "avatar file, by name")
    pronunciations: dict[str, str] | None = setting(
        None, "words that visitors may say and a dictionary lacks, each with its ARPAbet phones: `nappy: N AE P IY`"
    )
    voice: Voice = setting(Voice(), "its voice")
    personality: Personality = setting(Personality(), "its Big Five")
    display: DisplayRules = setting(DisplayRules(), "how much of an emotion it shows")


@dataclass(frozen=True)
class Phrases:
    """What is said when no answer fits (phrases.yaml); variants, one is drawn."""

    not_caught: tuple[str, ...] = setting((), "nothing was understood")
    unknown: tuple[str, ...] = setting((), "no answer is known; {topics}")
    did_you_mean: tuple[str, ...] = setting((), "one answer is likely; {topic}")
    declined: tuple[str, ...] = setting((), "the visitor meant something else; {topics}")
    agreed: tuple[str, ...] = setting((), "a yes to nothing in particular")
    dismissed: tuple[str, ...] = setting((), "a no to nothing in particular")
    repeat: tuple[str, ...] = setting((), "once more what was said; {text}")
    resume: tuple[str, ...] = setting((), "once more what was interrupted; {text} heard so far, {rest} in full")
    take_up: tuple[str, ...] = setting((), "the voice failed in the middle; {rest} from the sentence that was cut on")
    nothing_said: tuple[str, ...] = setting((), "there is nothing to repeat")
    question: tuple[str, ...] = setting((), "what the visitor asked; {question}")
    nothing_asked: tuple[str, ...] = setting((), "the visitor has asked nothing")
    no_more: tuple[str, ...] = setting((), "there is no more to tell")
    other_language: tuple[str, ...] = setting((), "the visitor speaks another language")
    too_long: tuple[str, ...] = setting((), "the visitor said far too much at once")
    topics: tuple[str, ...] = setting((), "what can be asked; {topics}")
    conjunction: tuple[str, ...] = setting((), "the word between the last two topics of a list")
    filler: tuple[str, ...] = setting((), "said while the answer is not there yet; none: silence")
    story: tuple[str, ...] = setting((), "the visitor told something long; none: what is said where no answer fits")
    which_person: tuple[str, ...] = setting(
        ("Would you like to talk to somebody else? Tell me who: a thirty-year-old woman, say, or an older man.",),
        "the visitor would like to talk to somebody else and has not said whom",
    )
    another_person: tuple[str, ...] = setting(
        ("With pleasure. One moment, please.",), "somebody else is coming, as the visitor wished"
    )
    empathy: dict[str, str] | None = setting(
        None, "said first when the words sound so and no answer fits; of sadness, before answers too"
    )


PHRASE_FIELDS: dict[str, tuple[str, ...]] = {
    "unknown": ("topics",),
    "declined": ("topics",),
    "topics": ("topics",),
    "did_you_mean": ("topic",),
    "repeat": ("text",),
    "resume": ("text", "rest"),
    "take_up": ("rest",),
    "question": ("question",),
}


@dataclass(frozen=True)
class IntentText:
    """An entry of `intents` as written."""

    topic: str = setting("", "completes 'I can tell you about …'")
    ask: tuple[str, ...] = setting((), "ways to ask")
    answer: tuple[str, ...] = setting((), "variants of the answer")
    more: str = setting("", "told when the visitor wants more")
    emotion: str = setting("", "what the agent feels about it", choices=("", *EMOTIONS))
    action: str = setting("", "instead of an answer", choices=("", *ACTIONS))


@dataclass(frozen=True)
class Intent:
    """Something a visitor may want, with its answers (markup included, facts filled in).

    Attributes:
        small_talk: it is not about what the persona knows, and its answers react to the visitor's feelings themselves.
    """

    name: str
    text: IntentText
    place: str
    small_talk: bool = False


@dataclass(frozen=True)
class Persona:
    """A checked persona pack."""

    directory: Path
    profile: Profile
    phrases: Phrases
    intents: tuple[Intent, ...]

    def intent(self, name: str) -> Intent:
        """The intent of that name; KeyError if there is none."""
        for intent in self.intents:
            if intent.name == name:
                return intent
        raise KeyError(name)

    @property
    def grammar_phrases(self) -> tuple[str, ...]:
        """All ways to ask, lower case, no punctuation, for a recogniser's grammar or language model."""
        asked = [
            *self.profile.suggested_questions,
            *(way for intent in self.intents for way in intent.text.ask),
        ]
        return tuple(dict.fromkeys(words for words in map(normalise, asked) if words))


def load_persona(name: str, root: Path | None = None) -> Persona:
    """The persona of that name, or in the directory of that path.

    Raises:
        ConfigurationError: it is missing or wrong: file, line, what is wrong, what is allowed.
    """
    directory = _find(name, root)
    profile = _profile(directory)
    phrases = _phrases(directory)
    documents = [read_yaml(directory / "knowledge.yaml")]
    if (directory / "small_talk.yaml").exists():
        documents.append(read_yaml(directory / "small_talk.yaml"))
    facts = {"name": profile.name, "role": profile.role}
    for document in documents:
        _known_keys(document, _KNOWLEDGE_KEYS)
        facts.update(_facts(document))
    intents = tuple(
        replace(intent, small_talk=number > 0)
        for number, document in enumerate(documents)
        for intent in _intents(document, facts)
    )
    _check_unique(intents, directory)
    _check_suggested(profile, intents, directory)
    _check_offers(profile, intents, directory)
    return Persona(directory, profile, phrases, intents)


def persona_names() -> list[str]:
    """Names of the persona packs there are, sorted."""
    return sorted(path.parent.name for path in personas_directory().glob("*/profile.yaml"))


def _find(name: str, root: Path | None) -> Path:
    if "/" in name:
        directory = Path(name).expanduser()
    else:
        directory = (root or personas_directory()) / name if name else Path("/nonexistent")
    if not directory.is_dir():
        known = sorted(path.name for path in (root or personas_directory()).iterdir() if path.is_dir())
        remedy = f"Known: {', '.join(known)}; or give the path of a directory"
        raise ConfigurationError(f"there is no persona {name!r}", str(root or personas_directory()), remedy)
    return directory


def _profile(directory: Path) -> Profile:
    document = read_yaml(directory / "profile.yaml")
    profile = read_settings(Profile, document, str(directory / "profile.yaml"))
    for key in ("name", "role"):
        if not getattr(profile, key).strip():
            raise ConfigurationError(f"{key} is missing or empty", document.place(key), "Every persona has one")
    _variants("greeting", profile.greeting, document)
    _variants("suggested_questions", profile.suggested_questions, document)
    if not _LOCALE.fullmatch(profile.locale):
        raise ConfigurationError(
            f"locale is {profile.locale!r}",
            document.place("locale"),
            "It must be a BCP-47 tag such as en or de-CH",
        )
    return profile


def _phrases(directory: Path) -> Phrases:
    document = read_yaml(directory / "phrases.yaml")
    phrases = read_settings(Phrases, document, str(directory / "phrases.yaml"))
    for field in fields(Phrases):
        optional = field.name in ("filler", "story") and not getattr(phrases, field.name)
        if field.name != "empathy" and not optional:
            _variants(field.name, getattr(phrases, field.name), document, PHRASE_FIELDS.get(field.name, ()))
    empathy = document.get("empathy")
    for label, text in (phrases.empathy or {}).items():
        place = empathy.place(label) if isinstance(empathy, Located) else document.place("empathy")
        if label not in EMOTIONS:
            raise ConfigurationError(f"unknown emotion {label!r}", place, f"Allowed: {', '.join(EMOTIONS)}")
        _check_text(text, place, LONGEST_ANSWER)
    return phrases


def _variants(key: str, texts: tuple[str, ...], document: Located, allowed: tuple[str, ...] = ()) -> None:
    place = document.place(key)
    if not texts:
        raise ConfigurationError(f"{key} is missing or empty", place, "Give at least one text")
    for text in texts:
        _check_text(text, place, LONGEST_ANSWER)
        for name in _PLACEHOLDER.findall(text):
            if name not in allowed:
                known = f"Allowed: {', '.join(f'{{{a}}}' for a in allowed)}" if allowed else "None is allowed here"
                raise ConfigurationError(f"unknown {{{name}}} in {key}", place, known)


def _check_text(text: Any, place: str, longest: int) -> None:
    if not isinstance(text, str):
        raise ConfigurationError(f"{text!r} is no text", place, "Put it in quotes")
    if not text.strip():
        raise ConfigurationError("an empty text", place, "Write something or remove it")
    if len(text) > longest:
        raise ConfigurationError(f"a text of {len(text)} characters", place, f"At most {longest} are allowed")
    check_markup(text, place)


def _known_keys(document: Located, known: tuple[str, ...]) -> None:
    for key in document:
        if key not in known:
            raise ConfigurationError(f"unknown key {key!r}", document.place(key), f"Known: {', '.join(known)}")


def _facts(document: Located) -> dict[str, str]:
    facts = document.get("facts", Located({}, document.where, {}))
    if not isinstance(facts, Located):
        raise ConfigurationError("facts is no mapping", document.place("facts"), "Write `name: text` lines")
    for key, value in facts.items():
        if isinstance(value, bool) or not isinstance(value, (str, int, float)) or not str(value).strip():
            raise ConfigurationError(f"{key} is {value!r}", facts.place(key), "A fact is a text or a number")
    return {key: str(value) for key, value in facts.items()}


def _intents(document: Located, facts: Mapping[str, str]) -> list[Intent]:
    entries = document.get("intents")
    if not isinstance(entries, Located) or not entries:
        raise ConfigurationError("intents is missing or no mapping", document.place("intents"), "Add `intents:`")
    return [_intent(name, entry, entries.place(name), facts) for name, entry in entries.items()]


def _intent(name: str, entry: Any, place: str, facts: Mapping[str, str]) -> Intent:
    if not isinstance(entry, Located):
        raise ConfigurationError(f"{name} is no mapping", place, "Give topic, ask and answer")
    text = read_settings(IntentText, entry, place)
    if not text.topic.strip():
        raise ConfigurationError(f"{name} has no topic", place, "Complete 'I can tell you about …'")
    if not text.ask:
        raise ConfigurationError(f"{name} has no ways to ask", place, "Give at least one under `ask`")
    if bool(text.answer) == bool(text.action):
        raise ConfigurationError(f"{name} must have either answer or action", place, "Keep one of the two")
    for way in (text.topic, *text.ask):
        _check_text(way, place, LONGEST_PHRASING)
    answers = tuple(_filled(answer, facts, entry.place("answer")) for answer in text.answer)
    more = _filled(text.more, facts, entry.place("more")) if text.more else ""
    filled = IntentText(text.topic.strip(), text.ask, answers, more, text.emotion, text.action)
    return Intent(name, filled, place)


def _filled(text: str, facts: Mapping[str, str], place: str) -> str:
    for name in _PLACEHOLDER.findall(text):
        if name not in facts:
            raise ConfigurationError(f"unknown fact {{{name}}}", place, f"Known: {', '.join(sorted(facts))}")
    text = fill(text, facts)
    _check_text(text, place, LONGEST_ANSWER)
    return text


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with {name} replaced where `values` has the name."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)


def _check_unique(intents: tuple[Intent, ...], directory: Path) -> None:
    names: dict[str, str] = {}
    ways: dict[str, Intent] = {}
    for intent in intents:
        if intent.name in names:
            raise ConfigurationError(f"{intent.name} is already at {names[intent.name]}", intent.place, "Rename one")
        names[intent.name] = intent.place
        for way in intent.text.ask:
            other = ways.setdefault(normalise(way) or way, intent)
            if other is not intent:
                raise ConfigurationError(
                    f"{way!r} is also asked at {other.place}", intent.place, "Keep it in one place"
                )
    if not intents:
        raise ConfigurationError("no intents at all", str(directory), "Add some to knowledge.yaml")


def _check_suggested(profile: Profile, intents: tuple[Intent, ...], directory: Path) -> None:
    """A question that the screen suggests must be answered for certain."""
    known = {normalise(way) for intent in intents for way in intent.text.ask}
    for question in profile.suggested_questions:
        if normalise(question) not in known:
            raise ConfigurationError(
                f"the suggested question {question!r} is asked nowhere",
                str(directory / "profile.yaml"),
                "Add it under `ask` of the intent that answers it",
            )


def _check_offers(profile: Profile, intents: tuple[Intent, ...], directory: Path) -> None:
    known = {intent.name for intent in intents if not intent.text.action}
    for name in profile.offers:
        if name not in known:
            raise ConfigurationError(
                f"offers names {name!r}, which is no intent with an answer",
                str(directory / "profile.yaml"),
                "Use the name of an intent in knowledge.yaml",
            )
