from __future__ import annotations

from types import SimpleNamespace

import pytest

from visavis_agent.hearing.stop_word import StopWord


class ScriptedDecoder:
    """Spots the word from a moment on."""

    def __init__(self) -> None:
        self.spots = False

    def add_keyphrase(self, name: str, phrase: str) -> None:
        assert name == phrase == "stop"

    def activate_search(self, name: str) -> None:
        assert name == "stop"

    def hyp(self) -> SimpleNamespace | None:
        return SimpleNamespace(hypstr="stop ") if self.spots else None


def listened(spotted_s: float) -> StopWord:
    """An utterance of two seconds in which the decoder spots the word at a moment."""
    word = StopWord(decoder := ScriptedDecoder())
    for step in range(1, 63):
        decoder.spots = step * 0.032 >= spotted_s
        word.fed(step * 0.032)
    return word


@pytest.mark.parametrize(("spotted_s", "said"), [(0.05, False), (0.2, False), (0.4, True), (0.9, True), (1.3, False)])
def test_the_word_is_believed_only_where_its_end_can_be(spotted_s: float, said: bool) -> None:
    assert listened(spotted_s).said is said


def test_each_utterance_is_judged_by_itself() -> None:
    word = listened(0.4)
    word.begin()
    assert not word.said


def test_the_word_is_the_second_reading_of_a_short_utterance() -> None:
    readings = [["that", 0.7], ["dot", 0.4], ["stuff", 0.2]]
    assert listened(0.4).among(readings, 0.9, 3) == [["that", 0.7], ["stop", 0.7], ["dot", 0.4]]
    assert listened(0.4).among(readings, 3.0, 3) == readings
    assert listened(0.4).among([["stop", 0.9]], 0.9, 3) == [["stop", 0.9]]
    assert listened(0.1).among(readings, 0.9, 3) == readings
