from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.dialogue.spelling import Spelling

SENTENCES = ["Where is the dinosaur hall?", "Where is the exit?", "Do you have a map?"]


def test_a_sentence_is_most_like_itself() -> None:
    spelling = Spelling(SENTENCES)
    for number, sentence in enumerate(SENTENCES):
        similarities = spelling.similarities(sentence.lower())
        assert similarities.argmax() == number
        assert abs(similarities[number] - 1.0) < 1e-5


def test_a_misheard_sentence_is_still_recognised() -> None:
    similarities = Spelling(SENTENCES).similarities("wear is the dinosaurs hole")
    assert similarities.argmax() == 0
    assert similarities[0] > 0.4


def test_other_words_are_unlike() -> None:
    assert Spelling(SENTENCES).similarities("quick brown fox").max() < 0.1


def test_a_single_sentence_is_enough() -> None:
    assert Spelling(["hello"]).similarities("hello")[0] > 0.99


@given(st.text(max_size=200))
def test_similarities_are_shares(text: str) -> None:
    similarities = Spelling(SENTENCES).similarities(text)
    assert np.isfinite(similarities).all()
    assert similarities.min() >= 0.0
    assert similarities.max() <= 1.0 + 1e-5
