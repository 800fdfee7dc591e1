"""What words say about a turn, on the persona's own questions and on half sentences."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.conversation.completeness import is_unfinished
from visavis_agent.conversation.wording import (
    is_backchannel,
    is_hesitation,
    is_silencing,
    means_it,
    takes_floor,
    without_hesitations,
    words_of,
)
from visavis_agent.core.settings import read_yaml
from visavis_agent.dialogue.persona import load_persona

# A kiosk is often addressed so and then asked; the second of waiting is welcome.
_OPENERS = {"excuse me"}


@cache
def questions() -> frozenset[str]:
    """Everything that Vera's pack expects visitors to say, in lower case without punctuation."""
    persona = load_persona("vera")
    texts = list(persona.grammar_phrases)
    for name in ("questions_test.yaml", "questions_dev.yaml"):
        lists = read_yaml(persona.directory / name)
        texts += [*lists["in_scope"], *lists["out_of_scope"]]
    return frozenset(" ".join(words_of(text)) for text in texts)


def test_no_whole_question_of_the_persona_is_taken_for_half_of_one() -> None:
    assert len(questions()) > 1000
    assert {text for text in questions() if is_unfinished(text)} == _OPENERS


def test_more_than_half_of_their_beginnings_are_recognised_as_such() -> None:
    beginnings = {" ".join(text.split()[:n]) for text in questions() for n in range(1, len(text.split()))}
    beginnings -= questions()
    assert sum(map(is_unfinished, beginnings)) / len(beginnings) > 0.53


@pytest.mark.parametrize(
    "text",
    [
        "I would like to", "where is the", "um", "where is the um", "is there", "do you", "can you tell me",
        "how do I get to", "where can I find", "do you have", "what is", "I want", "I'd like", "what's the",
        "is this", "tell me about", "how much is a ticket and", "are there any", "I am looking for", "what about",
        "how much", "until what time", "do kids", "is smoking", "could I borrow", "where can I put", "is it allowed",
        "is there somewhere", "my son wants to see", "who invented", "what do people",
        "when does the café", "what kind of", "how many", "Where is the...", "Well,", "I think so because",
        "excuse me which way", "hello how much", "good morning, is the",
    ],
)  # fmt: skip
def test_half_sentences_are_unfinished(text: str) -> None:
    assert is_unfinished(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "what is this", "where are you from", "who are you", "yes I do", "no", "can you help me", "where is it",
        "what is it about", "how do you do", "who made you", "stop", "what can I see here", "where's the shop",
        "do you know where the toilets are", "what else", "the toilets", "is it far", "how old is he",
        "what floor are we on", "I see", "can I come in", "you are nice aren't you", "I don't want any", "where am I",
        "what do you mean by that", "where can I eat", "I think so", "Where is the?", "is the microphone on",
        "sorry what", "hello", "excuse me where are the toilets", "oh well", "okay thank you",
    ],
)  # fmt: skip
def test_whole_sentences_are_finished(text: str) -> None:
    assert not is_unfinished(text)


def test_other_languages_are_never_unfinished() -> None:
    for locale in ("de", "fr-FR", "ja", "", "enm"):
        assert not is_unfinished("where is the", locale)
    for locale in ("en", "en-GB", "en_US", "EN"):
        assert is_unfinished("where is the", locale)


def test_listening_sounds() -> None:
    assert all(map(is_backchannel, ["mm-hm", "Mhm.", "yeah okay", "uh-huh", "Oh, right"]))
    assert not any(map(is_backchannel, ["", "yes it is", "okay okay okay okay", "no", "stop", "42"]))
    assert is_backchannel("mhm", "de") and not is_backchannel("right", "de")


def test_searching_sounds() -> None:
    assert is_hesitation("um uh") and not is_hesitation("um the") and not is_hesitation("")
    assert not is_hesitation("um", "de")


def test_short_words_with_a_meaning() -> None:
    assert means_it("no") and means_it("how much") and not means_it("the") and not means_it("")
    assert means_it("ja", "de") and not means_it("", "de")
    assert takes_floor("no") and takes_floor("oh stop it") and not takes_floor("the flood")
    assert is_silencing("stop it please") and is_silencing("shut up")
    assert not is_silencing("no") and not is_silencing("stop the music") and not is_silencing("shut the door")
    assert not is_silencing("stop", "de")


@given(st.text(max_size=300), st.sampled_from(["en", "de", "", "xx-YY"]))
def test_any_text_is_judged(text: str, locale: str) -> None:
    for judged in (is_unfinished, is_backchannel, is_hesitation, is_silencing, means_it, takes_floor):
        assert judged(text, locale) in (True, False)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("is there um a lift", "is there a lift"),
        ("Um, is there, er, a lift?", "is there, a lift?"),
        ("where can we get 'em", "where can we get 'em"),
        ("um er", "um er"),
        ("", ""),
    ],
)
def test_sounds_of_searching_are_left_out_of_english(text: str, left: str) -> None:
    assert without_hesitations(text) == left
    assert without_hesitations(text, "de") == text
