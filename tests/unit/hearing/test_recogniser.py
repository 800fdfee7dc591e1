"""Readings of grammar and dictation are merged, and phrases nobody said are turned away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.records import Hypothesis
from visavis_agent.hearing.phrase import BELIEVED, PhraseReading, disagreement, likelihood, merge, word_errors
from visavis_agent.hearing.phrase_grammar import grammar_of, normal
from visavis_agent.hearing.recogniser import RECOGNISERS
from visavis_agent.hearing.sphinx import spoken

WORDS = st.lists(st.sampled_from(["the", "exit", "is", "on", "your", "left", "please"]), max_size=8).map(" ".join)


def hypotheses(*texts: str) -> tuple[Hypothesis, ...]:
    return tuple(Hypothesis(text, 0.6 - 0.1 * n) for n, text in enumerate(texts))


def phrase(text: str, gain: float = 1.8, uncovered: float = 0.0, worst: float = 4.0) -> PhraseReading:
    """As the grammar reads a phrase that was said in a quiet room."""
    return PhraseReading(text, gain, uncovered, worst)


def test_a_phrase_that_dictation_nearly_heard_comes_first() -> None:
    dictation = hypotheses("go forward ten years", "so what")
    merged = merge(phrase("go forward ten meters"), dictation, 8)
    assert [h.text for h in merged] == ["go forward ten meters", "go forward ten years", "so what"]
    assert merged[0].confidence == pytest.approx(
        likelihood(phrase("go forward ten meters"), "go forward ten years"), abs=0.006
    )
    assert merged[0].confidence > BELIEVED


def test_a_phrase_that_dictation_did_not_hear_is_rejected() -> None:
    dictation = hypotheses("the weather is nice today")
    misfit = phrase("where is the exit", gain=0.5, uncovered=0.2, worst=6.0)
    assert merge(misfit, dictation, 8) == dictation
    assert merge(phrase("where is the exit"), (), 8) == ()
    assert merge(None, dictation, 8) == dictation


def test_a_phrase_that_fits_the_sound_is_believed_where_noise_spoils_dictation() -> None:
    """In white noise of 20 dB, and another question in silence, as they were read."""
    heard = "much use it to"
    fits = phrase("how much is a ticket", gain=2.2, uncovered=-0.03, worst=3.7)
    assert disagreement("how much is a ticket", heard) > 0.3
    assert merge(fits, hypotheses(heard), 8)[0].text == "how much is a ticket"
    assert merge(phrase("my phone is dying", 1.56, -0.02, 5.4), hypotheses("my phones were"), 8)[0].text != (
        "my phone is dying"
    )
    misread = phrase("what does a child's ticket cost", 1.18, -0.033, 5.56)
    heard = "what does a kilo of apple's cost"
    assert merge(misread, hypotheses(heard), 8)[0].text == heard


def test_half_a_phrase_is_not_made_whole() -> None:
    """As they were read: the grammar had put the last word into the silence."""
    made_up = phrase("where is the cafe", gain=0.645, uncovered=-0.202, worst=5.529)
    assert merge(made_up, hypotheses("where is the"), 8)[0].text == "where is the"
    assert merge(made_up, hypotheses("where's the"), 8)[0].text == "where's the"
    assert merge(made_up, hypotheses("where's that"), 8)[0].text == "where's that"


@given(st.floats(-1e6, 1e6), st.floats(-1, 1), st.floats(0, 1e6), WORDS)
def test_a_likelihood_is_one_and_more_evidence_makes_it_greater(
    gain: float, uncovered: float, worst: float, heard: str
) -> None:
    likely = likelihood(phrase("where is the exit", gain, uncovered, worst), heard)
    assert 0.0 <= likely <= 1.0
    assert likelihood(phrase("where is the exit", gain + 1, uncovered, worst), heard) >= likely
    assert likelihood(phrase("where is the exit", gain, uncovered, worst + 1), heard) <= likely


def test_a_phrase_among_the_readings_is_not_repeated() -> None:
    merged = merge(phrase("ten of clubs"), hypotheses("then of clubs", "ten of clubs"), 8)
    assert [h.text for h in merged] == ["ten of clubs", "then of clubs"]


def test_there_are_at_most_n_readings() -> None:
    assert len(merge(phrase("a b c"), hypotheses("a b c d", "x", "y"), 2)) == 2
    assert len(merge(None, hypotheses("a", "b", "c"), 2)) == 2


@given(WORDS, WORDS)
def test_word_errors_are_a_distance_per_word(a: str, b: str) -> None:
    words = max(1, len(a.split()))
    edits = word_errors(a, b) * words
    assert edits == pytest.approx(word_errors(b, a) * max(1, len(b.split())))
    assert edits >= abs(len(a.split()) - len(b.split())) - 1e-9
    assert (edits < 0.5) == (a.split() == b.split())


def test_contractions_agree_with_what_they_stand_for() -> None:
    assert word_errors("where is the exit", "where's the exit") == 0
    assert word_errors("i do not know", "i don't know") == 0
    assert word_errors("it will not do", "it won't do") == 0


def test_phrases_become_words_of_the_dictionary() -> None:
    assert normal("  What’s the TIME, please?! ") == "what's the time please"
    assert normal("Mr. Dashwood (of Norland)") == "mr dashwood of norland"
    assert normal("?! … -") == ""


def test_hypotheses_lose_variants_and_noises() -> None:
    assert spoken("<s> was(2) not [NOISE] <sil> ++UM++ a") == "was not a"


def test_the_grammar_is_one_choice_of_phrases_that_share_their_beginnings() -> None:
    head = "#JSGF V1.0; grammar phrases; public <phrase> = "
    assert grammar_of(["a b", "c"]) == f"{head}a ( b ) | c;"
    assert grammar_of(["a b c", "a b d", "a", "a b c"]) == f"{head}a [ b ( c | d ) ];"


def test_unknown_engines_and_settings_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="unknown recogniser engine"):
        RECOGNISERS.load("kaldi")
    with pytest.raises(ConfigurationError, match="unknown setting"):
        RECOGNISERS.settings("pocketsphinx", {"grammar_phrase": ["x"]})


def test_a_misheard_word_disagrees_less_than_another_word() -> None:
    assert disagreement("where is the dinosaur hall", "where's the dinosaurs lol") < 0.2
    assert disagreement("where is the cloakroom", "where is the um") > 0.35
    assert disagreement("", "anything") == 8
